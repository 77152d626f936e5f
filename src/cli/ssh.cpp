#include <algorithm>
#include <thread>

#include "base/text.hpp"
#include "cli/agent_stream.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/openssh.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kPause{500};

struct Options {
  std::string name;
  std::vector<std::string> command, ssh_options;
  bool stdio = false, terminal = false;
  HostName host;
  ReachOptions reach;
};

Result<int> by_terminal(Session& session, const Target& target, const api::WorkspaceAgent& agent, const Options& options) {
  if (!stdin_is_terminal() || !stdout_is_terminal())
    return fail(Code::invalid, "The built-in terminal needs a terminal.", "Install OpenSSH's client to pass data through.");
  const auto ended = run_terminal(session, agent.id, text::joined(options.command, " "));
  if (const auto why = why_it_ended(session, target.workspace, ended ? Error{} : ended.error()); !why.say.empty()) return std::unexpected(why);
  return *ended;
}

Result<int> by_stdio(Session& session, const Target& target, const api::WorkspaceAgent& agent) {
  const auto ended = stream_ssh(session, agent.id);
  if (ended) return 0;
  if (inside_our_ssh()) return 1;  // who started ssh has the words, once ssh has given the terminal back
  return std::unexpected(why_it_ended(session, target.workspace, ended.error()));
}

Result<int> ssh(Session& session, Options& options) {
  if (!options.command.empty() && options.command.front() == "--") options.command.erase(options.command.begin());
  TRY(target, find_target(session, workspace_of_host(options.name, options.host)));
  TRY(agent, reach(session, target, options.reach));
  if (options.stdio) return by_stdio(session, target, agent);
  if (options.terminal) return by_terminal(session, target, agent, options);
  if (have_openssh() || !stdin_is_terminal() || !stdout_is_terminal())
    return run_openssh(session, target, {.options = options.ssh_options, .remote = options.command});
  tell("There is no ssh program on this machine; using the built-in terminal (slipway ssh --terminal).\n");
  return by_terminal(session, target, agent, options);
}

struct PingOptions {
  std::string name;
  ReachOptions reach{.no_start = true, .wait_seconds = 30};
  std::int64_t count = 5;
};

Result<int> ping(Session& session, PingOptions& options) {
  TRY(target, find_target(session, workspace_of_host(options.name, {})));
  TRY(agent, reach(session, target, options.reach));
  std::vector<std::int64_t> times;
  std::optional<Error> last;
  for (std::int64_t i = 0; i < options.count; ++i) {
    const auto took = greeting_time(session, agent.id);
    if (took) {
      times.push_back(took->count());
      print("{} answered in {}\n", agent.name, duration(*took));
    } else {
      last = took.error();
      print("{} did not answer: {}\n", agent.name, took.error().say);
    }
    std::fflush(stdout);
    if (i + 1 < options.count) std::this_thread::sleep_for(kPause);
  }
  if (times.empty()) return std::unexpected(*last);
  std::ranges::sort(times);
  print("{} of {} answered; median {}, fastest {}, slowest {}\n", times.size(), options.count, duration(Milliseconds(times[times.size() / 2])),
        duration(Milliseconds(times.front())), duration(Milliseconds(times.back())));
  return 0;
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
  command.flag("--stdio", options->stdio, "Speak SSH on stdin and stdout, for ProxyCommand");
  command.flag("--terminal", options->terminal, "Use the built-in terminal, not ssh");
  command.option("--option", options->ssh_options, "An option for ssh, as in ssh -o; repeatable");
  command.option("--ssh-host-prefix", options->host.prefix, "What the name of the host begins with, before the workspace's");
  command.option("--hostname-suffix", options->host.suffix, "What it ends with, behind a dot");
  command.rest(options->command);
  command.run([options](Session& session) { return ssh(session, *options); });

  auto ping_options = std::make_shared<PingOptions>();
  auto pinging = root.sub("ping", "Measure how fast a workspace's agent answers", "slipway ping dev --count 3");
  pinging.argument("workspace", ping_options->name, "Its name, owner/name, or name.agent");
  pinging.option("-n,--count", ping_options->count, "How often");
  pinging.run([ping_options](Session& session) { return ping(session, *ping_options); });
}

}  // namespace slipway::cli
