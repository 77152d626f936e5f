#include "agent/control_plane.hpp"

#include "agent/duration.hpp"
#include "agent/event_stream.hpp"
#include "aio/task.hpp"
#include "api/gen/agent_me.hpp"
#include "api/gen/response.hpp"
#include "base/version.hpp"
#include "net/status.hpp"

#include <array>

namespace slipway::agent {

namespace {

constexpr Milliseconds kExchangeLimit = Seconds(10);
constexpr Milliseconds kSilence = Seconds(60);  // of a stream whose server pings every 15 s

net::ClientOptions client_options(Milliseconds idle_for) {
  net::ClientOptions out;
  out.user_agent = "slipway-agent/" + std::string(kVersion);
  out.proxies = net::proxies_of_environment();
  out.idle_per_origin = 1;  // each is a connection that the control plane holds for every agent
  out.idle_for = idle_for;
  return out;
}

Task<Result<void>> nothing_of(Task<Result<std::string>> answer) {
  CO_CHECK(co_await std::move(answer));
  co_return Result<void>{};
}

}  // namespace

bool worth_retrying(const Error& error) {
  switch (error.code) {
    case Code::bad_gateway:
    case Code::timed_out:
    case Code::unavailable:
    case Code::too_many:
    case Code::internal:
    case Code::unauthenticated: return true;
    default: return false;
  }
}

std::string api_message(std::string_view body) {
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(body, ec);
  const auto* object = ec ? nullptr : parsed.if_object();
  if (object == nullptr) return {};
  std::string out;
  for (const char* name : {"message", "detail"})
    if (const auto* text = object->if_contains(name); text != nullptr && text->is_string() && !text->get_string().empty())
      out += (out.empty() ? "" : " ") + std::string(text->get_string());
  return out;
}

ControlPlane::ControlPlane(asio::any_io_executor home, std::string url, Milliseconds idle_for)
    : url_(std::move(url)), client_(std::move(home), client_options(idle_for)) {}

net::Headers ControlPlane::headers() const {
  net::Headers out;
  if (!token_.empty()) out.set("Coder-Session-Token", token_.reveal());
  return out;
}

Task<Result<std::string>> ControlPlane::send(std::string method, std::string path, std::string body, Milliseconds limit) {
  auto fields = headers();
  if (!body.empty()) fields.set("Content-Type", "application/json");
  CO_TRY(got, co_await client_.request(method, url_ + "/api/v2/workspaceagents" + path, std::move(fields), std::move(body), limit));
  if (got.status >= 200 && got.status < 300) co_return std::move(got.body);
  auto words = api_message(got.body);
  co_return std::unexpected(Error{.code = net::code_of(got.status),
                                  .say = words.empty() ? fmt::format("The server answered {}.", got.status) : words,
                                  .why = fmt::format("{} {}: status {}: {}", method, path, got.status, words)});
}

Task<Result<std::string>> ControlPlane::appearance(Milliseconds limit) {
  CO_TRY(got, co_await client_.request("GET", url_ + "/api/v2/appearance", headers(), std::string(), limit));
  if (got.status == 200) co_return std::move(got.body);
  co_return std::unexpected(Error{.code = net::code_of(got.status),
                                  .say = fmt::format("The server answered {}.", got.status),
                                  .why = fmt::format("GET /api/v2/appearance: status {}", got.status)});
}

Task<Result<std::string>> ControlPlane::get(std::string path, Milliseconds limit) { co_return co_await send("GET", "/me" + path, {}, limit); }

Task<Result<api::AgentManifest>> ControlPlane::manifest() {
  CO_TRY(body, co_await get("/manifest"));
  co_return api::from_json<api::AgentManifest>(body);
}

Task<Result<void>> ControlPlane::report_startup(api::AgentStartup startup) {
  co_return co_await nothing_of(send("POST", "/me/startup", api::to_json(startup)));
}

Task<Result<void>> ControlPlane::report_lifecycle(LifecycleChange change) {
  const api::AgentLifecycle body{.state = std::string(to_string(change.state)), .changed_at = change.at};
  co_return co_await nothing_of(send("POST", "/me/report-lifecycle", api::to_json(body)));
}

Task<Result<Milliseconds>> ControlPlane::report_stats(std::optional<api::AgentStats> stats) {
  CO_TRY(body, co_await send("POST", "/me/report-stats", stats ? api::to_json(*stats) : std::string("{}")));
  CO_TRY(answer, api::from_json<api::AgentStatsResponse>(body));
  co_return from_nanoseconds(answer.report_interval);
}

Task<Result<void>> ControlPlane::report_metadata(api::AgentMetadataReport report) {
  co_return co_await nothing_of(send("POST", "/me/metadata", api::to_json(report)));
}

Task<Result<void>> ControlPlane::report_app_health(api::AgentAppHealth health) {
  co_return co_await nothing_of(send("POST", "/me/app-health", api::to_json(health)));
}

Task<Result<api::AgentResourceMonitors>> ControlPlane::resource_monitors() {
  CO_TRY(body, co_await get("/resource-monitors"));
  co_return api::from_json<api::AgentResourceMonitors>(body);
}

Task<Result<void>> ControlPlane::report_usage(api::AgentResourceUsage usage) {
  co_return co_await nothing_of(send("POST", "/me/resource-usage", api::to_json(usage)));
}

Task<Result<void>> ControlPlane::report_timing(ScriptTiming timing) {
  const boost::json::object body{
      {"script_id", timing.script.str()},        {"started_at", to_rfc3339(timing.started_at)},
      {"ended_at", to_rfc3339(timing.ended_at)}, {"exit_code", timing.exit_code},
      {"stage", to_string(timing.stage)},        {"status", to_string(timing.status)},
  };
  co_return co_await nothing_of(send("POST", "/me/script-timings", boost::json::serialize(body)));
}

Task<Result<void>> ControlPlane::report_connection(ConnectionReport report) {
  const boost::json::object body{
      {"id", report.id.str()},   {"action", report.connected ? "connect" : "disconnect"},
      {"type", report.type},     {"timestamp", to_rfc3339(report.at)},
      {"ip", report.ip},         {"status_code", report.status_code},
      {"reason", report.reason},
  };
  co_return co_await nothing_of(send("POST", "/me/connections", boost::json::serialize(body)));
}

Task<Result<void>> ControlPlane::send_logs(LogBatch batch) {
  api::AgentPatchLogs body{.log_source_id = batch.source, .logs = {}};
  for (auto& line : batch.lines)
    body.logs.push_back({.created_at = line.at, .output = std::move(line.output), .level = line.level == LogLevel::error ? "error" : "info"});
  co_return co_await nothing_of(send("PATCH", "/me/logs", api::to_json(body)));
}

Task<Result<Secret>> ControlPlane::exchange_identity(std::string cloud, std::string body) {
  token_ = Secret();
  CO_TRY(answer, co_await send("POST", "/" + cloud + "-instance-identity", std::move(body), kExchangeLimit));
  CO_TRY(read, api::from_json<api::AgentAuthenticateResponse>(answer));
  co_return Secret(std::move(read.session_token));
}

Task<Result<std::unique_ptr<net::WebSocket>>> ControlPlane::open_tunnel() {
  const auto limit = Seconds(30);
  co_return co_await aio::with_deadline(limit, "The server did not open the tunnel in time.",
                                        client_.connect_websocket(url_ + "/api/v2/workspaceagents/me/tunnel", headers()));
}

Task<Result<bool>> ControlPlane::await_claim(Uuid agent) {
  const std::string path = "/me/reinit" + (agent.is_nil() ? std::string() : "?agent_id=" + agent.str());
  CO_TRY(http, co_await client_.open("GET", url_ + "/api/v2/workspaceagents" + path, headers()));
  auto answered = http->read_head();
  CO_TRY(head, co_await aio::with_deadline(kSilence, "The server did not answer in time.", std::move(answered)));
  if (head.status != 200)
    co_return std::unexpected(Error{.code = net::code_of(head.status),
                                    .say = fmt::format("The server answered {}.", head.status),
                                    .why = fmt::format("GET {}: status {}", path, head.status)});
  EventStream events;
  std::array<char, 4096> buffer{};
  while (true) {
    auto read = http->read_some(buffer);
    CO_TRY(got, co_await aio::with_deadline(kSilence, "The server fell silent.", std::move(read)));
    if (got == 0) co_return false;
    CO_TRY(came, events.feed(std::string_view(buffer.data(), got)));
    for (const auto& event : came)
      if (event.name == "data") co_return true;
  }
}

Task<void> ControlPlane::stop() { co_await client_.stop(); }

}  // namespace slipway::agent
