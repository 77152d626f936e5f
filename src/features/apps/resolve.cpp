#include "features/apps/resolve.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/lookup.hpp"
#include "features/apps/objects.hpp"
#include "features/apps/pages.hpp"
#include "features/resources/status.hpp"
#include "http/credentials.hpp"
#include "http/status.hpp"
#include "http/whose.hpp"
#include "net/cookie.hpp"
#include "net/url.hpp"
#include "rbac/decide.hpp"
#include "store/db.hpp"

namespace slipway::apps {

namespace {

constexpr std::string_view kSignedOut = "You are signed out or your session has expired. Please sign in again to continue.";

// Who asks, and what proves it.
struct Caller {
  http::PrincipalPtr who = {};  // null: nobody
  std::string token = {};

  std::optional<UserId> id() const { return who ? std::optional(who->actor->user_id) : std::nullopt; }
};

// Ten letters or digits, "-" and twenty-two more. What else an Authorization field holds is an app's own affair.
bool reads_as_key(std::string_view token) {
  constexpr std::size_t kId = 10, kWhole = 33;
  if (token.size() != kWhole || token[kId] != '-') return false;
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || (text::lower(c) >= 'a' && text::lower(c) <= 'z'); };
  return std::ranges::all_of(token.substr(0, kId), plain) && std::ranges::all_of(token.substr(kId + 1), plain);
}

std::vector<std::string> tokens_of(const Visit& visit, std::string_view own_cookie) {
  std::vector<std::string> found;
  if (!own_cookie.empty())
    if (const auto cookie = net::cookie(visit.request.headers, own_cookie)) found.emplace_back(*cookie);
  found.push_back(http::credentials(visit.request, *visit.home.site).token);
  std::erase_if(found, [](const auto& token) { return !reads_as_key(token); });
  return found;
}

// What is no good key is nobody's, so that what is public stays open. Errors: the server's, or too many such keys.
Task<Result<Caller>> caller_of(Doors& doors, Visit& visit, const Asked& asked) {
  const auto tokens = tokens_of(visit, asked.own_cookie);
  for (const auto& token : tokens) {
    auto who =
        co_await http::whose(doors.wrong_tokens.get(), doors.authenticator, &http::Authenticator::user, visit.request, visit.home, token, visit.cost);
    if (who) co_return Caller{.who = std::move(*who), .token = token};
    if (who.error().code != Code::unauthenticated && who.error().code != Code::forbidden) co_return std::unexpected(std::move(who).error());
  }
  co_return Caller{};
}

void log_of(log::Level level, std::string_view what, const AppRequest& app, std::string why) {
  log::write(
      level, what,
      {{"user", app.user}, {"workspace", app.workspace}, {"agent", app.agent}, {"app", app.target}, {"prefix", app.prefix}, {"why", std::move(why)}});
}

void log_wrong(std::string_view what, const AppRequest& app, std::string_view why) { log_of(log::Level::warn, what, app, std::string(why)); }

net::Response moved(std::string to) { return {.status = 303, .headers = {{"Location", std::move(to)}}, .body = {}}; }

// What was asked for, as a path of its host.
std::string whole_path(const Asked& asked) {
  std::string path = asked.app.base_path;
  const auto rest = std::string_view(asked.path);
  path += rest.substr(rest.starts_with('/') ? 1 : 0);
  if (!asked.query.empty()) path.append("?").append(asked.query);
  return path;
}

// A WebSocket cannot be sent elsewhere.
net::Response to_sign_in(const Doors& doors, const Visit& visit, const Asked& asked) {
  if (asked.app.method == Method::terminal) return http::to_response(slipway::not_found().error());
  const auto& dashboard = doors.dashboard(*visit.home.site);
  if (asked.app.method == Method::path && asked.base_url == dashboard)
    return moved("/login?" + net::build_query({{"message", std::string(kSignedOut)}, {"redirect", whole_path(asked)}}));
  return moved(dashboard + "/api/v2/applications/auth-redirect?" + net::build_query({{"redirect_uri", asked.base_url + whole_path(asked)}}));
}

// Where somebody who may start the workspace finds the button for it, and gets on from there; empty for all others.
std::string start_of(const Doors& doors, Visit& visit, const Asked& asked, const Caller& caller, const sql::Found& row) {
  if (!caller.who) return {};
  auto store = visit.home.db.store_for(caller.who->actor, visit.cost);
  const auto workspace = sql::object_of(row);
  if (!store.may(rbac::Action::start, workspace)) return {};
  std::vector<std::pair<std::string, std::string>> what{{"open", asked.app.target}};
  if (port_of(asked.app.target)) what.emplace_back("agent", asked.app.agent);
  return fmt::format("{}/@{}/{}?{}", doors.dashboard(*visit.home.site), net::percent_encode(row.owner_name), net::percent_encode(row.workspace_name),
                     net::build_query(what));
}

// What no person looks at has no page: a terminal's handshake.
bool has_page(const Asked& asked) { return asked.app.method != Method::terminal; }

net::Response nowhere(const Doors& doors, const Visit& visit, const Asked& asked, std::vector<std::string> warnings = {}) {
  if (!has_page(asked)) return http::to_response(slipway::not_found().error());
  return not_found(std::move(warnings), doors.dashboard(*visit.home.site));
}

net::Response our_fault(const Doors& doors, const Visit& visit, const Asked& asked) {
  if (!has_page(asked)) return http::to_response(fail_internal("").error());
  return broken(doors.dashboard(*visit.home.site));
}

net::Response away(const Doors& doors, const Visit& visit, const Asked& asked, std::string_view status) {
  if (has_page(asked)) return agent_away(status, doors.dashboard(*visit.home.site));
  return http::to_response(fail(Code::bad_gateway, fmt::format("Agent state is \"{}\", not \"connected\"", status)).error());
}

// Whoever may connect to the workspace.
bool may_know(Visit& visit, const Asked& asked, const Caller& caller, const sql::Found& row) {
  if (!caller.who) return false;
  const auto action = asked.app.method == Method::terminal ? rbac::Action::ssh : rbac::Action::application_connect;
  return visit.home.db.store_for(caller.who->actor, visit.cost).may(action, sql::object_of(row));
}

// With --uniform-app-denial all others are told the same of what is there, what is not, and what is stopped or broken.
net::Response denied(const Doors& doors, const Visit& visit, const Asked& asked, const Caller& caller) {
  return caller.who ? nowhere(doors, visit, asked) : to_sign_in(doors, visit, asked);
}

net::Response nothing_there(const Doors& doors, Visit& visit, const Asked& asked, const Caller& caller, const NoGoal& none) {
  const auto told = [&] { return none.why == Miss::failed || (none.workspace && may_know(visit, asked, caller, *none.workspace)); };
  if (doors.options.uniform_denial && !told()) return denied(doors, visit, asked, caller);
  switch (none.why) {
    case Miss::absent: return nowhere(doors, visit, asked);
    case Miss::stopped:
      return stopped(none.workspace->transition, start_of(doors, visit, asked, caller, *none.workspace), doors.dashboard(*visit.home.site));
    case Miss::broken: log_wrong("an app cannot be opened as its address or template has it", asked.app, none.said); break;
    case Miss::failed: log_wrong("an app could not be looked up", asked.app, none.said); break;
  }
  return our_fault(doors, visit, asked);
}

Verdict judge_caller(const Doors& doors, Visit& visit, const Asked& asked, const Caller& caller, const Goal& goal) {
  Knock knock{.method = asked.app.method, .level = goal.level};
  if (!caller.who) return judge(knock, {}, doors.options.dangers);
  const auto& actor = *caller.who->actor;
  knock.known = true;
  knock.owns = actor.user_id == goal.row.owner_id;
  knock.site_owner = actor.subject->holds("owner");
  knock.member = actor.subject->is_member(goal.row.organization_id);
  knock.listed = goal.row.listed;
  auto store = visit.home.db.store_for(caller.who->actor, visit.cost);
  const auto action = asked.app.method == Method::terminal ? rbac::Action::ssh : rbac::Action::application_connect;
  const auto workspace = sql::object_of(goal.row);
  const rbac::Object own{.type = rbac::Resource::workspace, .owner = actor.user_id, .any_org = true};
  const Policy policy{.may_reach = [&] { return store.may(action, workspace); }, .may_reach_own = [&] { return store.may(action, own); }};
  return judge(knock, policy, doors.options.dangers);
}

std::string_view status_of(const sql::Found& row, Time now) {
  const resources::ConnectionTimes times{.created_at = row.agent_created_at.value_or(now),
                                         .first_connected_at = row.first_connected_at,
                                         .last_connected_at = row.last_connected_at,
                                         .disconnected_at = row.disconnected_at,
                                         .timeout = Seconds(row.timeout.value_or(0))};
  return resources::connection_of(times, now).status;
}

// An app that asks is told who visits; no other learns more than it would without us.
Visitor visitor_of(UserId id, const sql::Found& row) {
  Visitor visitor{.id = id, .told = row.asks_visitor.value_or(false)};
  if (!visitor.told) return visitor;
  visitor.username = row.visitor_username.value_or("");
  visitor.name = row.visitor_name.value_or("");
  visitor.email = row.visitor_email.value_or("");
  visitor.groups = row.visitor_groups;
  return visitor;
}

Claims claims_for(const Visit& visit, const Asked& asked, const Caller& caller, const Goal& goal) {
  Claims claims{.expires_at = visit.now + kTokenLife,
                .request = asked.app,
                .owner = goal.row.owner_id,
                .workspace = goal.row.workspace_id,
                .agent = *goal.row.agent_id,
                .app_url = goal.url,
                .cors = goal.row.cors_behavior,
                .issued_at = visit.now};
  if (caller.who) claims.visitor = visitor_of(*caller.id(), goal.row);
  return claims;
}

Task<Resolution> admit(Doors& doors, Visit& visit, const Asked& asked, const Caller& caller, const Goal& goal) {
  const auto verdict = judge_caller(doors, visit, asked, caller, goal);
  if (!verdict.open && !caller.who) co_return to_sign_in(doors, visit, asked);
  if (!verdict.open) {
    log_of(log::Level::debug, "an app was not opened", asked.app, text::joined(verdict.warnings, "; "));
    const bool silent = doors.options.uniform_denial && !may_know(visit, asked, caller, goal.row);
    co_return nowhere(doors, visit, asked, silent ? std::vector<std::string>() : verdict.warnings);
  }
  if (const auto status = status_of(goal.row, visit.now); status != api::WorkspaceAgentStatus::connected) co_return away(doors, visit, asked, status);
  Admitted admitted{.claims = claims_for(visit, asked, caller, goal), .session_token = caller.token, .caller = caller.who};
  if (!is_for(admitted.claims, asked.app)) {
    log_wrong("a token that was just made is not for what was asked", asked.app, "");
    co_return our_fault(doors, visit, asked);
  }
  const auto token = co_await doors.tokens.sign(visit.home, admitted.claims);
  if (!token) {
    log_wrong("the token of an app could not be signed", asked.app, token.error().why);
    co_return our_fault(doors, visit, asked);
  }
  admitted.cookie = token_cookie(admitted.claims, *token, doors.options.secure_cookies);
  co_return admitted;
}

Seen seen_of(const Visit& visit, const Caller& caller, const Goal& goal, const Resolution& outcome) {
  const auto* page = std::get_if<net::Response>(&outcome);
  const VisitKey key{.agent = *goal.row.agent_id,
                     .app = goal.row.app_id.value_or(AppId{}),
                     .user = caller.id().value_or(UserId{}),
                     .ip = visit.origin->ip,
                     .user_agent = std::string(visit.request.headers.get("User-Agent")),
                     .what = goal.what,
                     .status = page ? page->status : 200};
  return {.key = key,
          .at = visit.now,
          .organization = goal.row.organization_id,
          .owner = goal.row.owner_id,
          .workspace = goal.row.workspace_id,
          .workspace_name = goal.row.workspace_name,
          .agent_name = *goal.row.agent_name,
          .type = std::string(goal.port ? Visits::kPort : Visits::kApp)};
}

}  // namespace

Task<Resolution> issue(Doors& doors, Visit& visit, const Asked& asked) {
  if (doors.elsewhere) co_return co_await doors.elsewhere(visit, asked);
  const auto caller = co_await caller_of(doors, visit, asked);
  if (!caller) co_return http::to_response(caller.error());
  const auto goal = co_await look_up(visit, asked.app, caller->id());
  if (!goal) co_return nothing_there(doors, visit, asked, *caller, goal.error());
  auto outcome = co_await admit(doors, visit, asked, *caller, *goal);
  auto seen = seen_of(visit, *caller, *goal, outcome);
  co_await doors.visits.note(std::move(seen));
  co_return outcome;
}

Task<Resolution> resolve(Doors& doors, Visit& visit, const Asked& asked) {
  if (const auto sound = check(asked.app); !sound) {
    log_wrong("a request for an app was made up wrongly", asked.app, sound.error().say);
    co_return our_fault(doors, visit, asked);
  }
  auto claims = co_await doors.tokens.of_request(visit.home, visit.request, asked.app);
  if (claims) co_return Admitted{.claims = std::move(*claims)};
  co_return co_await issue(doors, visit, asked);
}

}  // namespace slipway::apps
