// Keys on the wire: sessions for programs, named tokens with scopes and an allow list.
#include "api/gen/auth.hpp"
#include "crypto/token.hpp"
#include "features/sessions/objects.hpp"
#include "features/sessions/sessions.hpp"
#include "features/sessions/token_ask.hpp"
#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "rbac/role.hpp"
#include "rbac/scope.hpp"
#include "store/store.hpp"

namespace slipway::sessions {

namespace {

using rbac::Action, rbac::Resource;

std::vector<api::APIAllowListTarget> targets(const std::vector<std::string>& stored) {
  std::vector<api::APIAllowListTarget> out;
  for (const auto& text : stored) {
    const auto colon = text.find(':');
    if (colon != std::string::npos) out.push_back({.type = text.substr(0, colon), .id = text.substr(colon + 1)});
  }
  return out;
}

// Whose keys are meant, as far as keys ask.
struct Holder {
  UserId id;
  std::string login_type;
  std::vector<std::string> site_roles;
  bool is_system = false;
};

// The person of the path. One's own keys need no right to read people: a token for keys alone has none.
Task<Result<Holder>> holder(http::Call& call) {
  const auto name = call.path("user");
  if (const auto& me = call.principal().user; me && (name == "me" || name == me->id.str() || net::iequals(name, me->username)))
    co_return Holder{.id = me->id, .login_type = me->login_type, .site_roles = me->site_roles};
  CO_TRY(row, co_await users::find(call, name));
  co_return Holder{.id = row.id, .login_type = row.login_type, .site_roles = row.rbac_roles, .is_system = row.is_system};
}

// Owners have a maximum of their own: what their tokens may do is worth more to whoever finds one.
Seconds longest_for(const Holder& owner, const Options& options) {
  const bool admin = std::ranges::find(owner.site_roles, rbac::roles::kOwner) != owner.site_roles.end();
  return admin ? options.max_admin_token_lifetime : options.max_token_lifetime;
}

// As either form of a key; whose it is, a list adds.
template <class Wire, class Row>
Wire to_wire(Row&& row) {
  return {.id = std::move(row.id),
          .user_id = row.user_id.uuid,
          .last_used = row.last_used,
          .expires_at = row.expires_at,
          .created_at = row.created_at,
          .updated_at = row.updated_at,
          .login_type = std::move(row.login_type),
          .scope = std::string(rbac::single_scope(row.scopes)),
          .scopes = row.scopes,
          .token_name = std::move(row.token_name),
          .lifetime_seconds = row.lifetime_seconds,
          .allow_list = targets(row.allow_list)};
}

api::APIKeyWithOwner with_owner(sql::TokensRow&& row) {
  auto username = std::move(row.username);
  auto key = to_wire<api::APIKeyWithOwner>(std::move(row));
  key.username = std::move(username);
  return key;
}

// Errors: 403 for the system's own users, and for somebody else's keys that the caller may not make.
Task<Result<Holder>> owner_of_new(http::Call& call) {
  CO_TRY(owner, co_await holder(call));
  if (owner.is_system || !call.store().may(Action::create, rbac::Object{.type = Resource::api_key, .owner = owner.id})) co_return forbidden();
  co_return owner;
}

std::vector<api::APIKeyWithOwner> with_owners(std::vector<sql::TokensRow>&& rows) {
  std::vector<api::APIKeyWithOwner> out;
  for (auto& row : rows) out.push_back(with_owner(std::move(row)));
  return out;
}

// The key that the request came with: what it asks for is made only while it is there.
std::optional<std::string> made_by(const http::Call& call) {
  const auto& key = call.principal().key;
  return key ? std::optional(key->id) : std::nullopt;
}

// A key can do no more than the key that makes it: else a narrow token would be worth a wide one.
Result<void> within_own(const http::Call& call, const std::vector<std::string>& scopes, const rbac::AllowList& allow_list) {
  const auto& key = call.principal().key;
  if (!key) return {};
  const auto covered = rbac::covers(key->scopes, scopes);
  const auto own = rbac::AllowList::stored(key->allow_list);
  if (covered && *covered && rbac::intersection_of(own, allow_list) == allow_list) return {};
  return fail(Code::forbidden, "Forbidden.", "A token can be made only with scopes and an allow list that the token in use has itself.");
}

Task<Result<http::Created<api::GenerateAPIKeyResponse>>> create_key(http::Call& call, const Sessions& sessions) {
  CO_TRY(owner, co_await owner_of_new(call));
  NewKey key{.owner = owner.id,
             .login_type = owner.login_type,
             .lifetime = sessions.options().session_duration,
             .ip = call.client_ip(),
             .made_by = made_by(call)};
  CO_CHECK(within_own(call, key.scopes, rbac::AllowList::stored(key.allow_list)));
  if (key.login_type == "token") key.login_type = "none";
  CO_TRY(made, co_await make_key(call.store(), std::move(key)));
  co_return http::Created<api::GenerateAPIKeyResponse>{{.key = made.reveal()}};
}

Task<Result<http::Created<api::GenerateAPIKeyResponse>>> create_token(http::Call& call, const Sessions& sessions, TokenAsk ask) {
  CO_TRY(owner, co_await owner_of_new(call));
  CO_TRY(scopes, rbac::requested_scopes(ask.scope, ask.scopes));
  CO_TRY(entries, allow_entries(ask.allow_list));
  CO_TRY(allow_list, rbac::AllowList::requested(std::move(entries)));
  CO_CHECK(within_own(call, scopes, allow_list));
  CO_TRY(lifetime, lifetime_of(ask.lifetime, sessions.options().default_token_lifetime, longest_for(owner, sessions.options())));
  NewKey key{.owner = owner.id,
             .login_type = "token",
             .token_name = ask.token_name.empty() ? crypto::random_text(12) : ask.token_name,
             .scopes = std::move(scopes),
             .allow_list = allow_list.texts(),
             .lifetime = lifetime,
             .ip = call.client_ip(),
             .made_by = made_by(call)};
  const std::string name = key.token_name;
  auto made = co_await make_key(call.store(), std::move(key));
  if (!made && made.error().code == Code::conflict) made.error().say = fmt::format("A token with name \"{}\" already exists.", name);
  if (!made) co_return std::unexpected(std::move(made).error());
  co_return http::Created<api::GenerateAPIKeyResponse>{{.key = made->reveal()}};
}

Task<Result<std::vector<api::APIKeyWithOwner>>> tokens(http::Call& call) {
  CO_TRY(owner, co_await holder(call));
  CO_TRY(all, call.query_bool("include_all"));
  CO_TRY(expired, call.query_bool("include_expired"));
  CO_TRY(rows, co_await sql::tokens(call.store(), false, all ? std::nullopt : std::optional(owner.id), expired, call.now()));
  co_return with_owners(std::move(rows));
}

// What somebody is signed in with now: sessions and tokens.
Task<Result<std::vector<api::APIKeyWithOwner>>> keys_of(http::Call& call) {
  CO_TRY(owner, co_await holder(call));
  CO_TRY(rows, co_await sql::tokens(call.store(), true, owner.id, false, call.now()));
  co_return with_owners(std::move(rows));
}

Task<Result<sql::Key>> key_of_path(http::Call& call) {
  CO_TRY(owner, co_await holder(call));
  CO_TRY(row, co_await sql::key_by_id(call.store(), std::string(call.path("keyid")), owner.id));
  if (!row) co_return not_found();
  call.audited(http::audit_about(sql::audit_of(*row)));
  co_return std::move(*row);
}

Task<Result<api::APIKey>> show_key(http::Call& call) {
  CO_TRY(row, co_await key_of_path(call));
  co_return to_wire<api::APIKey>(std::move(row));
}

Task<Result<api::APIKey>> show_token(http::Call& call) {
  CO_TRY(owner, co_await holder(call));
  CO_TRY(row, co_await sql::token_by_name(call.store(), owner.id, std::string(call.path("keyname"))));
  if (!row) co_return not_found();
  co_return to_wire<api::APIKey>(std::move(*row));
}

Task<Result<http::NoContent>> remove_key(http::Call& call) {
  CO_TRY(row, co_await key_of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::delete_, Resource::api_key>(sql::object_of(row))));
    CO_TRY(gone, co_await sql::delete_key(tx, may));
    if (gone == 0) co_return not_found();
    tx.trace(http::audit_end(sql::audit_of(row)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> expire_key(http::Call& call) {
  CO_TRY(row, co_await key_of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::api_key>(sql::object_of(row))));
    auto after = row;
    after.expires_at = call.now();
    tx.trace(http::audit_change(sql::audit_of(row), sql::audit_of(after)));
    co_return co_await sql::expire_key(tx, may, call.now());
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

Task<Result<api::TokenConfig>> token_config(http::Call& call, const Sessions& sessions) {
  CO_TRY(owner, co_await holder(call));
  const auto longest = std::chrono::duration_cast<std::chrono::nanoseconds>(longest_for(owner, sessions.options()));
  co_return api::TokenConfig{.max_token_lifetime = longest.count()};
}

Task<Result<api::ExternalAPIKeyScopes>> scopes(http::Call&) { co_return api::ExternalAPIKeyScopes{.external = rbac::public_scopes()}; }

}  // namespace

void add_key_routes(http::Routes& routes, Sessions& sessions) {
  using http::Audit, http::Auth;
  const std::string keys = "/api/v2/users/{user}/keys";
  routes.post<Auth::user, Audit::create>(keys, [&sessions](http::Call& call) { return create_key(call, sessions); });
  routes.get<Auth::user, Audit::none>(keys, keys_of);
  routes.post<Auth::user, Audit::create>(keys + "/tokens",
                                         [&sessions](http::Call& call, TokenAsk ask) { return create_token(call, sessions, std::move(ask)); });
  routes.get<Auth::user, Audit::none>(keys + "/tokens", tokens);
  routes.get<Auth::user, Audit::none>(keys + "/tokens/tokenconfig", [&sessions](http::Call& call) { return token_config(call, sessions); });
  routes.get<Auth::user, Audit::none>(keys + "/tokens/{keyname}", show_token);
  routes.get<Auth::user, Audit::none>(keys + "/{keyid}", show_key);
  routes.del<Auth::user, Audit::delete_>(keys + "/{keyid}", remove_key);
  routes.put<Auth::user, Audit::write>(keys + "/{keyid}/expire", expire_key);
  routes.get<Auth::none, Audit::none>("/api/v2/auth/scopes", scopes);
}

}  // namespace slipway::sessions
