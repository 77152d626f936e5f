#include "cli/config_ssh.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/private_file.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

constexpr Markers kOurs{.start = "# ------------START-SLIPWAY------------", .end = "# ------------END-SLIPWAY------------"};

struct Options {
  std::string file;
  std::vector<std::string> extra;
  HostName host;
  bool dry_run = false, remove = false, yes = false;
};

Result<void> acceptable(const HostName& host) {
  if (!is_host_text(host.prefix))
    return fail_field("That cannot begin a host's name.", "ssh-host-prefix", "has letters, digits, dots, hyphens and underscores");
  if (!is_host_text(host.suffix) || host.suffix.starts_with('.'))
    return fail_field("That cannot end a host's name.", "hostname-suffix", "has letters, digits, dots, hyphens and underscores, and no dot first");
  if (host.prefix.empty() && host.suffix.empty())
    return fail_field("Every host would be a workspace.", "ssh-host-prefix", "is needed where there is no --hostname-suffix");
  return {};
}

std::string inner_command(const HostName& host) {
  std::string out = "ssh --stdio";
  if (host.prefix != HostName().prefix) out += fmt::format(" --ssh-host-prefix '{}'", host.prefix);
  if (!host.suffix.empty()) out += fmt::format(" --hostname-suffix {}", host.suffix);
  return out + " '%n'";
}

Result<int> config_ssh(Session& session, const Options& options) {
  if (!options.remove) TRY_OK(session.url());
  const auto path = ssh_config_path(options.file);
  const auto before = ssh_config_text(path);
  const auto folder = session.config().folder() == Config::usual_folder() ? "" : session.config().folder().string();
  TRY_OK(acceptable(options.host));
  const auto proxy = proxy_command(own_path(), folder, inner_command(options.host));
  TRY(after, with_block(before, options.remove ? "" : ssh_block(proxy, options.host, options.extra), kOurs));
  if (options.dry_run) {
    print("{}", after);
    return 0;
  }
  if (after == before) {
    tell("{} needs no change.\n", path.string());
    return 0;
  }
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Change {}?", path.string())));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  TRY_OK(replace_ssh_config(path, after));
  tell("{} {}.{}\n", options.remove ? "Took the hosts out of" : "Wrote the hosts to", path.string(),
       options.remove ? ""
                      : fmt::format(" Try: ssh {}<workspace>{}", options.host.prefix, options.host.prefix.empty() ? "." + options.host.suffix : ""));
  return 0;
}

}  // namespace

fs::path ssh_config_path(const std::string& given) {
  const auto home = environment({"HOME"}).value_or("/");
  if (given.empty()) return fs::path(home) / ".ssh" / "config";
  return given.starts_with("~/") ? fs::path(home) / given.substr(2) : fs::path(given);
}

std::string ssh_config_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<void> replace_ssh_config(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!error && !fs::exists(path, error)) fs::permissions(path.parent_path(), fs::perms::owner_all, error);
  // A link stays a link: what it names is replaced.
  const auto real = fs::is_symlink(path, error) ? fs::canonical(path, error) : path;
  if (fs::exists(real, error) && ::access(real.c_str(), W_OK) != 0)
    return fail(Code::invalid, fmt::format("Cannot write {}.", real.string()), "It is read-only.");
  const auto fresh = fs::path(real.string() + ".slipway-new");
  if (const auto written = write_private(fresh.string(), text); !written)
    return fail(Code::invalid, fmt::format("Cannot write {}.", fresh.string()), written.error().why);
  fs::rename(fresh, real, error);
  if (error) return fail(Code::invalid, fmt::format("Cannot write {}.", real.string()), error.message());
  return {};
}

std::string own_path() {
  std::error_code error;
  const auto path = fs::read_symlink("/proc/self/exe", error);
  return error ? "slipway" : path.string();
}

bool is_host_text(std::string_view text) {
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  std::string out = "'";
  for (char c : word) out += c == '\'' ? "'\\''" : c == '%' ? "%%" : std::string(1, c);
  return out + '\'';
}

std::string proxy_command(std::string_view program, std::string_view config_dir, std::string_view words, const Face& face) {
  std::string out = shell_word(program);
  if (!config_dir.empty()) out += (face.coder ? " --global-config " : " --config-dir ") + shell_word(config_dir);
  return out + ' ' + std::string(words);
}

// The way there looks after itself and waits for the server longer than ssh would: ssh must not give up on it.
std::vector<std::pair<std::string, std::string>> ssh_settings(const std::string& proxy) {
  return {{"ProxyCommand", proxy}, {"StrictHostKeyChecking", "no"}, {"UserKnownHostsFile", "/dev/null"},
          {"LogLevel", "ERROR"},   {"ConnectTimeout", "0"},         {"ServerAliveInterval", "0"}};
}

std::string ssh_block(const std::string& proxy, const HostName& host, const std::vector<std::string>& extra) {
  std::vector<std::string> names, patterns;
  if (!host.prefix.empty()) patterns.push_back(host.prefix + "*");
  if (!host.suffix.empty()) patterns.push_back("*." + host.suffix);
  for (const char* one : {"NAME", "NAME.AGENT", "OWNER--NAME"})
    names.push_back(host.prefix.empty() ? fmt::format("ssh {}.{}", one, host.suffix) : fmt::format("ssh {}{}", host.prefix, one));
  std::string out(kOurs.start);
  out += "\n# Written by `slipway config-ssh`, which replaces all up to the end marker.\n";
  out += fmt::format("# {}\nHost {}\n", fmt::join(names, ", "), fmt::join(patterns, " "));
  for (const auto& line : extra)
    out += "  " + line.substr(0, line.find('=')) + (line.find('=') == std::string::npos ? "" : " " + line.substr(line.find('=') + 1)) + '\n';
  for (const auto& [name, value] : ssh_settings(proxy)) out += "  " + name + ' ' + value + '\n';
  return out + std::string(kOurs.end) + '\n';
}

Result<std::string> with_block(std::string_view config, std::string_view block, const Markers& markers) {
  const auto start = config.find(markers.start), end = config.find(markers.end);
  const auto nowhere = std::string_view::npos;
  if (start == nowhere && end == nowhere) {
    std::string out(config);
    if (block.empty()) return out;
    if (!out.empty() && !out.ends_with('\n')) out += '\n';
    if (!out.empty()) out += '\n';
    return out + std::string(block);
  }
  if (start == nowhere || end == nowhere || end < start || config.find(markers.start, start + 1) != nowhere ||
      config.find(markers.end, end + 1) != nowhere)
    return fail(Code::invalid, "Malformed config: the markers in the SSH configuration are incomplete, or there twice.",
                fmt::format("Leave one \"{}\" and one \"{}\" behind it, or remove both.", markers.start, markers.end));
  auto behind = end + markers.end.size();
  if (config.substr(behind).starts_with('\r')) ++behind;
  if (config.substr(behind).starts_with('\n')) ++behind;
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
  command.option("--ssh-host-prefix", options->host.prefix, "What the hosts' names begin with, before the workspace's; may be empty");
  command.option("--hostname-suffix", options->host.suffix, "What they end with, behind a dot: dev.coder for \"coder\"");
  command.flag("-n,--dry-run", options->dry_run, "Print the file instead of writing it");
  command.flag("--remove", options->remove, "Take the hosts out again");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options](Session& session) { return config_ssh(session, *options); });
}

}  // namespace slipway::cli
