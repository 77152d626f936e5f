// HTTP header fields: ordered, names compared without regard to case, kept in their wire form in one string, so that
// writing or forwarding a head is one append. A view from here is valid until the next change.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::net {

// ASCII only, as field names are.
bool iequals(std::string_view a, std::string_view b);

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

  // The first field of that name; "" (get) or nothing (find) when there is none.
  std::string_view get(std::string_view name) const;
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::vector<std::string_view> all(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // Does the comma-separated list in `name` (all its fields) hold `token`? For Connection, Upgrade and their like.
  bool lists(std::string_view name, std::string_view token) const;

  // Replaces every field of that name. Control characters in a value become spaces: a value cannot end its line.
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  std::pair<std::string_view, std::string_view> at(std::size_t index) const;
  // "Name: value\r\n" for each field.
  const std::string& wire() const { return text_; }

 private:
  struct Field {
    std::uint32_t at, name, value;  // offset of the line in text_, length of its name, length of its value
  };
  std::size_t end_of(const Field& field) const { return field.at + field.name + 2 + field.value + 2; }

  std::string text_;
  std::vector<Field> fields_;
};

}  // namespace slipway::net
