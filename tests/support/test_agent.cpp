#include "support/test_agent.hpp"

#include "tunnel/measuring.hpp"

#include "net/stream.hpp"
#include "net/url.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace slipway::test {

namespace {

void add_job(TestServer& server, const AgentRow& row, const std::string& job, const std::string& type, const std::string& owner) {
  server.database().sql(fmt::format(
      "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at, "
      "completed_at)"
      " select '{}', o.id, '{}', '{}', 'replay', '{}', '{{}}', '{{}}', now(), now(), now(), now() from organizations o where o.is_default",
      job, owner, type, row.file));
}

}  // namespace

AgentRow add_agent(TestServer& server, const Person& owner, const std::string& name, const std::string& app_url) {
  AgentRow row;
  auto& db = server.database();
  const auto job = Uuid::random().str(), import = Uuid::random().str();
  db.sql(
      fmt::format("insert into files (id, hash, created_by, mimetype, data, created_at) values ('{0}', '{0}', '{1}', 'application/x-tar', '', now())",
                  row.file, owner.id));
  add_job(server, row, import, "template_version_import", owner.id);
  add_job(server, row, job, "workspace_build", owner.id);
  db.sql(fmt::format(
      "insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)"
      " select '{0}', o.id, 't{1}', '{2}', '{3}', now(), now() from organizations o where o.is_default;"
      "insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
      " select '{2}', '{0}', o.id, 'v1', '{4}', '{3}', now(), now() from organizations o where o.is_default;"
      "insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)"
      " select '{5}', '{3}', o.id, '{0}', '{6}', now(), now(), now() from organizations o where o.is_default;"
      "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
      " values ('{7}', '{5}', '{2}', 1, 'start', '{3}', '{8}', now(), now())",
      row.template_id, row.template_id.substr(0, 8), row.version, owner.id, import, row.workspace, name, row.build, job));
  db.sql(fmt::format(
      "insert into workspace_resources (id, job_id, transition, type, name, created_at) values ('{0}', '{1}', 'start', 'docker_container', 'dev', "
      "now());"
      "insert into workspace_resource_metadata values ('{0}', 0, 'cpu', '4', false), ('{0}', 1, 'password', 'hunter2', true);"
      "insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, connection_timeout_seconds, created_at, "
      "updated_at)"
      " values ('{2}', '{0}', 'main', 'amd64', 'linux', '{3}', 120, now(), now());"
      "insert into workspace_agent_log_sources values ('{2}', '{4}', 'Start', '', now());"
      "insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, script, run_on_start, start_blocks_login, display_name, "
      "created_at)"
      " values ('{5}', '{2}', '{4}', 'echo hello', true, true, 'Start', now());"
      "insert into workspace_agent_metadata (workspace_agent_id, key, display_name, script, interval) values ('{2}', 'load', 'Load', 'uptime', 10);"
      "insert into workspace_apps (id, agent_id, slug, url, healthcheck_url, healthcheck_interval, healthcheck_threshold, health, created_at)"
      " values ('{6}', '{2}', 'web', '{7}', '{7}', 5, 3, 'initializing', now())",
      row.resource, job, row.id, row.token, row.source, row.script, row.app, app_url));
  return row;
}

void add_build(TestServer& server, const AgentRow& row, const std::string& transition) {
  const auto job = Uuid::random().str();
  const auto owner = server.database().sql(fmt::format("select owner_id::text from workspaces where id = '{}'", row.workspace));
  add_job(server, row, job, "workspace_build", owner);
  server.database().sql(fmt::format(
      "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
      " select gen_random_uuid(), '{0}', '{1}', max(build_number) + 1, '{2}', '{3}', '{4}', now(), now() from workspace_builds where workspace_id = "
      "'{0}'",
      row.workspace, row.version, transition, owner, job));
}

