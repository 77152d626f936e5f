#include "formats/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <optional>
#include <sstream>

namespace slipway::formats {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostDepth = 16;

// Turns the parser's events into a tree. The first fault is kept; what comes after it is ignored.
class Build : public YAML::EventHandler {
 public:
  Result<YamlNode> finish() {
    if (fault_) return std::unexpected(std::move(*fault_));
    return std::move(root_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) complain(mark, "only one document is allowed");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { put(mark, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { complain(mark, "aliases are not allowed"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (anchor || (!tag.empty() && tag != "?" && tag != "!")) return complain(mark, "anchors and tags are not allowed");
    put(mark, {.kind = YamlNode::Kind::text, .text = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    YamlNode node;
    std::optional<std::string> key = {};
  };

  void complain(const YAML::Mark& mark, std::string_view what) {
    if (!fault_) fault_ = fail(Code::invalid, fmt::format("Line {} of the YAML is not valid: {}.", mark.line + 1, what)).error();
  }
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (anchor) return complain(mark, "anchors and tags are not allowed");
    if (levels_.size() >= kMostDepth) return complain(mark, "it is nested too deeply");
    if (fault_) return;
    if (!levels_.empty() && levels_.back().node.kind == YamlNode::Kind::map && !levels_.back().key)
      return complain(mark, "a name must be plain text");
    levels_.push_back({.node = {.kind = kind, .line = mark.line + 1}});
  }
  void close() {
    if (fault_) return;
    auto done = std::move(levels_.back().node);
    levels_.pop_back();
    place(std::move(done));
  }
  void put(const YAML::Mark& mark, YamlNode node) {
    if (fault_) return;
    node.line = mark.line + 1;
    if (levels_.empty() || levels_.back().node.kind == YamlNode::Kind::list || levels_.back().key) return place(std::move(node));
    const auto& names = levels_.back().node.names;
    if (std::ranges::find(names, node.text) != names.end()) return complain(mark, fmt::format("\"{}\" is given twice", node.text));
    levels_.back().key = std::move(node.text);
  }
  void place(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
    } else if (auto& top = levels_.back(); top.node.kind == YamlNode::Kind::list) {
      top.node.items.push_back(std::move(node));
    } else {
      top.node.names.push_back(std::move(*top.key));
      top.node.items.push_back(std::move(node));
      top.key.reset();
    }
  }

  std::vector<Level> levels_;
  YamlNode root_;
  std::optional<Error> fault_;
  int documents_ = 0;
};

std::string quoted(const std::string& text) { return boost::json::serialize(boost::json::string(text)); }

}  // namespace

Result<YamlNode> read_yaml(std::string_view text) {
  if (text.size() > kMostBytes) return fail(Code::too_large, "The YAML is larger than 1 MiB.");
  std::istringstream in{std::string(text)};
  Build build;
  try {  // the parser has no other way to say that the text is not YAML
    YAML::Parser parser(in);
    // Twice is enough to see a second document; there are texts that it goes on for ever with.
    for (int documents = 0; documents < 2 && parser.HandleNextDocument(build);) ++documents;
  } catch (const YAML::Exception& e) {
    return fail(Code::invalid, fmt::format("Line {} of the YAML is not valid: {}.", e.mark.line + 1, e.msg));
  }
  return build.finish();
}

std::string json_of(const YamlNode& node) {
  std::string out;
  switch (node.kind) {
    case YamlNode::Kind::nothing: return "\"\"";
    case YamlNode::Kind::text: return quoted(node.text);
    case YamlNode::Kind::list:
      for (const auto& item : node.items) out += (out.empty() ? "" : ",") + json_of(item);
      return "[" + out + "]";
    case YamlNode::Kind::map:
      for (std::size_t i = 0; i < node.names.size(); ++i) out += (out.empty() ? "" : ",") + quoted(node.names[i]) + ":" + json_of(node.items[i]);
      return "{" + out + "}";
  }
  return out;
}

}  // namespace slipway::formats
