#include "cli/config_ssh.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/private_file.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStart = "# ------------START-SLIPWAY------------";
constexpr std::string_view kEnd = "# ------------END-SLIPWAY------------";

struct Options {
  std::string file;
  std::vector<std::string> extra;
  bool dry_run = false, remove = false, yes = false;
};

fs::path expanded(const std::string& text) {
  const auto home = environment({"HOME"}).value_or("/");
  if (text.empty()) return fs::path(home) / ".ssh" / "config";
  return text.starts_with("~/") ? fs::path(home) / text.substr(2) : fs::path(text);
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<void> replace_file(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!error && !fs::exists(path, error)) fs::permissions(path.parent_path(), fs::perms::owner_all, error);
  // A link stays a link: what it names is replaced.
  const auto real = fs::is_symlink(path, error) ? fs::canonical(path, error) : path;
  const auto fresh = fs::path(real.string() + ".slipway-new");
  if (const auto written = write_private(fresh.string(), text); !written)
    return fail(Code::invalid, fmt::format("Cannot write {}.", fresh.string()), written.error().why);
  fs::rename(fresh, real, error);
  if (error) return fail(Code::invalid, fmt::format("Cannot write {}.", real.string()), error.message());
  return {};
}

Result<int> config_ssh(Session& session, const Options& options) {
  if (!options.remove) TRY_OK(session.url());
  const auto path = expanded(options.file);
  const auto before = text_of(path);
  const auto proxy =
      proxy_command(own_path(), session.config().folder() == Config::usual_folder() ? "" : session.config().folder().string(), "ssh --stdio '%n'");
  TRY(after, with_block(before, options.remove ? "" : ssh_block(proxy, options.extra)));
  if (options.dry_run) {
    fmt::print("{}", after);
    return 0;
  }
  if (after == before) {
    fmt::print(stderr, "{} needs no change.\n", path.string());
    return 0;
  }
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Change {}?", path.string())));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY_OK(replace_file(path, after));
  fmt::print(stderr, "{} {}.{}\n", options.remove ? "Took the hosts out of" : "Wrote the hosts to", path.string(),
             options.remove ? "" : " Try: ssh slipway.<workspace>");
  return 0;
}

}  // namespace

std::string own_path() {
  std::error_code error;
  const auto path = fs::read_symlink("/proc/self/exe", error);
  return error ? "slipway" : path.string();
}

std::string proxy_command(std::string_view program, std::string_view config_dir, std::string_view words) {
  const auto quoted = [](std::string_view word) {
    std::string out = "'";
    for (char c : word) out += c == '\'' ? "'\\''" : c == '%' ? "%%" : std::string(1, c);
    return out + '\'';
  };
  const auto shell_word = [&](std::string_view word) {
    const bool plain = word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-") == std::string_view::npos;
    return plain ? std::string(word) : quoted(word);
  };
  std::string out = shell_word(program);
  if (!config_dir.empty()) out += " --config-dir " + shell_word(config_dir);
  return out + ' ' + std::string(words);
}

std::vector<std::pair<std::string, std::string>> ssh_settings(const std::string& proxy) {
  return {{"ProxyCommand", proxy}, {"StrictHostKeyChecking", "no"}, {"UserKnownHostsFile", "/dev/null"},
          {"LogLevel", "ERROR"},   {"ConnectTimeout", "0"},         {"ServerAliveInterval", "30"}};
}

std::string ssh_block(const std::string& proxy, const std::vector<std::string>& extra) {
  std::string out(kStart);
  out += "\n# Written by `slipway config-ssh`, which replaces all up to the end marker.\n";
  out += "# ssh slipway.NAME, ssh slipway.NAME.AGENT, ssh slipway.OWNER--NAME\n";
  out += "Host slipway.* coder.*\n";
  for (const auto& line : extra)
    out += "  " + line.substr(0, line.find('=')) + (line.find('=') == std::string::npos ? "" : " " + line.substr(line.find('=') + 1)) + '\n';
  for (const auto& [name, value] : ssh_settings(proxy)) out += "  " + name + ' ' + value + '\n';
  return out + std::string(kEnd) + '\n';
}

Result<std::string> with_block(std::string_view config, std::string_view block) {
  const auto start = config.find(kStart), end = config.find(kEnd);
  if (start == std::string_view::npos && end == std::string_view::npos) {
    std::string out(config);
    if (block.empty()) return out;
    if (!out.empty() && !out.ends_with('\n')) out += '\n';
    if (!out.empty()) out += '\n';
    return out + std::string(block);
  }
  if (start == std::string_view::npos || end == std::string_view::npos || end < start)
    return fail(Code::invalid, "The markers in the SSH configuration are incomplete.",
                fmt::format("Put back or remove the lines \"{}\" and \"{}\".", kStart, kEnd));
  auto behind = end + kEnd.size();
  if (behind < config.size() && config[behind] == '\n') ++behind;
  std::string out(config.substr(0, start));
  if (block.empty() && out.ends_with("\n\n")) out.pop_back();
  return out + std::string(block) + std::string(config.substr(behind));
}

void add_config_ssh(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("config-ssh", "Make ssh, scp and rsync reach workspaces by name",
                          "slipway config-ssh\n"
                          "slipway config-ssh --dry-run\n"
                          "slipway config-ssh --ssh-option ForwardAgent=yes\n"
                          "slipway config-ssh --remove\n"
                          "ssh slipway.dev   (after it)");
  command.option("--ssh-config-file", options->file, "Another file than ~/.ssh/config");
  command.option("-o,--ssh-option", options->extra, "An option for these hosts, as Name=value; repeatable");
  command.flag("-n,--dry-run", options->dry_run, "Print the file instead of writing it");
  command.flag("--remove", options->remove, "Take the hosts out again");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options](Session& session) { return config_ssh(session, *options); });
}

}  // namespace slipway::cli
