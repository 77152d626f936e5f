#include "cli/template_init.hpp"

#include <filesystem>
#include <fstream>

#include "api/example.hpp"
#include "base/assets.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace slipway::assets {
Assets starters();
}

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string id, folder;
  bool overwrite = false;
};

std::vector<api::TemplateExample> all_examples() {
  std::vector<api::TemplateExample> out;
  for (const auto& asset : assets::starters()) {
    const auto slash = asset.path.find('/');
    if (slash != asset.path.npos && asset.path.substr(slash + 1) == "README.md")
      out.push_back(api::read_example(asset.path.substr(0, slash), asset.bytes));
  }
  // The one that needs nothing comes first.
  std::ranges::sort(out, {}, [](const auto& one) { return std::pair(one.id != "host", one.id); });
  return out;
}

Result<api::TemplateExample> choose(const std::string& wanted) {
  const auto all = all_examples();
  std::vector<std::string> names, ids;
  for (const auto& example : all) {
    if (example.id == wanted) return example;
    ids.push_back(example.id);
    names.push_back(fmt::format("{} - {}", example.name, example.description));
  }
  if (!wanted.empty() || !can_ask()) return fail_field("Which example?", "id", fmt::format("is one of: {}", fmt::join(ids, ", ")));
  TRY(index, ask_choice("Example", names, all.size()));
  return all[index];
}

Result<void> write_file(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return fail(Code::invalid, fmt::format("Cannot write {}.", path.string()));
  if (path.extension() == ".sh")
    fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add, error);
  return {};
}

Result<int> init(Session&, const Options& options) {
  TRY(example, choose(options.id));
  const fs::path folder = options.folder.empty() ? fs::path(example.id) : fs::path(options.folder);
  std::vector<std::pair<fs::path, std::string_view>> files;
  for (const auto& asset : assets::starters())
    if (asset.path.starts_with(example.id + "/")) files.emplace_back(folder / asset.path.substr(example.id.size() + 1), asset.bytes);
  std::error_code error;
  for (const auto& [path, bytes] : files)
    if (!options.overwrite && fs::exists(path, error))
      return fail(Code::invalid, fmt::format("{} is there already.", path.string()), "Overwrite it with --yes.");
  for (const auto& [path, bytes] : files) TRY_OK(write_file(path, bytes));
  tell("Wrote {0} files to {1}. Edit them, then: slipway templates push {2} --directory {1}\n", files.size(), folder.string(), example.id);
  return 0;
}

}  // namespace

void add_template_init(Command templates) {
  auto options = std::make_shared<Options>();
  auto command = templates.sub("init", "Write an example template into a folder; no server is asked",
                               "slipway templates init\nslipway templates init docker ./my-template");
  command.optional_argument("id", options->id, "Which example; asked for when absent");
  command.optional_argument("directory", options->folder, "Where to");
  command.flag("-y,--yes", options->overwrite, "Overwrite files");
  command.run([options](Session& session) { return init(session, *options); });
}

}  // namespace slipway::cli
