#include "formats/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <sstream>

namespace slipway::formats {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kMostDepth = 16;

// Turns the parser's events into settings. The first fault is kept; what comes after it is ignored.
class Flatten : public YAML::EventHandler {
 public:
  Result<std::vector<Setting>> finish() {
    if (fault_) return std::unexpected(std::move(*fault_));
    return std::move(settings_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) complain(mark, "only one document is allowed");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { take(mark, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { complain(mark, "aliases are not allowed"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (anchor || (!tag.empty() && tag != "?" && tag != "!")) return complain(mark, "anchors and tags are not allowed");
    take(mark, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    if (anchor || stack_.empty() || stack_.back().list || !stack_.back().key) return complain(mark, "a list must be the value of a setting");
    stack_.push_back({.list = true, .prefix = path(), .line = mark.line + 1});
  }
  void OnSequenceEnd() override {
    if (fault_) return;
    auto level = std::move(stack_.back());
    stack_.pop_back();
    add(level.prefix, level.joined, level.line);
    stack_.back().key.reset();
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    if (anchor) return complain(mark, "anchors and tags are not allowed");
    if (stack_.size() >= kMostDepth) return complain(mark, "it is nested too deeply");
    if (!stack_.empty() && (stack_.back().list || !stack_.back().key)) return complain(mark, "a section must be the value of a name");
    stack_.push_back({.prefix = stack_.empty() ? std::string() : path()});
  }
  void OnMapEnd() override {
    if (fault_) return;
    stack_.pop_back();
    if (!stack_.empty()) stack_.back().key.reset();
  }

 private:
  struct Level {
    bool list = false;
    std::string prefix = {};
    std::optional<std::string> key = {};
    std::string joined = {};
    int line = 0;
  };

  void complain(const YAML::Mark& mark, std::string_view what) {
    if (!fault_) fault_ = fail(Code::invalid, fmt::format("Line {} of the configuration file is not valid: {}.", mark.line + 1, what)).error();
  }
  std::string path() const {
    const auto& top = stack_.back();
    return top.prefix.empty() ? *top.key : top.prefix + "." + *top.key;
  }
  void add(const std::string& key, std::string value, int line) {
    if (!value.empty()) settings_.push_back({key, std::move(value), line});
  }
  void take(const YAML::Mark& mark, const std::string& value) {
    if (fault_ || (stack_.empty() && value.empty())) return;
    if (stack_.empty()) return complain(mark, "settings are written as \"name: value\"");
    auto& top = stack_.back();
    if (top.list) {
      top.joined += top.joined.empty() ? value : "," + value;
    } else if (!top.key) {
      top.key = value;
    } else {
      add(path(), value, mark.line + 1);
      top.key.reset();
    }
  }

  std::vector<Level> stack_;
  std::vector<Setting> settings_;
  std::optional<Error> fault_;
  int documents_ = 0;
};

}  // namespace

Result<std::vector<Setting>> read_yaml(std::string_view text) {
  if (text.size() > kMostBytes) return fail(Code::too_large, "The configuration file is larger than 1 MiB.");
  std::istringstream in{std::string(text)};
  Flatten flatten;
  try {  // the parser has no other way to say that the text is not YAML
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(flatten)) {
    }
  } catch (const YAML::Exception& e) {
    return fail(Code::invalid, fmt::format("Line {} of the configuration file is not valid: {}.", e.mark.line + 1, e.msg));
  }
  return flatten.finish();
}

}  // namespace slipway::formats
