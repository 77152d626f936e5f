#include "api/gen/agent_me.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "features/identity/choose.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/waiting.hpp"
#include "http/audit.hpp"
#include "http/routes.hpp"

namespace slipway::identity {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Less than the ten seconds that an agent waits for all of it.
constexpr Milliseconds kDatabaseLimit{8000};

// One exchange: what it is about, for the log and the meter.
struct Exchange {
  Provider provider;
  std::string instance_id = {}, agent_name = {};
  std::string claimed = {};  // the instance id that a refused proof says
  std::optional<sql::Sharer> agent = {};
  SteadyClock::time_point began = SteadyClock::now(), proven = {};
};

Outcome outcome_of(const Result<api::AgentAuthenticateResponse>& result, const Exchange& exchange) {
  if (result) return Outcome::issued;
  switch (result.error().code) {
    case Code::unauthenticated: return Outcome::refused;
    case Code::not_found: return Outcome::unknown;
    case Code::conflict: return Outcome::ambiguous;
    case Code::invalid: return exchange.proven == SteadyClock::time_point() ? Outcome::malformed : Outcome::stale;
    case Code::too_large: return Outcome::malformed;
    default: return Outcome::failed;
  }
}

double milliseconds(SteadyClock::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

// What it cost, for whoever debugs a server; CI reads budgets from it.
void add_timing(http::Call& call, const Exchange& exchange, SteadyClock::time_point now) {
  if (!log::enabled(log::Level::debug)) return;
  const bool proven = exchange.proven != SteadyClock::time_point();
  call.answer_headers().set("Server-Timing", fmt::format("proof;dur={:.2f}, agent;dur={:.2f}, sql;desc=\"{}\", rbac;desc=\"{}\"",
                                                         milliseconds((proven ? exchange.proven : now) - exchange.began),
                                                         proven ? milliseconds(now - exchange.proven) : 0.0, call.cost()->sql, call.cost()->rbac));
}

// Rule: every issue is on record, and so is every refusal. What a stranger sent without proof is not worth a word of its own.
void record(http::Call& call, const Exchange& exchange, Outcome outcome, const Result<api::AgentAuthenticateResponse>& result) {
  log::write(outcome == Outcome::failed ? log::Level::warn : log::Level::info, "instance identity exchanged",
             {{"provider", std::string(name_of(exchange.provider))},
              {"outcome", std::string(name_of(outcome))},
              {"ip", call.client_ip()},
              {"instance_id", http::storable(exchange.instance_id)},
              {"agent_name", http::storable(exchange.agent_name)},
              {"agent_id", exchange.agent ? exchange.agent->id.str() : ""},
              {"workspace_id", exchange.agent ? exchange.agent->workspace_id.str() : ""},
              {"detail", result ? "" : result.error().detail},
              {"request_id", call.id().str()}});
}

std::string trimmed(const std::optional<std::string>& name) { return std::string(text::trim(name ? *name : std::string_view())); }

std::unexpected<Error> database_failed(Error error) {
  if (error.code == Code::cancelled) return std::unexpected(std::move(error));
  auto out = fail(Code::internal, "Internal error fetching provisioner job agent.",
                  "The database could not be asked in time. The agent tries again by itself; look at the server's log if it stays so.");
  out.error().why = error.say + " " + error.why;
  return out;
}

// As the system, under one decision: the caller is proven, but nobody yet.
Task<Result<std::vector<sql::Sharer>>> sharers_of(http::Home& home, std::shared_ptr<store::Cost> cost, std::string instance_id) {
  auto duty = home.db.duty<rbac::Duty::machine_reader>(std::move(cost));
  CO_TRY(may, (duty.store().permit<rbac::Action::read, rbac::Resource::system>(rbac::all_of(rbac::Resource::system))));
  co_return co_await aio::with_deadline(kDatabaseLimit, "The database did not answer in time.", sql::sharers(duty.store(), may, instance_id));
}

Task<Result<api::AgentAuthenticateResponse>> token_for(http::Call& call, Exchange& exchange, Result<Proven> proven) {
  if (!proven) co_return std::unexpected(std::move(proven).error());
  exchange.proven = SteadyClock::now();
  exchange.instance_id = std::move(proven->instance_id);
  if (matches_nothing(exchange.instance_id)) co_return unknown_instance(exchange.instance_id);
  auto sharers = co_await sharers_of(call.home(), call.cost(), exchange.instance_id);
  if (!sharers) co_return database_failed(std::move(sharers).error());
  CO_TRY(agent, choose(*sharers, exchange.instance_id, exchange.agent_name));
  exchange.agent = agent;
  co_return api::AgentAuthenticateResponse{.session_token = agent.auth_token.str()};
}

Task<Result<api::AgentAuthenticateResponse>> by_aws(http::Call& call, Verifier& verifier, Exchange& exchange) {
  CO_TRY(ask, co_await call.body<api::AWSInstanceIdentityToken>(kMostBytes));
  CO_CHECK(api::json::require({{"signature", ask.signature}, {"document", ask.document}}));
  exchange.agent_name = trimmed(ask.agent_name);
  auto proven = co_await verifier.aws(ask.document, std::move(ask.signature));
  if (!proven) exchange.claimed = claimed_aws(ask.document).value_or("");
  co_return co_await token_for(call, exchange, std::move(proven));
}

Task<Result<api::AgentAuthenticateResponse>> by_azure(http::Call& call, Verifier& verifier, Exchange& exchange) {
  CO_TRY(ask, co_await call.body<api::AzureInstanceIdentityToken>(kMostBytes));
  CO_CHECK(api::json::require({{"signature", ask.signature}, {"encoding", ask.encoding}}));
  exchange.agent_name = trimmed(ask.agent_name);
  auto proven = co_await verifier.azure(ask.signature);
  if (!proven) exchange.claimed = claimed_azure(ask.signature).value_or("");
  co_return co_await token_for(call, exchange, std::move(proven));
}

Task<Result<api::AgentAuthenticateResponse>> by_google(http::Call& call, Verifier& verifier, Exchange& exchange) {
  CO_TRY(ask, co_await call.body<api::GoogleInstanceIdentityToken>(kMostBytes));
  CO_CHECK(api::json::require({{"json_web_token", ask.json_web_token}}));
  exchange.agent_name = trimmed(ask.agent_name);
  auto proven = co_await verifier.google(ask.json_web_token);
  if (!proven) exchange.claimed = claimed_google(ask.json_web_token).value_or("");
  co_return co_await token_for(call, exchange, std::move(proven));
}

// For those who wait for the machine.
void remember(Refusals& refusals, const Exchange& exchange, Outcome outcome, const Result<api::AgentAuthenticateResponse>& result, Time now) {
  if (outcome == Outcome::issued) return refusals.forget(exchange.instance_id);
  if (outcome != Outcome::refused && outcome != Outcome::unknown && outcome != Outcome::ambiguous) return;
  const auto& error = result.error();
  refusals.note(outcome == Outcome::refused ? exchange.claimed : exchange.instance_id,
                {.provider = exchange.provider, .reason = error.detail.empty() ? error.say : error.detail, .at = now});
}

struct Knowing {
  Verifier& verifier;
  Meter& meter;
  Refusals& refusals;
};
using Way = Task<Result<api::AgentAuthenticateResponse>> (*)(http::Call&, Verifier&, Exchange&);

Task<Result<api::AgentAuthenticateResponse>> exchange(http::Call& call, Knowing known, Provider provider, Way way) {
  Exchange about{.provider = provider};
  auto result = co_await way(call, known.verifier, about);
  const auto now = SteadyClock::now();
  const auto outcome = outcome_of(result, about);
  known.meter.count(provider, outcome, now - about.began, call.cost()->sql, call.cost()->rbac);
  add_timing(call, about, now);
  record(call, about, outcome, result);
  remember(known.refusals, about, outcome, result, call.now());
  co_return result;
}

}  // namespace

void add_routes(http::Routes& routes, Verifier& verifier, Meter& meter, Refusals& refusals) {
  using http::Audit, http::Auth;
  const auto by = [&](Provider provider, Way way) {
    return [known = Knowing{.verifier = verifier, .meter = meter, .refusals = refusals}, provider, way](http::Call& call) {
      return exchange(call, known, provider, way);
    };
  };
  const std::string agents = "/api/v2/workspaceagents/";
  routes.post<Auth::none, Audit::none>(agents + "aws-instance-identity", by(Provider::aws, by_aws));
  routes.post<Auth::none, Audit::none>(agents + "azure-instance-identity", by(Provider::azure, by_azure));
  routes.post<Auth::none, Audit::none>(agents + "google-instance-identity", by(Provider::google, by_google));
  routes.get<Auth::user, Audit::none>(agents + "{agent}/identity", [&refusals](http::Call& call) { return awaited_machine(call, refusals); });
}

}  // namespace slipway::identity
