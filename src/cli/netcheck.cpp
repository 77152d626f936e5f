// slipway netcheck: which hop on the way to the server, or to a workspace, fails.
#include <boost/json.hpp>

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "api/gen/workspaces.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/measure_stream.hpp"
#include "cli/netcheck_hops.hpp"
#include "cli/print.hpp"
#include "cli/reach.hpp"
#include "cli/terminal.hpp"
#include "cli/wait.hpp"
#include "net/client.hpp"
#include "net/url.hpp"
#include "tunnel/measuring.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kPatience{20'000};

Way::Moment now() { return std::chrono::steady_clock::now(); }

std::string words_of(const Error& error) { return error.why.empty() ? error.say : fmt::format("{} ({})", error.say, error.why); }

// net tells of its steps by the first of our hops.
Hop hop_of(net::Step step) {
  switch (step) {
    case net::Step::name: return Hop::name;
    case net::Step::tcp: return Hop::tcp;
    case net::Step::proxy: return Hop::proxy;
    case net::Step::tls: return Hop::tls;
    case net::Step::http: return Hop::http;
  }
  return Hop::http;
}

struct Check {
  Way way;
  std::string url, token;
  bool first_connection = true;  // the one whose steps are looked at
};

net::ClientOptions options_of(Check& check, net::Proxies proxies) {
  net::ClientOptions options{.proxies = std::move(proxies), .user_agent = "slipway-cli"};
  options.on_step = [&check](net::Step step) {
    if (check.first_connection) check.way.begin(hop_of(step), now());
  };
  return options;
}

// What is known before anything is tried.
Result<void> say_where(Check& check, const net::Proxies& proxies) {
  TRY(target, net::parse_url(check.url));
  const bool secure = target.scheme == "https";
  TRY(proxy, proxies.on_the_way_to(secure, target.host, target.port));
  check.way.say(Hop::name, proxy ? proxy->host : target.host);
  check.way.say(Hop::tcp, proxy ? fmt::format("port {} of the proxy", proxy->port) : fmt::format("port {}", target.port));
  check.way.say(Hop::proxy, proxy ? fmt::format("{}, from {}", proxy->str(), proxy->named) : "There is none on the way.");
  check.way.say(Hop::tls, secure ? "The certificate is trusted." : "The address begins with http://.");
  return {};
}

Task<void> reach_server(Check& check, net::Client& client) {
  const auto answer = co_await client.request("GET", check.url + "/api/v2/buildinfo", {}, {}, kPatience);
  check.first_connection = false;
  if (!answer) co_return check.way.fail(words_of(answer.error()), now());
  const auto version = answer->headers.get("X-Coder-Build-Version");
  if (answer->status != 200) co_return check.way.fail(fmt::format("The answer is {} {}.", answer->status, net::reason_phrase(answer->status)), now());
  if (version.empty()) co_return check.way.fail("Something answers that is no Slipway server.", now());
  check.way.end(now());
  check.way.say(Hop::http, fmt::format("Slipway {}", version));
}

// Of /readyz: what the server says of its database, if it says anything.
std::optional<bool> database_answers(std::string_view readiness) {
  boost::system::error_code bad;
  const auto parsed = boost::json::parse(readiness, bad);
  const auto* checks = bad || !parsed.is_object() ? nullptr : parsed.get_object().if_contains("checks");
  if (!checks || !checks->is_array()) return std::nullopt;
  for (const auto& one : checks->get_array()) {
    const auto* check = one.if_object();
    const auto* name = check ? check->if_contains("name") : nullptr;
    const auto* ok = check ? check->if_contains("ok") : nullptr;
    if (name && ok && name->is_string() && name->get_string() == "database" && ok->is_bool()) return ok->get_bool();
  }
  return std::nullopt;
}

Task<void> ask_about_database(Check& check, net::Client& client) {
  check.way.begin(Hop::postgresql, now());
  const auto answer = co_await client.request("GET", check.url + "/readyz", {}, {}, kPatience);
  if (!answer) co_return check.way.fail(words_of(answer.error()), now());
  const auto well = database_answers(answer->body);
  if (!well) co_return check.way.fail("What lies before the server does not let /readyz through, by which it tells.", now());
  if (!*well) co_return check.way.fail("The server says that its database does not answer.", now());
  check.way.end(now());
  check.way.say(Hop::postgresql, "It answers the server.");
}

// The stream of that workspace's news, on which the server speaks first.
Task<void> open_websocket(Check& check, net::Client& client, Uuid workspace) {
  check.way.begin(Hop::websocket, now());
  net::Headers headers;
  headers.set("Coder-Session-Token", check.token);
  auto socket = co_await client.connect_websocket(fmt::format("{}/api/v2/workspaces/{}/watch-ws", check.url, workspace.str()), std::move(headers));
  if (!socket) co_return check.way.fail(socket.error().say, now());
  const auto first = co_await aio::with_deadline(kPatience, "It was opened, and then nothing came.", (*socket)->read());
  if (!first) co_return check.way.fail(first.error().say, now());
  check.way.end(now());
  check.way.say(Hop::websocket, "It opens, and what the server says arrives.");
  co_await (*socket)->close();
}

