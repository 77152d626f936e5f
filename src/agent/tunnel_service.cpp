#include "agent/tunnel_service.hpp"

#include "agent/session_watch.hpp"
#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "tunnel/measuring.hpp"

namespace slipway::agent {

namespace {

constexpr auto kPortsFor = std::chrono::seconds(1);

unsigned short dimension(std::string_view text) {
  constexpr unsigned short kUsual = 80;
  return text::number<unsigned short>(text).value_or(kUsual);
}

net::Response json_answer(int status, std::string body) {
  net::Response out{.status = status, .headers = {{"content-type", "application/json; charset=utf-8"}}, .body = std::move(body)};
  return out;
}

int status_of(const Error& error) { return error.code == Code::invalid ? 400 : error.code == Code::too_many ? 429 : 500; }

}  // namespace

Result<TerminalRequest> read_terminal_request(std::string_view id, std::string_view height, std::string_view width, std::string_view command) {
  const auto parsed = Uuid::parse(id);
  if (!parsed || parsed->is_nil()) return fail(Code::invalid, "A terminal needs x-reconnect-id to be a UUID.");
  return TerminalRequest{.id = *parsed, .size = {dimension(height), dimension(width)}, .command = std::string(command)};
}

std::optional<TerminalRequest::Viewer> read_viewer(std::string_view name, std::string_view received) {
  const auto parsed = Uuid::parse(name);
  const auto next = text::number<std::uint64_t>(received);
  if (!parsed || !next) return std::nullopt;
  return TerminalRequest::Viewer{.name = *parsed, .next = *next};
}

TunnelService::TunnelService(const asio::any_io_executor& home, const Commands& commands, Outbox& outbox, std::shared_ptr<Traffic> traffic,
                             const Clock& clock, Banners* banners, HeldLimits held)
    : home_(home),
      commands_(commands),
      outbox_(outbox),
      traffic_(std::move(traffic)),
      clock_(clock),
      banners_(banners),
      client_(home),
      terminals_(home, commands),
      held_(home, held),
      meetings_(home, [this] { return handlers_for_proxies(); }) {}

TunnelService::~TunnelService() = default;

void TunnelService::set_names(std::string_view owner, std::string_view workspace, std::string_view agent) {
  auto names = fmt::format("{}/{}/{}", owner, workspace, agent);
  if (ssh_ && (names == ssh_names_ || ssh_->connections() > 0)) return;
  ssh_names_ = std::move(names);
  auto dial_out = [this](std::string host, std::uint16_t port) { return client_.connect(std::move(host), port, false); };
  SshOptions options{
      .host_key_seed = ssh_host_key_seed(owner, workspace, agent), .environment = commands_.source(), .dial = dial_out, .greeting = [this] {
        return greeting();
      }};
  ssh_ = std::make_unique<SshServer>(home_, std::move(options));
}

tunnel::Handlers TunnelService::handlers() {
  return {.connect = [this](std::uint16_t port) { return dial(port); },
          .open = [this](tunnel::Opening opening) { return open(std::move(opening)); },
          .request = [this](tunnel::AgentRequest request) { return answer(std::move(request)); }};
}

tunnel::Handlers TunnelService::handlers_for_proxies() {
  return {.connect = [this](std::uint16_t port) { return dial(port); },
          .open = [this](tunnel::Opening opening) { return open_for_proxy(std::move(opening)); },
          .request = [this](tunnel::AgentRequest request) { return answer_proxy(std::move(request)); }};
}

// Servers listen on either of the two loopback addresses, or on one of them only.
Task<Result<std::unique_ptr<net::Stream>>> TunnelService::dial(std::uint16_t port) {
  auto got = co_await client_.connect("127.0.0.1", port, false);
  if (!got) {
    auto six = co_await client_.connect("::1", port, false);
    if (six) got = std::move(six);
  }
  if (!got)
    co_return std::unexpected(
        Error{.code = Code::bad_gateway, .say = fmt::format("Nothing in the workspace listens on port {}.", port), .why = got.error().why});
  co_return counted_local(std::move(*got), traffic_, &Traffic::ports);
}

Task<void> TunnelService::open(tunnel::Opening opening) {
  if (opening.protocol() == "pty") co_return co_await open_terminal(std::move(opening));
  if (opening.protocol() == "ssh") co_return co_await open_ssh(std::move(opening));
  if (opening.protocol() == tunnel::kMeasuring) {
    const auto stream = opening.accept();
    co_return co_await tunnel::serve_measuring(*stream);
  }
  opening.refuse(501, "This agent does not speak that protocol. Restart the workspace to have the agent of this server.");
}

Task<void> TunnelService::open_for_proxy(tunnel::Opening opening) {
  if (opening.protocol() == "pty") co_return co_await open_terminal(std::move(opening));
  opening.refuse(403, "A workspace proxy opens ports and terminals only.");
}

Task<void> TunnelService::open_terminal(tunnel::Opening opening) {
  if (!opening.header("x-container").empty()) co_return opening.refuse(501, "This agent opens no terminals in containers.");
  auto request =
      read_terminal_request(opening.header("x-reconnect-id"), opening.header("x-height"), opening.header("x-width"), opening.header("x-command"));
  if (!request) co_return opening.refuse(400, request.error().say);
  request->viewer = read_viewer(opening.header("x-viewer"), opening.header("x-received"));
  if (request->command.empty()) request->greeting = co_await announcements();
  if (const auto ready = terminals_.ensure(*request); !ready) {
    log::warn("a terminal could not be opened", {{"why", ready.error().why.empty() ? ready.error().say : ready.error().why}});
    co_return opening.refuse(status_of(ready.error()), ready.error().say);
  }
  SessionWatch watch(outbox_, clock_, traffic_, SessionKind::terminal, opening.header("x-connection-id"), opening.header("x-client-ip"));
  watch.turns_out(SessionKind::terminal);
  auto stream = counted_tunnel(opening.accept(), traffic_, nullptr);
  co_await terminals_.view(std::move(*request), std::move(stream));
}

Task<void> TunnelService::open_ssh(tunnel::Opening opening) {
  if (!ssh_) co_return opening.refuse(503, "The agent has not got its manifest yet. Try again in a moment.");
  SessionOf of{.connection = std::string(opening.header("x-connection-id")), .ip = std::string(opening.header("x-client-ip"))};
  std::string person(opening.header("x-person"));
  const bool resumes = !opening.header("x-resume").empty() && !person.empty();
  auto stream = opening.accept();
  if (!resumes) co_return co_await serve_ssh(std::move(stream), std::move(of));
  auto serve = [this, of](std::unique_ptr<net::Stream> held) { return serve_ssh(std::move(held), of); };
  co_await held_.carry(std::move(stream), std::move(person), std::move(serve));
}

// One session from its beginning to its end, over however many carriers.
Task<void> TunnelService::serve_ssh(std::unique_ptr<net::Stream> stream, SessionOf of) {
  SessionWatch watch(outbox_, clock_, traffic_, SessionKind::ssh, of.connection, of.ip);
  SshVisit visit{.kind = [&watch](SessionKind kind) { watch.turns_out(kind); },
                 .jetbrains = [&watch] { watch.reaches_jetbrains(); },
                 .exited = [&watch](int code) { watch.exited(code); }};
  auto counted = counted_tunnel(std::move(stream), traffic_, nullptr);
  co_await ssh_->serve(std::move(counted), std::move(visit));
}

Task<std::string> TunnelService::announcements() {
  if (!banners_ || commands_.is_hushed()) co_return std::string();
  co_return co_await banners_->text();
}

Task<std::string> TunnelService::greeting() {
  const std::string announced = co_await announcements();
  co_return commands_.message_of_the_day() + announced;
}

Task<std::string> TunnelService::listening_ports() {
  if (std::chrono::steady_clock::now() >= ports_until_) {
    auto scan = [] { return listening_ports_json(scan_listening_ports()); };
    ports_json_ = co_await aio::blocking(scan);
    ports_until_ = std::chrono::steady_clock::now() + kPortsFor;
  }
  co_return ports_json_;
}

Task<net::Response> TunnelService::answer(tunnel::AgentRequest request) {
  const auto path = request.path.substr(0, request.path.find('?'));
  if (request.method != "GET") co_return json_answer(405, R"({"message":"The agent answers GET only."})");
  if (path == "/listening-ports") co_return json_answer(200, co_await listening_ports());
  if (path == "/containers") co_return json_answer(200, R"({"devcontainers":[],"containers":[]})");
  if (path == "/meet") co_return meet(request.path);
  if (path == "/part") co_return part(request.path);
  if (path == "/ping") co_return json_answer(200, R"({"message":"pong"})");
  co_return json_answer(404, R"({"message":"Route not found."})");
}

Task<net::Response> TunnelService::answer_proxy(tunnel::AgentRequest request) {
  const auto path = request.path.substr(0, request.path.find('?'));
  if (request.method == "GET" && (path == "/listening-ports" || path == "/ping")) co_return co_await answer(std::move(request));
  co_return json_answer(403, R"({"message":"This is not for workspace proxies."})");
}

namespace {

std::string_view query_of(std::string_view target) { return target.substr(std::min(target.size(), target.find('?') + 1)); }

}  // namespace

// The server has sent us to a proxy; only it can.
net::Response TunnelService::meet(std::string_view target) {
  const auto query = query_of(target);
  auto url = net::query_value(query, "url"), ticket = net::query_value(query, "ticket");
  const auto coming = meetings_.come(url.value_or(""), ticket.value_or(""));
  if (coming) return json_answer(202, R"({"message":"On the way."})");
  log::warn("the server sent this agent to a workspace proxy that it cannot meet", {{"say", coming.error().say}});
  return json_answer(status_of(coming.error()), R"({"message":"The agent cannot come to this proxy."})");
}

// And only it can take us away from one.
net::Response TunnelService::part(std::string_view target) {
  const auto parted = meetings_.part(net::query_value(query_of(target), "url").value_or(""));
  if (parted) return json_answer(200, R"({"message":"Parted."})");
  log::warn("the server named a workspace proxy to part from that has no address", {{"say", parted.error().say}});
  return json_answer(status_of(parted.error()), R"({"message":"This is no proxy's address."})");
}

void TunnelService::hang_up() {
  terminals_.hang_up();
  held_.hang_up();
  meetings_.hang_up();
}

Task<void> TunnelService::stop() {
  co_await terminals_.stop();
  co_await held_.stop();
  co_await meetings_.stop();
  co_await client_.stop();
}

}  // namespace slipway::agent
