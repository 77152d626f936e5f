#include "server/proxy_primary.hpp"

#include "aio/loops.hpp"
#include "api/gen/response.hpp"
#include "base/version.hpp"
#include "crypto/hash.hpp"
#include "features/proxies/proxies.hpp"
#include "net/status.hpp"
#include "net/url.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace slipway::server {

namespace {

constexpr Milliseconds kLimit = Seconds(15);
constexpr std::array<std::string_view, 7> kPassed = {"Content-Type",    "Location",        "Cache-Control", "Content-Security-Policy",
                                                     "X-Frame-Options", "Referrer-Policy", "Retry-After"};

std::unexpected<Error> refusal(const net::Response& answer) {
  Error error{.code = net::code_of(answer.status), .say = fmt::format("The primary answered with status {}.", answer.status)};
  if (const auto said = api::from_json<api::Response>(answer.body); said && !said->message.empty()) {
    error.say = said->message;
    error.detail = said->detail;
  }
  error.why = fmt::format("{} (status {})", error.say, answer.status);
  return std::unexpected(std::move(error));
}

Task<Result<void>> nothing_of(Task<Result<std::string>> answer) {
  CO_CHECK(co_await std::move(answer));
  co_return Result<void>();
}

// Two digits a byte. Nothing for what is none.
std::optional<std::string> unhex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto read = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + i + 2) return std::nullopt;
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

Task<void> stop_client(net::Client* client) { co_await client->stop(); }

}  // namespace

net::Response for_visitor(net::Response answer) {
  net::Response out{.status = answer.status, .headers = {}, .body = std::move(answer.body)};
  for (const auto name : kPassed)
    if (const auto value = answer.headers.find(name)) out.headers.set(name, *value);
  return out;
}

Primary::Primary(aio::Loops& loops, std::string url, Secret token, std::string extra_roots_pem)
    : loops_(loops), url_(std::move(url)), token_(std::move(token)) {
  const net::ClientOptions options{.tls = {.verify = true, .extra_roots_pem = std::move(extra_roots_pem), .client = {}},
                                   .proxies = net::proxies_of_environment(),
                                   .user_agent = "slipwayd-proxy/" + std::string(kVersion)};
  for (std::size_t i = 0; i < loops.size(); ++i) clients_.push_back(std::make_unique<net::Client>(loops.at(i), options));
}

Task<Result<net::Response>> Primary::ask(std::size_t loop, std::string method, std::string path, std::string body) {
  net::Headers headers;
  headers.set(proxies::kTokenHeader, token_.reveal());
  if (!body.empty()) headers.set("Content-Type", "application/json");
  auto url = url_ + "/api/v2/workspaceproxies/me" + path;
  co_return co_await clients_[loop]->request(std::move(method), std::move(url), std::move(headers), std::move(body), kLimit);
}

Task<Result<std::string>> Primary::done(std::size_t loop, std::string method, std::string path, std::string body) {
  CO_TRY(answer, co_await ask(loop, std::move(method), std::move(path), std::move(body)));
  if (answer.status < 200 || answer.status >= 300) co_return refusal(answer);
  co_return std::move(answer.body);
}

Task<Result<void>> Primary::register_replica(std::size_t loop, api::RegisterWorkspaceProxyRequest ask) {
  co_return co_await nothing_of(done(loop, "POST", "/register", api::to_json(ask)));
}

Task<Result<void>> Primary::deregister(std::size_t loop, Uuid replica) {
  const api::DeregisterWorkspaceProxyRequest ask{.replica_id = replica};
  co_return co_await nothing_of(done(loop, "POST", "/deregister", api::to_json(ask)));
}

Task<Result<std::vector<keys::Key>>> Primary::keys(std::size_t loop, std::string feature) {
  CO_TRY(body, co_await done(loop, "GET", "/crypto-keys?feature=" + net::percent_encode(feature), {}));
  CO_TRY(answer, api::from_json<api::CryptoKeysResponse>(body));
  std::vector<keys::Key> out;
  for (const auto& one : answer.crypto_keys) {
    auto secret = unhex(one.secret);
    if (!secret || one.sequence < 1 || one.sequence > std::numeric_limits<std::int32_t>::max())
      co_return fail(Code::bad_gateway, "The primary sent a key that is none.");
    keys::Key key{.sequence = static_cast<std::int32_t>(one.sequence), .secret = std::move(*secret), .starts_at = one.starts_at, .deletes_at = {}};
    if (one.deletes_at != kUnsetTime) key.deletes_at = one.deletes_at;
    out.push_back(std::move(key));
  }
  co_return out;
}

Task<Result<std::variant<std::string, net::Response>>> Primary::issue(std::size_t loop, api::IssueSignedAppTokenRequest ask) {
  using Outcome = std::variant<std::string, net::Response>;
  CO_TRY(answer, co_await this->ask(loop, "POST", "/issue-signed-app-token", api::to_json(ask)));
  if (answer.status == 401 || answer.status == 429) co_return refusal(answer);  // of ours, not of the visitor
  if (answer.status != 201) co_return Outcome(for_visitor(std::move(answer)));
  CO_TRY(issued, api::from_json<api::IssueSignedAppTokenResponse>(answer.body));
  co_return Outcome(std::move(issued.signed_token_str));
}

Task<Result<void>> Primary::report(std::size_t loop, api::ReportAppStatsRequest stats) {
  co_return co_await nothing_of(done(loop, "POST", "/app-stats", api::to_json(stats)));
}

Task<Result<void>> Primary::call_here(std::size_t loop, AgentId agent, std::string ticket) {
  const api::MeetWorkspaceAgentRequest ask{.ticket = std::move(ticket)};
  co_return co_await nothing_of(done(loop, "POST", fmt::format("/agents/{}/meet", agent.str()), api::to_json(ask)));
}

Task<Result<std::unique_ptr<net::WebSocket>>> Primary::revocations(std::size_t loop) {
  net::Headers headers;
  headers.set(proxies::kTokenHeader, token_.reveal());
  auto opening = clients_[loop]->connect_websocket(url_ + "/api/v2/workspaceproxies/me/revocations", std::move(headers));
  co_return co_await aio::with_deadline(kLimit, "The primary did not answer in time.", std::move(opening));
}

Task<void> Primary::stop() {
  for (std::size_t i = 0; i < clients_.size(); ++i) co_await aio::on(loops_.at(i), stop_client(clients_[i].get()));
}

}  // namespace slipway::server
