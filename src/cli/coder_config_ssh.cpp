// config-ssh and connect as existing plugins and scripts run them. The block is read by others, too: VS Code takes the options that it
// remembers into its own.
#include <algorithm>

#include "api/gen/deployment.hpp"
#include "api/gen/workspaces.hpp"
#include "base/text.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/config_ssh.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

using Words = std::vector<std::string>;
using Setting = std::pair<std::string, std::string>;

constexpr Markers kMarkers{.start = "# ------------START-CODER-----------", .end = "# ------------END-CODER------------"};

struct Options {
  std::string file, program, wait = "auto";
  std::optional<std::string> prefix, suffix;
  Words extra;
  bool dry_run = false, skip_proxy = false, previous = false, no_start = false, no_wildcard = false, unix_paths = false, yes = false;
};

// What a block remembers of the options that it was made by: "# :name=value".
std::vector<Setting> remembered(std::string_view config) {
  std::vector<Setting> out;
  const auto start = config.find(kMarkers.start), end = config.find(kMarkers.end);
  if (start == config.npos || end == config.npos || end < start) return out;
  for (auto line : text::split(config.substr(start, end - start), '\n')) {
    line = text::trim(line);
    const auto equals = line.find('=');
    if (line.starts_with("# :") && equals != line.npos) out.emplace_back(line.substr(3, equals - 3), line.substr(equals + 1));
  }
  return out;
}

std::vector<Setting> to_remember(const Options& options) {
  std::vector<Setting> out;
  if (options.wait != "auto") out.emplace_back("wait", options.wait);
  if (options.prefix) out.emplace_back("ssh-host-prefix", *options.prefix);
  if (options.suffix) out.emplace_back("hostname-suffix", *options.suffix);
  if (options.no_start) out.emplace_back("disable-autostart", "true");
  for (const auto& one : options.extra) out.emplace_back("ssh-option", one);
  return out;
}

void take(const std::vector<Setting>& settings, Options& into) {
  into.extra.clear();
  for (const auto& [name, value] : settings) {
    if (name == "wait") into.wait = value;
    if (name == "ssh-host-prefix") into.prefix = value;
    if (name == "hostname-suffix") into.suffix = value;
    if (name == "disable-autostart") into.no_start = value == "true";
    if (name == "ssh-option") into.extra.push_back(value);
  }
}

// "Name=value" or "Name value". Errors: invalid for what would become another line or has no value.
Result<Setting> option_of(const std::string& line) {
  const auto split = line.find_first_of("= \t");
  if (split == 0 || split == line.npos || line.find_first_of("\r\n") != line.npos)
    return fail(Code::invalid, fmt::format("invalid SSH option \"{}\": it is Name=value", line));
  return Setting(line.substr(0, split), std::string(text::trim(std::string_view(line).substr(split + 1))));
}

bool same_name(std::string_view one, std::string_view other) { return text::lower(one) == text::lower(other); }

bool names(const std::vector<Setting>& all, const std::string& name) {
  return std::ranges::any_of(all, [&](const Setting& one) { return same_name(one.first, name); });
}

// What the person wants goes before what the deployment wants, and that before what is usual.
Result<std::vector<Setting>> settings_of(const Options& options, const api::SSHConfigResponse& deployment) {
  std::vector<Setting> out;
  for (const auto& line : options.extra) {
    TRY(one, option_of(line));
    out.push_back(std::move(one));
  }
  const auto theirs = out;
  for (const auto& one : deployment.ssh_config_options)
    if (!names(theirs, one.first)) out.push_back(one);
  const auto both = out;
  for (const auto& one : ssh_settings(""))
    if (one.first != "ProxyCommand" && one.first != "ServerAliveInterval" && !names(both, one.first)) out.push_back(one);
  return out;
}

struct Block {
  std::string program, folder, flags;  // what the program is started by
  std::string prefix, suffix;
  Words hosts;  // in place of a pattern
  std::vector<Setting> settings;
  bool with_proxy = true;
};

std::string lines_of(const std::vector<Setting>& settings) {
  std::string out;
  for (const auto& [name, value] : settings) out += fmt::format("\t{} {}\n", name, value);
  return out;
}

std::string text_of(const Block& block, const std::vector<Setting>& memory) {
  const auto called = [&](const std::string& words) { return proxy_command(block.program, block.folder, words, kCoder); };
  std::string out(kMarkers.start);
  out += "\n# Written by `coder config-ssh`, which replaces all up to the end marker.\n";
  if (!memory.empty()) out += "#\n# Its options, for --use-previous-options:\n";
  for (const auto& [name, value] : memory) out += fmt::format("# :{}={}\n", name, value);
  const auto host = [&](const std::string& pattern) {
    out += fmt::format("\nHost {}\n{}", pattern, lines_of(block.settings));
    if (block.with_proxy)
      out += fmt::format("\tProxyCommand {}\n", called(fmt::format("ssh --stdio{} --ssh-host-prefix {} %h", block.flags, block.prefix)));
  };
  if (block.hosts.empty()) host(block.prefix + "*");
  for (const auto& one : block.hosts) host(block.prefix + one);
  if (!block.suffix.empty()) {
    out += fmt::format("\nHost *.{}\n{}", block.suffix, lines_of(block.settings));
    if (block.with_proxy)
      out += fmt::format("\nMatch host *.{} !exec \"{}\"\n\tProxyCommand {}\n", block.suffix, called("connect exists %h"),
                         called(fmt::format("ssh --stdio{} --hostname-suffix {} %h", block.flags, block.suffix)));
  }
  return out + std::string(kMarkers.end) + '\n';
}

