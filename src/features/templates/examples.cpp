// Starter templates: a folder each, whose README begins with what the list shows (display_name, description, icon, tags).
#include "api/example.hpp"
#include "features/templates/templates.hpp"
#include "formats/archive.hpp"

namespace slipway::templates {

Examples::Examples(Assets assets) : assets_(assets) {
  for (const auto& asset : assets_)
    if (const auto slash = asset.path.find('/'); slash != asset.path.npos && asset.path.substr(slash + 1) == "README.md")
      all_.push_back(api::read_example(asset.path.substr(0, slash), asset.bytes));
  // The one that needs nothing comes first.
  std::ranges::sort(all_, {}, [](const auto& e) { return std::pair(e.id != "host", e.id); });
}

std::optional<std::string> Examples::archive(std::string_view id) const {
  std::vector<formats::ArchiveEntry> entries;
  for (const auto& asset : assets_)
    if (asset.path.starts_with(id) && asset.path.size() > id.size() && asset.path[id.size()] == '/')
      entries.push_back({.path = std::string(asset.path.substr(id.size() + 1)),
                         .bytes = std::string(asset.bytes),
                         .directory = false,
                         .executable = asset.path.ends_with(".sh")});
  if (entries.empty()) return std::nullopt;
  auto packed = formats::write_archive(formats::ArchiveKind::tar, entries);
  return packed ? std::optional(std::move(*packed)) : std::nullopt;
}

}  // namespace slipway::templates
