#include "api/example.hpp"

#include "base/text.hpp"

namespace slipway::api {

namespace {

constexpr std::string_view kBlank = " \r";

// "[a, b]" -> a, b
std::vector<std::string> items(std::string_view text) {
  std::vector<std::string> all;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  for (const auto part : text::split(text, ','))
    if (const auto item = text::trim(part, kBlank); !item.empty()) all.emplace_back(item);
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
    const auto key = text::trim(line.substr(0, colon), kBlank);
    const std::string value(text::trim(line.substr(colon + 1), kBlank));
    if (key == "display_name") example.name = value;
    if (key == "description") example.description = value;
    if (key == "icon") example.icon = value;
    if (key == "tags") example.tags = items(value);
  }
  return example;
}

}  // namespace slipway::api
