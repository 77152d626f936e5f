#include "api/example.hpp"

namespace slipway::api {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\r')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// "[a, b]" -> a, b
std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> all;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (const auto item = trim(text.substr(0, comma)); !item.empty()) all.emplace_back(item);
    text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
  }
  return all;
}

}  // namespace

TemplateExample read_example(std::string_view id, std::string_view readme) {
  TemplateExample example{
      .id = std::string(id), .url = {}, .name = std::string(id), .description = {}, .icon = {}, .tags = {}, .markdown = std::string(readme)};
  if (!readme.starts_with("---\n")) return example;
  const auto end = readme.find("\n---\n", 3);
  if (end == readme.npos) return example;
  example.markdown = std::string(readme.substr(end + 5));
  for (std::string_view head = readme.substr(4, end - 4); !head.empty();) {
    const auto line = head.substr(0, head.find('\n'));
    head = line.size() >= head.size() ? std::string_view() : head.substr(line.size() + 1);
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const auto key = trim(line.substr(0, colon));
    const std::string value(trim(line.substr(colon + 1)));
    if (key == "display_name") example.name = value;
    if (key == "description") example.description = value;
    if (key == "icon") example.icon = value;
    if (key == "tags") example.tags = items(value);
  }
  return example;
}

}  // namespace slipway::api