Task<void> look_at_server(Check& check, net::Client& client) {
  co_await reach_server(check, client);
  if (!check.way.failed()) co_await ask_about_database(check, client);
}

// Runs `task(check, client)` and lets go of the client.
template <class F>
void with_client(Check& check, const net::Proxies& proxies, F task) {
  aio::Loops loops(1);
  net::Client client(loops.at(0), options_of(check, proxies));
  auto main = [](Check& in, net::Client& by, F& todo) -> Task<int> {
    co_await todo(in, by);
    co_await by.stop();
    co_return 0;
  };
  loops.run(main(check, client, task));
}

Task<Result<std::chrono::microseconds>> answer_of_agent(Session& session, Uuid agent) {
  CO_TRY(stream, co_await measuring_stream(session, agent));
  CO_CHECK(co_await tunnel::begin_echo(*stream));
  co_return co_await tunnel::round_trip(*stream);
}

Result<void> look_at_agent(Session& session, Check& check, const Target& target) {
  TRY(agent, find_agent(target.workspace.latest_build, target.agent));
  check.way.begin(Hop::agent, now());
  if (agent.status != "connected") {
    check.way.fail(fmt::format("Agent {} of {}/{} is {}; the workspace is {}.", agent.name, target.workspace.owner_name, target.workspace.name,
                               agent.status, target.workspace.latest_build.status),
                   now());
    return {};
  }
  const auto took = session.wait(answer_of_agent(session, agent.id));
  if (!took) return check.way.fail(words_of(took.error()), now()), Result<void>();
  check.way.end(now());
  check.way.say(Hop::agent, fmt::format("{} answers in {}.", agent.name, milliseconds(*took)));
  return {};
}

// The named workspace, or any: a WebSocket belongs to one.
Result<std::optional<Target>> workspace_to_try(Session& session, const std::string& named) {
  if (!named.empty()) {
    TRY(target, find_target(session, workspace_of_host(named, {})));
    return target;
  }
  TRY(some, session.get<api::WorkspacesResponse>("/api/v2/workspaces?limit=1"));
  if (some.workspaces.empty()) return std::nullopt;
  return Target{.workspace = some.workspaces.front(), .agent = {}};
}

struct Options {
  std::string workspace;
  TableFlags flags;
};

Result<void> look_behind_server(Session& session, Check& check, const net::Proxies& proxies, const std::string& named) {
  const auto token = session.token();
  const auto found = token ? workspace_to_try(session, named) : std::unexpected(token.error());
  if (!found && found.error().code == Code::unauthenticated) {
    for (const auto hop : {Hop::websocket, Hop::agent}) check.way.say(hop, fmt::format("Log in first: slipway login {}", check.url));
    return {};
  }
  TRY(target, found);
  check.token = *token;
  if (named.empty()) check.way.say(Hop::agent, "Name a workspace to have its agent tried.");
  if (!target) {
    check.way.say(Hop::websocket, "There is no workspace yet to try it with.");
    return {};
  }
  const auto id = target->workspace.id;
  with_client(check, proxies, [id](Check& in, net::Client& client) { return open_websocket(in, client, id); });
  if (named.empty() || check.way.failed()) return {};
  return look_at_agent(session, check, *target);
}

Result<int> netcheck(Session& session, const Options& options) {
  Check check;
  TRY(url, session.url());
  check.url = url;
  const auto proxies = net::proxies_of_environment();
  TRY_OK(say_where(check, proxies));
  with_client(check, proxies, look_at_server);
  const auto failing = check.way.first_failure();
  if (!failing || failing == Hop::postgresql) {
    const auto looked = look_behind_server(session, check, proxies, options.workspace);
    if (!looked && !check.way.failed()) return std::unexpected(looked.error());
  }
  TRY(code, check.way.table().print(options.flags, check.way.json(url), ""));
  const auto failed = check.way.first_failure();
  if (options.flags.output == "table") {
    if (failed)
      print("\n{} {} fails. {}\n", on_stdout(Colour::red, "The hop"), name_of(*failed), advice_for(*failed));
    else
      print("\n{} Nothing fails on the way to {}.\n", on_stdout(Colour::green, "All is well."), url);
  }
  return failed ? 1 : code;
}

}  // namespace

void add_netcheck(Command root) {
  if (root.face().coder) return add_coder_netcheck(root);
  auto options = std::make_shared<Options>();
  auto command = root.sub("netcheck", "Find out which part of the way to the server, or to a workspace, fails",
                          "slipway netcheck\n"
                          "slipway netcheck dev\n"
                          "slipway --url https://dev.example.com netcheck --output json");
  command.optional_argument("workspace", options->workspace, "Its name, owner/name, or name.agent: its agent is tried, too");
  options->flags.add_to(command, kHopColumns);
  command.run([options](Session& session) { return netcheck(session, *options); });
}

}  // namespace slipway::cli