namespace {

Task<Result<std::unique_ptr<net::Stream>>> dial_here(net::Client* client, std::uint16_t port) {
  co_return co_await client->connect("127.0.0.1", port, false);
}

Task<void> give_back(tunnel::Opening opening) {
  const bool terminal = opening.protocol() == "pty", measures = opening.protocol() == tunnel::kMeasuring;
  std::string greeting = terminal ? fmt::format("terminal {}\n", opening.header("x-reconnect-id")) : measures ? "measure-test\n" : "SSH-2.0-test\n";
  if (opening.header("x-resume") == "1") greeting = fmt::format("resumes for {}\n", opening.header("x-person"));
  if (!opening.header("x-viewer").empty()) greeting += fmt::format("{} has seen {}\n", opening.header("x-viewer"), opening.header("x-received"));
  auto stream = opening.accept();
  if (!co_await stream->write(greeting)) co_return;
  std::vector<char> piece(4096);
  for (;;) {
    const auto size = co_await stream->read_some(piece);
    if (!size || *size == 0) break;
    if (!co_await stream->write({piece.data(), *size})) break;
  }
}

Task<net::Response> tell(tunnel::AgentRequest request) {
  if (request.path == "/listening-ports")
    co_return net::Response{
        .status = 200,
        .headers = {},
        .body =
            R"({"ports":[{"process_name":"a","network":"tcp","port":4},{"process_name":"b","network":"tcp","port":5432},{"process_name":"c","network":"tcp","port":3000}]})"};
  if (request.path == "/containers") co_return net::Response{.status = 200, .headers = {}, .body = R"({"devcontainers":[],"containers":[]})"};
  co_return net::Response{.status = 404, .headers = {}, .body = "{}"};
}

Task<void> keep(tunnel::Acceptor* acceptor) {
  auto ended = co_await acceptor->run();
  if (!ended) co_return;
}

net::Headers with_token(const std::string& token) {
  net::Headers headers;
  headers.set("Coder-Session-Token", token);
  return headers;
}

Task<void> hear_farewell(net::WebSocket& socket, std::shared_ptr<std::string> heard) {
  co_await socket.close(net::close_code::going_away);
  *heard = socket.close_reason();
}

Task<void> meet(net::Client* client, std::string url, std::string ticket) {
  auto socket = co_await client->connect_websocket(url + "/api/v2/workspaceagents/me/tunnel", with_token(ticket));
  if (!socket) co_return;
  tunnel::Handlers handlers{.connect = [client](std::uint16_t port) { return dial_here(client, port); }, .open = give_back, .request = tell};
  tunnel::Acceptor acceptor(co_await aio::executor(), tunnel::over_websocket(std::move(*socket)), std::move(handlers));
  co_await keep(&acceptor);
}

// What a server asks that has workspace proxies.
struct Asked {
  net::Client* client;
  aio::Nursery* nursery;
  std::shared_ptr<std::atomic<int>> meetings;
  std::shared_ptr<std::string> parted;
};

Task<net::Response> tell_or_come(Asked asked, tunnel::AgentRequest request) {
  constexpr std::string_view kPart = "/part?";
  if (request.path.starts_with(kPart)) {
    *asked.parted += net::query_value(std::string_view(request.path).substr(kPart.size()), "url").value_or("?") + " ";
    co_return net::Response{.status = 200, .headers = {}, .body = "{}"};
  }
  if (!request.path.starts_with("/meet?")) co_return co_await tell(std::move(request));
  const auto query = std::string_view(request.path).substr(6);
  ++*asked.meetings;
  asked.nursery->start(meet, asked.client, net::query_value(query, "url").value_or(""), net::query_value(query, "ticket").value_or(""));
  co_return net::Response{.status = 202, .headers = {}, .body = "{}"};
}

Task<int> open_tunnel(Asked asked, std::string url, std::string token, std::shared_ptr<std::string> farewell,
                      std::unique_ptr<tunnel::Acceptor>* out) {
  auto* const client = asked.client;
  auto* const nursery = asked.nursery;
  auto socket = co_await client->connect_websocket(url + "/api/v2/workspaceagents/me/tunnel", with_token(token));
  if (!socket) co_return 1;
  tunnel::Handlers handlers{.connect = [client](std::uint16_t port) { return dial_here(client, port); },
                            .open = give_back,
                            .request = [asked](tunnel::AgentRequest request) { return tell_or_come(asked, std::move(request)); }};
  auto transport = tunnel::over_websocket(std::move(*socket), [farewell](net::WebSocket& ended) { return hear_farewell(ended, farewell); });
  *out = std::make_unique<tunnel::Acceptor>(nursery->home(), std::move(transport), std::move(handlers));
  nursery->start(keep, out->get());
  co_return 0;
}

Task<int> close_tunnel(net::Client* client, aio::Nursery* nursery, tunnel::Acceptor* acceptor) {
  if (acceptor) co_await acceptor->stop();
  co_await nursery->stop();
  co_await client->stop();
  co_return 0;
}

Task<int> copy_text(std::shared_ptr<std::string> from, std::string* to) {
  *to = *from;
  co_return 0;
}

Task<int> ask_open(tunnel::Acceptor* acceptor) { co_return acceptor && acceptor->is_open() ? 1 : 0; }

Task<int> converse(net::Client* client, std::string url, std::string token, std::vector<std::string> say, std::string until,
                   std::function<void()> meanwhile, Talk* out) {
  auto opened = co_await client->connect_websocket(url, with_token(token));
  if (!opened) {
    out->error = opened.error().detail;
    out->code = opened.error().code;
    co_await client->stop();
    co_return 1;
  }
  auto socket = std::move(*opened);
  for (const auto& piece : say)
    if (!co_await socket->write_binary(piece)) break;
  while (until.empty() || out->heard.find(until) == std::string::npos) {
    auto message = co_await socket->read();
    if (!message) break;
    out->heard += message->data;
    if (meanwhile) std::exchange(meanwhile, {})();
  }
  co_await socket->close();
  out->close_code = socket->close_code();
  out->close_reason = socket->close_reason();
  co_await client->stop();
  co_return 0;
}

}  // namespace

