#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "cli/build_follower.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/config_ssh.hpp"
#include "cli/lifecycle.hpp"
#include "cli/lookup.hpp"
#include "cli/relay.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kPoll{500};

struct Options {
  std::string name;
  std::vector<std::string> command, ssh_options;
  bool stdio = false, no_start = false, no_wait = false, terminal = false;
  std::int64_t wait_seconds = 600;
};

// host aliases of config-ssh: slipway.dev, coder.dev, and dev.slipway
std::string without_host_prefix(std::string name) {
  for (const std::string_view prefix : {"slipway.", "coder."})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  // ssh knows no "/" in a host: owner--workspace stands for owner/workspace
  if (const auto dashes = name.find("--"); dashes != std::string::npos && name.find('/') == std::string::npos) name.replace(dashes, 2, "/");
  return name;
}

Result<api::Workspace> running_workspace(Session& session, Target& target, const Options& options) {
  auto& workspace = target.workspace;
  const auto& build = workspace.latest_build;
  const auto full = workspace.owner_name + '/' + workspace.name;
  const bool pending = build.job.status == "pending" || build.job.status == "running";
  if (build.status == "running") return workspace;
  if (build.transition == "start" && pending) {
    TRY_OK(follow_build(session, build));
  } else {
    if (options.no_start || build.transition == "delete")
      return fail(Code::precondition, fmt::format("Workspace {} is {}.", full, build.status), fmt::format("Start it with: slipway start {}", full));
    if (pending) TRY_OK(follow_build(session, build));
    fmt::print(stderr, "Workspace {} is {}; starting it.\n", full, build.status);
    TRY(started, start_workspace(session, workspace, {.yes = true}));
    TRY_OK(follow_build(session, started));
  }
  return find_workspace(session, full);
}

// A state in which an agent that still runs its start-up scripts is done with them, well or badly.
bool has_started(const api::WorkspaceAgent& agent) { return agent.lifecycle_state != "created" && agent.lifecycle_state != "starting"; }

Result<api::WorkspaceAgent> connected_agent(Session& session, const api::WorkspaceAgent& found, const Options& options) {
  StatusLine status;
  InterruptAdvice advice("\n");
  const auto began = std::chrono::steady_clock::now();
  while (true) {
    TRY(agent, session.get<api::WorkspaceAgent>("/api/v2/workspaceagents/" + found.id.str()));
    const bool waits_for_scripts = agent.startup_script_behavior == "blocking" && !options.no_wait && !has_started(agent);
    if (agent.status == "connected" && !waits_for_scripts) {
      status.clear();
      if (agent.lifecycle_state == "start_error" || agent.lifecycle_state == "start_timeout")
        fmt::print(stderr, "{} A start-up script failed; the workspace may be incomplete. See: slipway logs --agent-only\n",
                   on_stderr(Colour::yellow, "warning:"));
      return agent;
    }
    if (std::chrono::steady_clock::now() - began > Seconds(options.wait_seconds))
      return fail(Code::timed_out, fmt::format("Agent {} is {} and {}.", agent.name, agent.status, agent.lifecycle_state),
                  agent.troubleshooting_url.empty() ? "See what it does: slipway logs --agent-only" : agent.troubleshooting_url);
    status.show(agent.status == "connected" ? "Waiting for the start-up scripts (--no-wait does not)"
                                            : fmt::format("Waiting for agent {} to connect", agent.name));
    std::this_thread::sleep_for(kPoll);
  }
}

Result<api::WorkspaceAgent> reach(Session& session, Target& target, const Options& options) {
  TRY(workspace, running_workspace(session, target, options));
  TRY(agent, find_agent(workspace.latest_build, target.agent));
  return connected_agent(session, agent, options);
}

