#include "features/templates/tags.hpp"

#include "formats/archive.hpp"
#include "formats/hcl.hpp"

#include <fmt/format.h>

#include <set>

namespace slipway::templates {

namespace {

namespace hcl = formats::hcl;

constexpr std::string_view kTags = "coder_workspace_tags", kParameter = "coder_parameter";
constexpr std::size_t kMostSource = 256 << 10;
constexpr int kDeepest = 20;                // of locals that speak of locals
constexpr std::size_t kMostWork = 1 << 20;  // all that references come to, in characters and members

std::unexpected<Error> unusable(std::vector<FieldError> faults) {
  return std::unexpected(Error{.code = Code::invalid, .say = "Unable to parse workspace tags", .fields = std::move(faults)});
}

bool is_data(const hcl::Block& block, std::string_view type) { return block.type == "data" && block.labels.size() == 2 && block.labels[0] == type; }

// The block with those of its attributes that count here.
void write(std::string& out, const hcl::Block& block, const std::set<std::string_view>& kept) {
  out += block.type;
  for (const auto& label : block.labels) out += " \"" + label + "\"";
  out += " {\n";
  for (const auto& [name, expression] : block.attributes)
    if (kept.empty() || kept.contains(name)) out += name + " = " + expression + "\n";
  out += "}\n";
}

void keep(std::string& out, const hcl::Block& block) {
  if (is_data(block, kTags)) write(out, block, {"tags"});
  if (is_data(block, kParameter)) write(out, block, {"name", "default"});
  if (block.type == "variable" && block.labels.size() == 1) write(out, block, {"default", "type"});
  if (block.type == "locals") write(out, block, {});
}

std::size_t weight(const hcl::Value& value) {
  std::size_t sum = 1;
  if (const auto* text = std::get_if<std::string>(&value)) sum += text->size();
  if (const auto* members = std::get_if<hcl::Members>(&value))
    for (const auto& one : *members) sum += weight(one.key) + weight(one.value);
  if (const auto* elements = std::get_if<hcl::Elements>(&value))
    for (const auto& one : *elements) sum += weight(one);
  return sum;
}

// What a template says, and what the references in it mean: each is worked out once.
class Scope {
 public:
  Scope(const std::vector<hcl::Block>& blocks, const TagInputs& inputs) : inputs_(inputs) {
    for (const auto& block : blocks) {
      if (block.type == "variable") variables_.emplace(block.labels[0], &block.attributes);
      if (is_data(block, kParameter)) parameters_.emplace(block.labels[1], &block.attributes);
      if (block.type == "locals")
        for (const auto& [name, expression] : block.attributes) locals_.emplace(name, &expression);
    }
  }

  Result<hcl::Value> value(const std::string& expression) {
    if (++depth_ > kDeepest) return fail(Code::invalid, "Values speak of each other in a circle.");
    const hcl::Lookup lookup = [this](const std::vector<std::string>& steps) { return meaning(steps); };
    auto found = hcl::evaluate(expression, lookup);
    --depth_;
    return found;
  }

 private:
  using Attributes = std::map<std::string, std::string>;

  Result<hcl::Referent> meaning(const std::vector<std::string>& steps) {
    const auto is = [&](std::initializer_list<std::string_view> words) {
      return steps.size() > words.size() && std::equal(words.begin(), words.end(), steps.begin());
    };
    if (is({"var"})) return once("var." + steps[1], 2, [&] { return variable(steps[1]); });
    if (is({"local"})) return once("local." + steps[1], 2, [&] { return local(steps[1]); });
    if (is({"data", kParameter}) && steps.size() > 3 && steps[3] == "value") return once("data." + steps[2], 4, [&] { return parameter(steps[2]); });
    if (is({"data", "coder_workspace_owner"}) && steps.size() > 3 && steps[3] == "name") return hcl::Referent{hcl::Value(inputs_.owner), 4};
    return hcl::Referent{hcl::Unknown{}, steps.size()};
  }

  template <class Work>
  Result<hcl::Referent> once(const std::string& name, std::size_t taken, Work work) {
    auto found = known_.find(name);
    if (found == known_.end()) {
      TRY(value, work());
      found = known_.emplace(name, std::move(value)).first;
    }
    work_ += weight(found->second);
    if (work_ > kMostWork) return fail(Code::invalid, "What the tags speak of is too long.");
    return hcl::Referent{found->second, taken};
  }

  Result<hcl::Value> local(const std::string& name) {
    const auto found = locals_.find(name);
    return found == locals_.end() ? Result<hcl::Value>(hcl::Unknown{}) : value(*found->second);
  }