FakeAgent::FakeAgent(TestServer& server, const AgentRow& row, const std::string& url)
    : client_(std::make_unique<net::Client>(loops_.at(0))), nursery_(std::make_unique<aio::Nursery>(loops_.at(0))) {
  const auto where = url.empty() ? server.url() : url;
  const Asked asked{.client = client_.get(), .nursery = nursery_.get(), .meetings = meetings_, .parted = parted_};
  EXPECT_EQ(loops_.run(open_tunnel(asked, where, row.token, farewell_, &acceptor_)), 0) << "the tunnel was refused";
  // The socket is open a moment before the server has written down that this tunnel is the way to the agent.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (is_open() && server.database().sql("select count(*) from agent_tunnels where agent_id = '" + row.id + "'") == "0") {
    if (std::chrono::steady_clock::now() > until) {
      ADD_FAILURE() << "the server never wrote down the tunnel";
      break;
    }
    breathe();
  }
}

void FakeAgent::stop() {
  if (client_) loops_.run(close_tunnel(client_.get(), nursery_.get(), acceptor_.get()));
  acceptor_.reset();
  nursery_.reset();
  client_.reset();
}

std::string FakeAgent::farewell() {
  std::string out;
  loops_.run(copy_text(farewell_, &out));
  return out;
}

std::string FakeAgent::parted() {
  std::string out;
  loops_.run(copy_text(parted_, &out));
  return out;
}

bool FakeAgent::is_open() { return loops_.run(ask_open(acceptor_.get())) == 1; }

Talk talk(TestServer& server, const std::string& path, const Person& who, std::vector<std::string> say, const std::string& until,
          const std::function<void()>& meanwhile) {
  aio::Loops loops(1);
  net::Client client(loops.at(0));
  Talk out;
  loops.run(converse(&client, server.url() + path, who.token, std::move(say), until, meanwhile, &out));
  return out;
}

}  // namespace slipway::test
