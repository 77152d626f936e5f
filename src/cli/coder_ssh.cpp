// ssh as the VS Code and JetBrains plugins, and what config-ssh wrote, start it.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "api/gen/workspaces.hpp"
#include "base/text.hpp"
#include "cli/agent_stream.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/openssh.hpp"
#include "cli/print.hpp"
#include "cli/reach.hpp"
#include "cli/side_files.hpp"
#include "cli/terminal.hpp"
#include "cli/wait.hpp"

namespace slipway::cli {
namespace {

constexpr Seconds kUsageEvery{60}, kTriedFor{60};
constexpr int kBroken = 255;

struct Options {
  std::string name;
  std::vector<std::string> command, forwards, variables;
  HostName host{.prefix = "", .suffix = ""};
  ReachOptions reach;
  std::string wait = "auto", usage = "ssh", log_folder, network_folder, network_every = "5s", ignored;
  std::string identity_agent, poll_every;
  bool stdio = false, tty = false, forward_agent = false, forward_gpg = false, no_wait = false, flag = false;
};

std::string usage_name(const std::string& wanted) { return wanted == "vscode" || wanted == "jetbrains" || wanted == "disable" ? wanted : "ssh"; }

// What is told, and written, of a connection while it lasts.
struct Beside {
  Session* session;
  Uuid workspace, agent;
  std::string usage;
  std::optional<NetworkFile> file;
  Milliseconds every;
  SshLog log;
};

// Until it is cancelled.
Task<Result<void>> say_it_is_used(const Beside* of) {
  while (of->usage == "disable") co_await aio::sleep(std::chrono::hours(1));
  const auto path = fmt::format("/api/v2/workspaces/{}/usage", of->workspace.str());
  while (true) {
    const api::PostWorkspaceUsageRequest ask{.agent_id = of->agent, .app_name = of->usage};
    auto told = co_await of->session->post(path, api::to_json(ask));
    if (!told) of->log.debug("the use was not reported: " + told.error().say);
    co_await aio::sleep(kUsageEvery);
  }
}

// How long the server takes, and how long it knows its own way to the agent to take.
Task<NetworkNumbers> measured(const Beside* of) {
  NetworkNumbers out;
  const auto began = std::chrono::steady_clock::now();
  const auto agent = co_await of->session->fetch(fmt::format("/api/v2/workspaceagents/{}", of->agent.str()));
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - began;
  out.server_latency_ms = out.latency_ms = taken.count();
  if (!agent) co_return out;
  if (const auto shown = api::from_json<api::WorkspaceAgent>(*agent); shown && !shown->latency.empty())
    out.latency_ms += shown->latency.begin()->second.latency_ms;
  co_return out;
}

// Errors: internal, when the file could not be written for a minute.
Task<Result<void>> write_numbers(const Beside* of, std::shared_ptr<const StreamCount> count) {
  while (!of->file) co_await aio::sleep(std::chrono::hours(1));
  StreamCount before;
  auto written = std::chrono::steady_clock::now();
  for (auto last = written;;) {
    auto numbers = co_await measured(of);
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - last;
    last = now;
    if (passed.count() > 0.01) {
      numbers.up = static_cast<std::uint64_t>(static_cast<double>(count->up - before.up) / passed.count());
      numbers.down = static_cast<std::uint64_t>(static_cast<double>(count->down - before.down) / passed.count());
    }
    before = *count;
    if (auto done = of->file->write(numbers); done)
      written = now;
    else if (now - written > kTriedFor)
      co_return std::unexpected(std::move(done).error());
    co_await aio::sleep(of->every);
  }
}

Task<Result<void>> beside(std::shared_ptr<const Beside> of, std::shared_ptr<const StreamCount> count) {
  of->log.info("connected");
  using namespace asio::experimental::awaitable_operators;
  auto ended = co_await (write_numbers(of.get(), std::move(count)) || say_it_is_used(of.get()));
  co_return ended.index() == 0 ? std::get<0>(std::move(ended)) : std::get<1>(std::move(ended));
}

Result<int> by_stdio(Session& session, const Target& target, const api::WorkspaceAgent& agent, const Options& options, SshLog log) {
  TRY(every, duration_of(options.network_every, "--network-info-interval"));
  auto of = std::make_shared<Beside>(&session, target.workspace.id, agent.id, usage_name(options.usage), std::nullopt, every, log);
  if (!options.network_folder.empty()) of->file.emplace(options.network_folder);
  StreamOptions how{.tells = false, .beside = [of](std::shared_ptr<const StreamCount> count) { return beside(of, std::move(count)); }};
  const auto ended = stream_ssh(session, target.workspace, agent.id, how);
  if (of->file) {
    std::error_code ignored;
    std::filesystem::remove(of->file->path(), ignored);
  }
  log.info(ended ? "ended" : "ended: " + ended.error().say);
  if (ended) return 0;
  const auto why = why_it_ended(session, target.workspace, ended.error());
  tell("SSH connection ended unexpectedly: {} {}\n", why.say, why.detail);
  return kBroken;
}

std::vector<std::string> ssh_options(const Options& options) {
  std::vector<std::string> out;
  if (options.forward_agent) out.emplace_back("ForwardAgent=yes");
  if (!options.identity_agent.empty()) out.push_back("IdentityAgent=" + options.identity_agent);
  for (const auto& forward : options.forwards) {
    const auto split = forward.rfind(':', forward.rfind(':') - 1);
    out.push_back("RemoteForward=" + (split == forward.npos ? forward : forward.substr(0, split) + ' ' + forward.substr(split + 1)));
  }
  for (const auto& variable : options.variables) out.push_back("SetEnv=" + variable);
  if (options.tty) out.emplace_back("RequestTTY=force");
  return out;
}

Result<ReachOptions> reach_of(const Options& options) {
  ReachOptions out = options.reach;
  TRY_OK(one_of(options.wait, {"yes", "no", "auto"}));
  out.no_wait = options.no_wait || options.wait == "no";
  out.start_reason = "ssh_connection";
  return out;
}

Result<int> ssh(Session& session, Options& options) {
  if (!options.command.empty() && options.command.front() == "--") options.command.erase(options.command.begin());
  if (options.stdio && !options.forwards.empty()) return fail(Code::invalid, "--stdio and --remote-forward do not go together.");
  if (!options.host.prefix.empty() && !options.name.starts_with(options.host.prefix) && options.host.suffix.empty())
    return fail(Code::invalid, fmt::format("The host \"{}\" does not begin with \"{}\".", options.name, options.host.prefix));
  SshLog log;
  if (options.stdio && !options.log_folder.empty()) {
    TRY(opened, SshLog::open(options.log_folder, session.verbose()));
    log = std::move(opened);
  }
  TRY(how, reach_of(options));
  TRY(target, find_target(session, workspace_of_host(options.name, options.host)));
  log.info(fmt::format("connecting to {}/{}", target.workspace.owner_name, target.workspace.name));
  TRY(agent, reach(session, target, how));
  if (options.stdio) return by_stdio(session, target, agent, options, std::move(log));
  if (!have_openssh()) {
    const StreamOptions tells{.tells = true};
    return run_terminal(session, target.workspace, agent.id, text::joined(options.command, " "), tells);
  }
  return run_openssh(session, target, {.options = ssh_options(options), .remote = options.command, .reconnect = {}});
}

struct FromFiles {
  Options options;
  std::string host, url_file, token_file;
};

Result<std::string> trimmed_text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  if (!in && !in.eof()) return fail(Code::invalid, fmt::format("Cannot read {}.", path));
  const auto text = text::trim(all);
  if (text.empty() || text.find('\n') != text.npos) return fail(Code::invalid, fmt::format("{} does not hold one line.", path));
  return std::string(text);
}

// "prefix--owner--workspace", with "--agent" or ".agent" behind it.
Result<std::string> workspace_in(const std::string& host) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from != host.npos;) {
    const auto end = host.find("--", from);
    parts.push_back(host.substr(from, end == host.npos ? end : end - from));
    from = end == host.npos ? end : end + 2;
  }
  if (parts.size() < 3 || parts.size() > 4)
    return fail(Code::invalid, fmt::format("invalid host \"{}\": it is <prefix>--<owner>--<workspace>[--<agent>]", host));
  return fmt::format("{}/{}{}", parts[1], parts[2], parts.size() == 4 ? "." + parts[3] : "");
}

