#include "base/log.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "features/sessions/sessions.hpp"
#include "rbac/scope.hpp"

namespace slipway::sessions {

namespace {

// A key's use is written once its last write is this old: a request must not cost a write.
constexpr Seconds kTouchEvery{60};

// An agent asks a few times as it comes and then seldom, and there are thousands: those that ask now are kept, not all there are.
constexpr std::size_t kAgentsKept = 16;

std::unexpected<Error> refused(std::string detail) {
  return fail(Code::unauthenticated, "You are signed out or your session has expired. Please sign in again to continue.", std::move(detail));
}

std::string joined(const std::vector<std::string>& scopes, const std::vector<std::string>& allow_list) {
  std::string text;
  for (const auto& scope : scopes) text += scope + ",";
  text += "|";
  for (const auto& entry : allow_list) text += entry + ",";
  return text;
}

http::PrincipalUser to_user(sql::KeyPrincipal& row) {
  return {.id = row.user_id,
          .email = std::move(row.email),
          .username = std::move(row.username),
          .name = std::move(row.name),
          .avatar_url = std::move(row.avatar_url),
          .status = std::move(row.status),
          .login_type = std::move(row.login_type),
          .site_roles = std::move(row.rbac_roles),
          .organizations = organizations_of(row.memberships),
          .created_at = row.created_at,
          .updated_at = row.updated_at,
          .last_seen_at = row.last_seen_at,
          .is_service_account = row.is_service_account};
}

http::PrincipalPtr to_agent(sql::AgentPrincipal& row, rbac::SubjectPtr subject) {
  auto principal = std::make_shared<http::Principal>();
  principal->actor = std::make_shared<store::Actor>(store::Actor{
      .kind = store::Actor::Kind::agent, .user_id = row.owner_id, .name = row.workspace_name + "." + row.name, .subject = std::move(subject)});
  principal->agent = http::PrincipalAgent{.id = row.id,
                                          .resource_id = row.resource_id,
                                          .name = std::move(row.name),
                                          .workspace_id = row.workspace_id,
                                          .workspace_name = std::move(row.workspace_name),
                                          .organization_id = row.organization_id,
                                          .owner_id = row.owner_id,
                                          .owner_name = std::move(row.owner_name),
                                          .template_id = row.template_id,
                                          .template_version_id = row.template_version_id,
                                          .build_id = row.build_id,
                                          .build_number = row.build_number,
                                          .dormant = row.dormant};
  return principal;
}

}  // namespace

Sessions::Sessions(rbac::RoleBook book, std::size_t loops, Options options)
    : book_(std::move(book)), options_(options), guesses_(options.wrong_passwords_per_minute) {
  for (std::size_t i = 0; i < loops; ++i)
    loops_.push_back(std::make_unique<PerLoop>(PerLoop{.subjects = Subjects(book_), .agents = Subjects(book_, kAgentsKept)}));
}
Sessions::~Sessions() = default;

// Of one who waits for a token to be looked up; the last one takes the look away.
struct Sessions::Visit {
  Visit(Looks& looks, const http::Home& home, std::string_view text) : all(looks), token(text) {
    auto& place = all[token];
    if (!place) place = std::make_shared<Look>(home.executor);
    look = place;
  }
  ~Visit() {
    if (look.use_count() == 2) all.erase(token);  // this one, and the place
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  Looks& all;
  std::string token;
  std::shared_ptr<Look> look;
};

// A page asks for a dozen things at once, by one token: those who come while it is looked up share the next look.
Task<Result<http::PrincipalPtr>> Sessions::user(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) {
  const Visit visit(at(home).looks, home, token);
  auto look = [&] { return look_up(home, visit.token, cost); };
  co_return co_await visit.look->get(look);
}

Task<Result<http::PrincipalPtr>> Sessions::look_up(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) {
  const auto parts = crypto::split_api_key(token);
  if (!parts) co_return refused("The session token has not the form of one. Sign in again, or check CODER_SESSION_TOKEN.");
  auto store = home.db.open(std::move(cost));
  CO_TRY(row, co_await sql::principal_by_key(store, std::string(parts->id)));
  if (!row || !crypto::equal(row->hashed_secret.data, crypto::sha256(parts->secret))) co_return refused("The API key is not known.");
  const Time now = home.db.clock().now();
  if (row->expires_at <= now) co_return refused(fmt::format("The API key expired at {}.", to_rfc3339(row->expires_at)));
  if (row->status == "suspended") co_return refused("User is not active (status = \"suspended\"). Contact an admin to reactivate your account.");

  CO_TRY(subject, subject_of(home, grants_in(*row, row->user_id), row->scopes, row->allow_list));

  if (now - row->last_used > kTouchEvery) {
    // A session lives on while it is used, where it may; a token ends when it was said to end.
    const bool slides = options_.sessions_live_on && row->key_login_type != "token";
    at(home).seen[row->id] = {.user = row->user_id,
                              .at = now,
                              .expiry_seen = row->expires_at,
                              .expires_at = slides ? now + Seconds(row->lifetime_seconds) : row->expires_at};
  }
  auto principal = std::make_shared<http::Principal>();
  principal->actor = std::make_shared<store::Actor>(
      store::Actor{.kind = store::Actor::Kind::user, .user_id = row->user_id, .name = row->username, .subject = std::move(subject)});
  principal->key = http::PrincipalKey{.id = row->id,
                                      .scopes = std::move(row->scopes),
                                      .allow_list = std::move(row->allow_list),
                                      .expires_at = row->expires_at,
                                      .lifetime = Seconds(row->lifetime_seconds)};
  principal->user = to_user(*row);
  co_return principal;
}

Task<Result<http::PrincipalPtr>> Sessions::agent(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) {
  if (token.empty()) co_return fail(Code::unauthenticated, "Cookie \"coder_session_token\" must be provided.");
  const auto parsed = Uuid::parse(token);
  if (!parsed)
    co_return fail(Code::unauthenticated, "Workspace agent token invalid.",
                   fmt::format("An agent token must be a valid UUIDv4. (len {})", token.size()));
  auto store = home.db.open(std::move(cost));
  auto found = co_await sql::principal_by_agent(store, *parsed);
  if (!found) {
    Error error = found.error();
    if (error.code == Code::internal) error.say = "Internal error checking workspace agent authorization.";
    co_return std::unexpected(std::move(error));
  }
  auto& row = *found;
  if (!row)
    co_return fail(Code::unauthenticated, "Workspace agent not authorized.",
                   "The agent cannot authenticate until the workspace provision job has been completed. If the job is no longer running, this agent "
                   "is invalid.");

  const bool no_user_data = row->api_key_scope == "no_user_data";
  const rbac::AgentScopeIds ids{row->workspace_id.uuid, row->template_id.uuid, row->template_version_id.uuid, row->owner_id};
  const std::string scope_text = "agent:" + row->workspace_id.str() + row->template_id.str() + row->template_version_id.str() + row->api_key_scope;
  const auto make_scope = [&] { return Result<rbac::ScopePtr>(rbac::agent_scope(ids, no_user_data)); };
  CO_TRY(subject, at(home).agents.get(grants_in(*row, row->owner_id), scope_text, make_scope));

  co_return to_agent(*row, std::move(subject));
}

Task<Result<http::PrincipalPtr>> Sessions::provisioner(http::Home& home, std::string_view key, std::shared_ptr<store::Cost> cost) {
  if (key.empty()) co_return fail(Code::unauthenticated, "Provisioner daemon key required: send it in Coder-Provisioner-Daemon-Key.");
  auto store = home.db.open(std::move(cost));
  CO_TRY(row, co_await sql::provisioner_by_key(store, pg::Bytes{crypto::sha256(key)}));
  if (!row) co_return fail(Code::unauthenticated, "Provisioner daemon key is not known.");
  auto principal = std::make_shared<http::Principal>();
  principal->actor = std::make_shared<store::Actor>(store::Actor{.kind = store::Actor::Kind::provisioner,
                                                                 .user_id = {},
                                                                 .name = "provisioner " + row->name,
                                                                 .subject = rbac::duty_subject(rbac::Duty::provisioner_daemon)});
  principal->provisioner =
      http::PrincipalProvisioner{.key_id = row->id, .organization_id = row->organization_id, .name = row->name, .tags = row->tags.text};
  co_return principal;
}

Result<rbac::SubjectPtr> Sessions::subject_of(http::Home& home, const StoredGrants& grants, const std::vector<std::string>& scopes,
                                              const std::vector<std::string>& allow_list) {
  const auto make_scope = [&] { return rbac::scope_of_key(scopes, rbac::AllowList::stored(allow_list)); };
  return at(home).subjects.get(grants, joined(scopes, allow_list), make_scope);
}

Result<store::ActorPtr> Sessions::actor_for(http::Home& home, const StoredGrants& grants, std::string name) {
  TRY(subject, subject_of(home, grants, {"coder:all"}, {"*:*"}));
  return std::make_shared<store::Actor>(
      store::Actor{.kind = store::Actor::Kind::user, .user_id = grants.user_id, .name = std::move(name), .subject = std::move(subject)});
}

Task<void> Sessions::write_last_used(http::Home& home) {
  for (;;) {
    co_await aio::sleep(Milliseconds(5000));
    auto seen = std::exchange(at(home).seen, {});
    if (seen.empty()) continue;
    sql::TouchKeysArgs args;
    for (const auto& [key, use] : seen) {
      args.ids.push_back(key);
      args.user_ids.push_back(use.user);
      args.used_at.push_back(use.at);
      args.seen_expiries.push_back(use.expiry_seen);
      args.expiries.push_back(use.expires_at);
    }
    auto duty = home.db.duty<rbac::Duty::last_use>();
    auto touched = co_await sql::touch_keys(duty, args);
    if (!touched) log::warn("could not write when keys were last used", {{"why", touched.error().why}, {"keys", std::to_string(seen.size())}});
  }
}

}  // namespace slipway::sessions