  Result<hcl::Value> defaulted(const std::map<std::string, const Attributes*>& all, const std::string& name) {
    const auto found = all.find(name);
    if (found == all.end() || !found->second->contains("default")) return hcl::Value(hcl::Unknown{});
    return value(found->second->at("default"));
  }

  // Given as text: one that is no text is an expression.
  Result<hcl::Value> variable(const std::string& name) {
    const auto given = inputs_.variables.find(name);
    if (given == inputs_.variables.end() || given->second.empty()) return defaulted(variables_, name);
    const auto declared = variables_.find(name);
    const bool typed = declared != variables_.end() && declared->second->contains("type") && declared->second->at("type") != "string";
    return typed ? value(given->second) : Result<hcl::Value>(hcl::Value(given->second));
  }

  // A parameter's value is a text, whatever its type.
  Result<hcl::Value> parameter(const std::string& label) {
    const auto found = parameters_.find(label);
    if (found == parameters_.end()) return hcl::Value(hcl::Unknown{});
    const auto name_of = found->second->find("name");
    if (name_of == found->second->end()) return hcl::Value(hcl::Unknown{});
    TRY(name, value(name_of->second));
    const auto given = inputs_.parameters.find(name.text().value_or(""));
    if (given != inputs_.parameters.end()) return hcl::Value(given->second);
    TRY(usual, defaulted(parameters_, label));
    const auto text = usual.text();
    return text ? hcl::Value(*text) : usual;
  }

  const TagInputs& inputs_;
  std::map<std::string, const Attributes*> variables_, parameters_;
  std::map<std::string, const std::string*> locals_;
  std::map<std::string, hcl::Value> known_;
  std::size_t work_ = 0;
  int depth_ = 0;
};

// Whom a job is for is not the template's to say.
bool is_ours(const std::string& name) { return name == "scope" || name == "owner"; }

void add_tag(const hcl::Member& tag, std::map<std::string, std::string>& out, std::vector<FieldError>& faults) {
  const auto name = tag.key.text();
  const auto complain = [&](std::string_view what, const hcl::Value& of) {
    faults.push_back({.field = name.value_or("tags"),
                      .detail = of.is_known()
                                    ? fmt::format("Tag {} is not valid, it must be a non-null string value.", what)
                                    : fmt::format("Tag {} is not known, it likely refers to a variable that is not set or has no default.", what)});
  };
  if (!name) return complain("key", tag.key);
  if (std::holds_alternative<std::nullptr_t>(tag.value)) return;
  const auto text = tag.value.text();
  if (!text) return complain("value", tag.value);
  if (!is_ours(*name)) out[*name] = *text;
}

}  // namespace

Result<std::string> tag_source(std::string_view archive) {
  std::vector<formats::ArchiveEntry> files;
  bool tagged = false;
  TRY_OK(formats::read_archive(archive, {}, [&](formats::ArchiveEntry entry) -> Result<void> {
    if (entry.directory || !entry.path.ends_with(".tf") || entry.path.find('/') != std::string::npos) return {};
    tagged = tagged || entry.bytes.find(kTags) != std::string::npos;
    files.push_back(std::move(entry));
    return {};
  }));
  std::string out;
  if (!tagged) return out;
  tagged = false;
  for (const auto& file : files) {
    const auto blocks = hcl::read_blocks(file.bytes);
    if (!blocks) return unusable({{.field = file.path, .detail = blocks.error().say}});
    for (const auto& block : *blocks) {
      tagged = tagged || is_data(block, kTags);
      keep(out, block);
    }
  }
  if (out.size() > kMostSource) return unusable({{.field = "tags", .detail = "What the tags are worked out from is too long."}});
  return tagged ? out : std::string();
}

Result<std::map<std::string, std::string>> tags_of(const std::string& source, const TagInputs& inputs) {
  std::map<std::string, std::string> out;
  if (source.empty()) return out;
  TRY(blocks, hcl::read_blocks(source));
  Scope scope(blocks, inputs);
  std::vector<FieldError> faults;
  for (const auto& block : blocks) {
    const auto tags = block.attributes.find("tags");
    if (!is_data(block, kTags) || tags == block.attributes.end()) continue;
    const auto value = scope.value(tags->second);
    if (!value) return unusable({{.field = "tags", .detail = value.error().say}});
    if (std::holds_alternative<std::nullptr_t>(*value)) continue;
    const auto* members = std::get_if<hcl::Members>(&*value);
    if (!members && value->is_known()) return unusable({{.field = "tags", .detail = "Incorrect type for \"tags\" attribute"}});
    if (!members)
      return unusable({{.field = "tags", .detail = "The tags cannot be worked out before a build: write them as an object of simple values."}});
    for (const auto& member : *members) add_tag(member, out, faults);
  }
  if (!faults.empty()) return unusable(std::move(faults));
  return out;
}

}  // namespace slipway::templates