// As plugins did before they knew of configuration folders: address and token in files of their own, and nothing is started.
Result<int> vscodessh(Session& session, FromFiles& from) {
  TRY(name, workspace_in(from.host));
  TRY(url_text, trimmed_text_of(from.url_file));
  TRY(url, server_url(url_text));
  TRY(token, trimmed_text_of(from.token_file));
  session.use(url, token);
  from.options.name = name;
  from.options.stdio = from.options.reach.no_start = true;
  from.options.usage = "vscode";
  return ssh(session, from.options);
}

void add_vscodessh(Command root) {
  auto from = std::make_shared<FromFiles>();
  auto command = root.sub("vscodessh", "Speak SSH on stdin and stdout, as older editors' plugins ask for it");
  command.argument("host", from->host, "<prefix>--<owner>--<workspace>[--<agent>]");
  command.option("--url-file", from->url_file, "The file with the server's address");
  command.option("--session-token-file", from->token_file, "The file with the token");
  command.option("--network-info-dir", from->options.network_folder, "Write numbers of the connection into this folder");
  command.option("--network-info-interval", from->options.network_every, "How often");
  command.option("-l,--log-dir", from->options.log_folder, "Write a log of the connection into this folder");
  command.option("--wait", from->options.wait, "Whether to wait for the start-up scripts: yes, no or auto");
  command.run([from](Session& session) { return vscodessh(session, *from); });
}

}  // namespace

