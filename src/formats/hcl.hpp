// A small part of Terraform's language: the blocks of a file, and what simple expressions come to. What is beyond it (functions,
// loops, directives) is unknown rather than guessed. Pure; texts come from strangers, so nesting and work are bounded.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slipway::formats::hcl {

struct Block {
  std::string type;
  std::vector<std::string> labels;
  std::map<std::string, std::string> attributes;  // name to expression; blocks inside are left out
};

// The blocks of a file at its top level. Errors: invalid, naming the line.
Result<std::vector<Block>> read_blocks(std::string_view file);

struct Unknown {
  bool operator==(const Unknown&) const = default;
};
struct Value;
struct Member;
using Members = std::vector<Member>;  // of an object, in order
using Elements = std::vector<Value>;

struct Value : std::variant<Unknown, std::nullptr_t, bool, double, std::string, Members, Elements> {
  using variant::variant;
  bool is_known() const { return !std::holds_alternative<Unknown>(*this); }
  std::optional<std::string> text() const;  // of a string, number or boolean
};
struct Member {
  Value key, value;
};

// What a reference means: `steps` are its words, var.region being {"var", "region"}. It takes as many as it understands from the
// front (`taken`) and the rest is looked for in the value.
struct Referent {
  Value value;
  std::size_t taken = 0;
};
using Lookup = std::function<Result<Referent>(const std::vector<std::string>& steps)>;

// Errors: invalid for what is no expression, or asks for a member that is not there.
Result<Value> evaluate(std::string_view expression, const Lookup& lookup);

}  // namespace slipway::formats::hcl
