// dotfiles: somebody's own settings, from a repository of theirs, in this machine (docs/guide/moving-over.md).
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/clock.hpp"
#include "base/foreground.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

constexpr const char* kKept = "dotfilesurl";  // the repository's address, in the configuration's folder
constexpr std::array<std::string_view, 6> kScripts{"install.sh", "install", "bootstrap.sh", "bootstrap", "setup.sh", "setup"};

struct Options {
  std::string url, branch, folder = "dotfiles", links;
  bool yes = false;
};

// Git takes what begins with a dash for a flag, and some addresses for programs to run.
Result<void> acceptable(const Options& options) {
  if (options.url.empty() || options.url.starts_with('-') || options.url.find("::") != std::string::npos)
    return fail(Code::invalid, fmt::format("\"{}\" is no address of a repository.", options.url),
                "Give one such as https://git.example.com/ana/dotfiles.");
  if (options.branch.starts_with('-')) return fail(Code::invalid, fmt::format("\"{}\" is no branch.", options.branch));
  if (options.folder.empty() || options.folder.find("..") != std::string::npos || options.folder.starts_with('/'))
    return fail(Code::invalid, fmt::format("\"{}\" is no name of a folder.", options.folder), "It is made in the folder of the configuration.");
  return {};
}

Result<void> git(Words words) {
  words.insert(words.begin(), "git");
  TRY(code, run_in_foreground(words));
  if (code == 0) return {};
  return fail(Code::invalid, fmt::format("git {} failed with {}.", words[1] == "-C" ? words[3] : words[1], code));
}

// A folder of another repository is kept beside the new one.
Result<void> set_aside(const fs::path& folder) {
  const auto aside = fmt::format("{}_backup_{}", folder.string(), to_rfc3339(system_clock().now()));
  std::error_code error;
  fs::rename(folder, aside, error);
  if (error) return fail(Code::invalid, fmt::format("Cannot move {} aside.", folder.string()), error.message());
  tell("Moved what was there of another repository to {}.\n", aside);
  return {};
}

Result<void> fetched(Session& session, const Options& options, const fs::path& folder) {
  std::error_code error;
  const auto known = session.config().read(kKept);
  if (fs::exists(folder, error) && known && *known != options.url) TRY_OK(set_aside(folder));
  if (!fs::exists(folder, error)) {
    fs::create_directories(folder.parent_path(), error);
    Words words{"clone"};
    if (!options.branch.empty()) words.insert(words.end(), {"--branch", options.branch});
    words.insert(words.end(), {"--", options.url, folder.string()});
    TRY_OK(git(words));
  } else {
    tell("Pulling the latest from {}.\n", options.url);
    if (const auto pulled = git({"-C", folder.string(), "pull", "--ff-only"}); !pulled) tell("{} Going on with what is there.\n", pulled.error().say);
    if (!options.branch.empty()) TRY_OK(git({"-C", folder.string(), "checkout", options.branch, "--"}));
  }
  return session.config().write(kKept, options.url);
}

// The first of the usual scripts that is there, from the folder.
std::string script_in(const fs::path& folder) {
  for (const auto* below : {"", "script/"})
    for (const auto name : kScripts) {
      std::error_code error;
      if (const auto path = below + std::string(name); fs::is_regular_file(folder / path, error)) return path;
    }
  return {};
}

Result<void> run_script(const fs::path& folder, const std::string& script) {
  const auto path = folder / script;
  if (::access(path.c_str(), X_OK) != 0) return fail(Code::invalid, fmt::format("script \"{}\" does not have execute permissions", script));
  tell("Running {}...\n", script);
  TRY(code, run_in_foreground({path.string()}, folder.string()));
  if (code != 0) return fail(Code::invalid, fmt::format("The script {} failed with {}.", script, code));
  return {};
}

Result<void> linked(const fs::path& from, const fs::path& to) {
  std::error_code error;
  const auto is = fs::symlink_status(to, error);
  if (fs::is_symlink(is)) {
    fs::remove(to, error);
  } else if (fs::exists(is)) {
    const auto kept = fs::path(to.string() + ".bak");
    tell("Moved {} to {}.\n", to.string(), kept.string());
    fs::rename(to, kept, error);
  } else {
    error.clear();
  }
  if (!error) fs::create_symlink(from, to, error);
  if (error) return fail(Code::invalid, fmt::format("Cannot make the link {}.", to.string()), error.message());
  return {};
}

std::vector<fs::path> dotfiles_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    const auto name = at->path().filename().string();
    if (name.starts_with('.') && (!name.starts_with(".git") || name == ".gitconfig")) out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

Result<bool> linked_all(const fs::path& folder, const std::string& given) {
  const fs::path into = given.empty() ? environment({"HOME"}).value_or("/") : given;
  const auto all = dotfiles_in(folder);
  std::error_code error;
  if (!all.empty()) fs::create_directories(into, error);
  for (const auto& from : all) {
    tell("Linking {} to {}...\n", (into / from.filename()).string(), from.string());
    TRY_OK(linked(from, into / from.filename()));
  }
  return !all.empty();
}

Result<int> dotfiles(Session& session, const Options& options) {
  TRY_OK(acceptable(options));
  const auto folder = session.config().folder() / options.folder;
  const auto question = fmt::format("Fetch {} and run what it holds, or link its files into your home folder?", options.url);
  TRY_OK(agreed(options.yes, question, "Nothing was changed."));
  ::setenv("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh", 1);
  TRY_OK(fetched(session, options, folder));
  const auto script = script_in(folder);
  if (!script.empty()) TRY_OK(run_script(folder, script));
  TRY(any, script.empty() ? linked_all(folder, options.links) : Result<bool>(true));
  tell("{}\n", any ? "Dotfiles installation complete." : "No install scripts or dotfiles found, nothing to do.");
  return 0;
}

}  // namespace

void add_dotfiles(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("dotfiles", "Fetch your own settings from a repository of yours and put them in place",
                          "slipway dotfiles https://git.example.com/ana/dotfiles\n"
                          "slipway dotfiles git@git.example.com:ana/dotfiles.git --branch work --yes");
  command.argument("repository", options->url, "Its address, as git clone takes it");
  command.option("-b,--branch", options->branch, "Another branch than the usual one");
  command.option("--repo-dir", options->folder, "Where it is kept, in the folder of the configuration");
  command.option("--symlink-dir", options->links, "Where its files are linked to, if not into the home folder");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options](Session& session) { return dotfiles(session, *options); });
}

}  // namespace slipway::cli