void add_coder_ssh(Command root) {
  add_vscodessh(root);
  auto options = std::make_shared<Options>();
  auto command = root.sub("ssh", "Start a shell into a workspace or run a command", "coder ssh dev\ncoder ssh dev make test");
  command.argument("workspace", options->name, "Its name, owner/name, or name.agent");
  command.flag("--stdio", options->stdio, "Speak SSH on stdin and stdout, for ProxyCommand");
  command.flag("-t,--tty", options->tty, "Ask for a terminal");
  command.option("--ssh-host-prefix", options->host.prefix, "What the name of the host begins with, before the workspace's");
  command.option("--hostname-suffix", options->host.suffix, "What it ends with, behind a dot");
  command.flag("-A,--forward-agent", options->forward_agent, "Forward the SSH agent");
  command.option("--identity-agent", options->identity_agent, "Which SSH agent to use");
  command.option("--wait", options->wait, "Whether to wait for the start-up scripts: yes, no or auto");
  command.flag("--no-wait", options->no_wait, "The same as --wait=no");
  command.option("-l,--log-dir", options->log_folder, "Write a log of the connection into this folder");
  command.option("-R,--remote-forward", options->forwards, "Forward a port of the workspace to here; repeatable");
  command.option("-e,--env", options->variables, "A variable as name=value; repeatable");
  command.option("--usage-app", options->usage, "What uses the workspace: ssh, vscode, jetbrains or disable");
  command.option("--network-info-dir", options->network_folder, "Write numbers of the connection into this folder");
  command.option("--network-info-interval", options->network_every, "How often");
  command.flag("--disable-autostart", options->reach.no_start, "Do not start it when it is stopped");
  command.hidden("-G,--forward-gpg", options->forward_gpg);
  command.hidden("--workspace-poll-interval", options->poll_every);
  command.hidden("--force-new-tunnel", options->flag);
  command.rest(options->command);
  command.run([options](Session& session) { return ssh(session, *options); });
}

}  // namespace slipway::cli