// Becomes the system's ssh. Returns only when there is none.
Error become_ssh(Session& session, const std::string& host, const Options& options, const std::vector<std::string>& extra) {
  std::vector<std::string> words = {"ssh"};
  for (const auto& [name, value] : ssh_settings(proxy_command(own_path(), session.config().folder().string(), "ssh --stdio --no-start '%n'")))
    words.insert(words.end(), {"-o", name + "=" + value});
  for (const auto& one : options.ssh_options) words.insert(words.end(), {"-o", one});
  words.insert(words.end(), extra.begin(), extra.end());
  words.push_back(host);
  words.insert(words.end(), options.command.begin(), options.command.end());
  std::vector<char*> raw;
  for (auto& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  // The one we start must find the same server: flags given to us go on through the environment.
  if (const auto url = session.url()) setenv("SLIPWAY_URL", url->c_str(), 1);
  if (const auto token = session.token()) setenv("SLIPWAY_SESSION_TOKEN", token->c_str(), 1);
  execvp("ssh", raw.data());
  return Error{.code = Code::invalid, .say = "Cannot run ssh.", .detail = std::strerror(errno)};
}

std::string ssh_host(const Target& target) {
  return fmt::format("slipway.{}--{}{}", target.workspace.owner_name, target.workspace.name, target.agent.empty() ? "" : "." + target.agent);
}

std::string shell_words(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

Result<int> ssh(Session& session, Options& options) {
  if (!options.command.empty() && options.command.front() == "--") options.command.erase(options.command.begin());
  TRY(target, find_target(session, without_host_prefix(options.name)));
  TRY(agent, reach(session, target, options));
  if (options.stdio) {
    TRY_OK(relay_ssh(session, agent.id));
    return 0;
  }
  if (!options.terminal) {
    const auto error = become_ssh(session, ssh_host(target), options, {});
    if (!stdin_is_terminal()) return std::unexpected(error);
    fmt::print(stderr, "No ssh program is found here; using the built-in terminal.\n");
  }
  if (!stdin_is_terminal() || !stdout_is_terminal())
    return fail(Code::invalid, "The built-in terminal needs a terminal.", "Install OpenSSH's client to pass data through.");
  return run_terminal(session, agent.id, shell_words(options.command));
}

struct PingOptions {
  Options base;
  std::int64_t count = 5;
};

Result<int> ping(Session& session, PingOptions& options) {
  TRY(target, find_target(session, without_host_prefix(options.base.name)));
  options.base.no_start = true;
  TRY(agent, reach(session, target, options.base));
  std::vector<std::int64_t> times;
  std::optional<Error> last;
  for (std::int64_t i = 0; i < options.count; ++i) {
    const auto took = greeting_time(session, agent.id);
    if (took) {
      times.push_back(took->count());
      fmt::print("{} answered in {}\n", agent.name, duration(*took));
    } else {
      last = took.error();
      fmt::print("{} did not answer: {}\n", agent.name, took.error().say);
    }
    std::fflush(stdout);
    if (i + 1 < options.count) std::this_thread::sleep_for(kPoll);
  }
  if (times.empty()) return std::unexpected(*last);
  std::ranges::sort(times);
  fmt::print("{} of {} answered; median {}, fastest {}, slowest {}\n", times.size(), options.count, duration(Milliseconds(times[times.size() / 2])),
             duration(Milliseconds(times.front())), duration(Milliseconds(times.back())));
  return 0;
}

struct ForwardOptions {
  Options base;
  std::vector<std::string> ports;
};

// "8080", "8080:80", "127.0.0.1:8080:80": what ssh -L takes.
Result<std::string> forward_of(const std::string& text) {
  const auto colons = std::ranges::count(text, ':');
  const auto last = text.substr(text.rfind(':') + 1);
  const bool fits = !text.empty() && colons <= 2 && !last.empty() && last.find_first_not_of("0123456789") == std::string::npos;
  if (!fits) return fail_field(fmt::format("\"{}\" names no ports.", text), "tcp", "is such as 8080 or 8080:80 (here:there)");
  return (colons == 0 ? text : text.substr(0, text.rfind(':'))) + ":localhost:" + last;
}

Result<int> forward(Session& session, ForwardOptions& options) {
  if (options.ports.empty()) return fail_field("Which ports?", "tcp", "is required: --tcp 8080:80");
  std::vector<std::string> extra = {"-N", "-o", "ExitOnForwardFailure=yes"};
  for (const auto& list : options.ports)
    for (std::size_t from = 0; from <= list.size();) {
      const auto end = std::min(list.find(',', from), list.size());
      TRY(one, forward_of(list.substr(from, end - from)));
      extra.insert(extra.end(), {"-L", one});
      from = end + 1;
    }
  TRY(target, find_target(session, without_host_prefix(options.base.name)));
  TRY(agent, reach(session, target, options.base));
  fmt::print(stderr, "Forwarding to {}; Ctrl-C ends it.\n", agent.name);
  return std::unexpected(become_ssh(session, ssh_host(target), options.base, extra));
}

void add_waiting(Command& command, Options& options) {
  command.argument("workspace", options.name, "Its name, owner/name, or name.agent");
  command.flag("--no-start", options.no_start, "Do not start it when it is stopped");
  command.flag("--no-wait", options.no_wait, "Do not wait for its start-up scripts");
  command.option("--wait-seconds", options.wait_seconds, "Give up waiting for the agent after this long");
}

}  // namespace

void add_ssh(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("ssh", "Open a shell in a workspace, or run a command there",
                          "slipway ssh dev\n"
                          "slipway ssh dev make test\n"
                          "slipway ssh ana/dev.main --option ForwardAgent=yes\n"
                          "ssh -o ProxyCommand=\"slipway ssh --stdio %h\" dev");
  add_waiting(command, *options);
  command.flag("--stdio", options->stdio, "Speak SSH on stdin and stdout, for ProxyCommand");
  command.flag("--terminal", options->terminal, "Use the built-in terminal, not ssh");
  command.option("--option", options->ssh_options, "An option for ssh, as in ssh -o; repeatable");
  command.rest(options->command);
  command.run([options](Session& session) { return ssh(session, *options); });

  auto ping_options = std::make_shared<PingOptions>();
  auto pinging = root.sub("ping", "Measure how fast a workspace's agent answers", "slipway ping dev --count 3");
  pinging.argument("workspace", ping_options->base.name, "Its name, owner/name, or name.agent");
  pinging.option("-n,--count", ping_options->count, "How often");
  ping_options->base.wait_seconds = 30;
  pinging.run([ping_options](Session& session) { return ping(session, *ping_options); });

  auto forward_options = std::make_shared<ForwardOptions>();
  auto forwarding = root.sub("port-forward", "Reach ports of a workspace on this machine",
                             "slipway port-forward dev --tcp 8080\nslipway port-forward dev --tcp 8080:80,5432");
  add_waiting(forwarding, forward_options->base);
  forwarding.option("-p,--tcp", forward_options->ports, "Ports as here:there; repeatable, or separated by commas");
  forwarding.run([forward_options](Session& session) { return forward(session, *forward_options); });
}

}  // namespace slipway::cli