Result<void> acceptable(const Block& block) {
  if (block.prefix.empty() || !is_host_text(block.prefix))
    return fail(Code::invalid, fmt::format("\"{}\" cannot begin a host's name.", block.prefix),
                "It has letters, digits, dots, hyphens and underscores.");
  if (!is_host_text(block.suffix) || block.suffix.starts_with('.'))
    return fail(Code::invalid, fmt::format("\"{}\" cannot end a host's name.", block.suffix),
                "It has letters, digits, dots and hyphens, and no dot first.");
  return {};
}

Result<Words> own_workspaces(Session& session) {
  TRY(mine, session.get<api::WorkspacesResponse>("/api/v2/workspaces?q=owner:me"));
  Words out;
  for (const auto& one : mine.workspaces) out.push_back(one.name);
  return out;
}

Result<Block> block_of(Session& session, const Options& options) {
  TRY(deployment, session.get<api::SSHConfigResponse>("/api/v2/deployment/ssh"));
  TRY_OK(one_of(options.wait, {"yes", "no", "auto"}));
  Block out{.program = options.program.empty() ? own_path() : options.program, .with_proxy = !options.skip_proxy};
  if (session.config().folder() != Config::usual_folder(session.face())) out.folder = session.config().folder().string();
  if (options.wait != "auto") out.flags += " --wait=" + options.wait;
  if (options.no_start) out.flags += " --disable-autostart";
  out.prefix = options.prefix.value_or(deployment.hostname_prefix.empty() ? "coder." : deployment.hostname_prefix);
  out.suffix = options.suffix.value_or(deployment.hostname_suffix);
  TRY(settings, settings_of(options, deployment));
  out.settings = std::move(settings);
  if (options.no_wildcard) {
    TRY(hosts, own_workspaces(session));
    out.hosts = std::move(hosts);
  }
  TRY_OK(acceptable(out));
  return out;
}

Result<int> config_ssh(Session& session, Options options) {
  const auto path = ssh_config_path(options.file);
  const auto before = ssh_config_text(path);
  if (options.previous) take(remembered(before), options);
  TRY(block, block_of(session, options));
  TRY(after, with_block(before, text_of(block, to_remember(options)), kMarkers));
  if (options.dry_run) {
    print("{}", after);
    return 0;
  }
  if (after == before) {
    tell("No changes to make.\n");
    return 0;
  }
  TRY_OK(agreed(options.yes, fmt::format("Change {}?", path.string()), "Nothing was changed."));
  TRY_OK(replace_ssh_config(path, after));
  tell("Updated {}\nYou should now be able to ssh into your workspace. For example, try running:\n\n\t$ ssh {}<workspace>\n", path.string(),
       block.prefix);
  return 0;
}

}  // namespace

void add_coder_config_ssh(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("config-ssh", "Add an SSH Host entry for your workspaces", "coder config-ssh --dry-run\nssh coder.dev   (after it)");
  command.option("--ssh-config-file", options->file, "Another file than ~/.ssh/config");
  command.option("--coder-binary-path", options->program, "What ssh runs, if not this program where it is");
  command.option("-o,--ssh-option", options->extra, "An option for these hosts, as Name=value; repeatable");
  command.option("--ssh-host-prefix", options->prefix, "What the hosts' names begin with; the deployment's unless given");
  command.option("--hostname-suffix", options->suffix, "What they end with, behind a dot; the deployment's unless given");
  command.option("--wait", options->wait, "Whether ssh waits for the start-up scripts: yes, no or auto");
  command.flag("--disable-autostart", options->no_start, "ssh does not start a stopped workspace");
  command.flag("--no-wildcard", options->no_wildcard, "One entry for each of your workspaces, in place of a pattern");
  command.flag("--skip-proxy-command", options->skip_proxy, "Leave the ProxyCommand out");
  command.flag("--use-previous-options", options->previous, "With the options of the last time");
  command.flag("-n,--dry-run", options->dry_run, "Print the file instead of writing it");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.hidden("--force-unix-filepaths", options->unix_paths);
  command.run([options](Session& session) { return config_ssh(session, *options); });

  // Whether another program makes such a host reachable by itself. Here none does.
  auto host = std::make_shared<std::string>();
  auto exists = root.sub("connect", "Whether hosts are reachable without ssh's help").sub("exists", "Exit code 0 if this host is, 1 if not");
  exists.argument("host", *host, "Its name");
  exists.run([host](Session&) -> Result<int> { return 1; });
}

}  // namespace slipway::cli
