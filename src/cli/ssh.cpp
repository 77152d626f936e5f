#include "base/text.hpp"
#include "cli/agent_stream.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/openssh.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string name;
  std::vector<std::string> command, ssh_options;
  bool stdio = false, terminal = false;
  HostName host;
  ReachOptions reach;
  Reconnect reconnect;
};

Result<int> by_terminal(Session& session, const Target& target, const api::WorkspaceAgent& agent, const Options& options) {
  if (!stdin_is_terminal() || !stdout_is_terminal())
    return fail(Code::invalid, "The built-in terminal needs a terminal.", "Install OpenSSH's client to pass data through.");
  const StreamOptions how{.try_for = std::chrono::minutes(options.reconnect.minutes), .tells = true};
  const auto ended = run_terminal(session, target.workspace, agent.id, text::joined(options.command, " "), how);
  if (const auto why = why_it_ended(session, target.workspace, ended ? Error{} : ended.error()); !why.say.empty()) return std::unexpected(why);
  return *ended;
}

Result<int> by_stdio(Session& session, const Target& target, const api::WorkspaceAgent& agent, const Reconnect& reconnect) {
  const StreamOptions how{.try_for = std::chrono::minutes(reconnect.minutes), .tells = stderr_is_terminal()};
  const auto ended = stream_ssh(session, target.workspace, agent.id, how);
  if (ended) return 0;
  const auto why = why_it_ended(session, target.workspace, ended.error());
  if (!inside_our_ssh()) return std::unexpected(why);
  // Who started ssh has the words, once ssh has given the terminal back; but not for what only we were told.
  if (why.code != Code::precondition && why.code != Code::bad_gateway) tell("\r\n{} {}\r\n", harmless(why.say), harmless(why.detail));
  return 1;
}

Result<int> ssh(Session& session, Options& options) {
  if (!options.command.empty() && options.command.front() == "--") options.command.erase(options.command.begin());
  TRY(target, find_target(session, workspace_of_host(options.name, options.host)));
  TRY(agent, reach(session, target, options.reach));
  if (options.stdio) return by_stdio(session, target, agent, options.reconnect);
  if (options.terminal) return by_terminal(session, target, agent, options);
  if (have_openssh() || !stdin_is_terminal() || !stdout_is_terminal())
    return run_openssh(session, target, {.options = options.ssh_options, .remote = options.command, .reconnect = options.reconnect});
  tell("There is no ssh program on this machine; using the built-in terminal (slipway ssh --terminal).\n");
  return by_terminal(session, target, agent, options);
}

}  // namespace

void add_ssh(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("ssh", "Open a shell in a workspace, or run a command there",
                          "slipway ssh dev\n"
                          "slipway ssh dev make test\n"
                          "slipway ssh ana/dev.main --option ForwardAgent=yes\n"
                          "ssh -o ProxyCommand=\"slipway ssh --stdio %h\" dev");
  command.argument("workspace", options->name, "Its name, owner/name, or name.agent");
  options->reach.add_to(command);
  options->reconnect.add_to(command);
  command.flag("--stdio", options->stdio, "Speak SSH on stdin and stdout, for ProxyCommand");
  command.flag("--terminal", options->terminal, "Use the built-in terminal, not ssh");
  command.option("--option", options->ssh_options, "An option for ssh, as in ssh -o; repeatable");
  command.option("--ssh-host-prefix", options->host.prefix, "What the name of the host begins with, before the workspace's");
  command.option("--hostname-suffix", options->host.suffix, "What it ends with, behind a dot");
  command.rest(options->command);
  command.run([options](Session& session) { return ssh(session, *options); });
}

}  // namespace slipway::cli
