// New people: their record, memberships and key pair in one transaction.
#include "aio/blocking.hpp"
#include "base/names.hpp"
#include "crypto/password.hpp"
#include "features/accounts/routes.hpp"
#include "features/accounts/told.hpp"
#include "features/organizations/organizations.hpp"
#include "features/users/ssh_key.hpp"
#include "features/users/validate.hpp"
#include "rbac/assign.hpp"

namespace slipway::accounts {

namespace {

using rbac::Action, rbac::Resource;

Result<void> check_service_account(const CreateAsk& ask) {
  if (!ask.email.empty()) return fail_field("Service accounts cannot have an email.", "email", "Leave it empty.");
  if (!ask.password.empty()) return fail_field("Service accounts cannot have a password.", "password", "Leave it empty.");
  if (ask.login_type.empty() || ask.login_type == "none") return {};
  return fail_field("Service accounts must use login type none.", "login_type", "Leave it empty or give \"none\".");
}

Result<void> check_login(const CreateAsk& ask) {
  TRY_OK(api::json::require({{"email", ask.email}}));
  TRY_OK(users::valid_email(ask.email));
  if (ask.login_type == "token")
    return fail_field("Users cannot be made with login type token.", "login_type", "Use \"none\" and make tokens for the user.");
  if (!ask.login_type.empty() && ask.login_type != "password") {
    if (ask.password.empty()) return {};
    return fail_field(fmt::format("Password cannot be set for login type \"{}\".", ask.login_type), "password", "Leave it empty.");
  }
  TRY_OK(api::json::require({{"password", ask.password}}));
  return users::valid_password(ask.password);
}

Result<void> check_ask(const CreateAsk& ask) {
  TRY_OK(api::json::require({{"username", ask.username}}));
  TRY_OK(names::valid_username(ask.username));
  return ask.service_account.value_or(false) ? check_service_account(ask) : check_login(ask);
}

Task<Result<std::vector<OrganizationId>>> organizations_of(http::Call& call, const CreateAsk& ask) {
  std::vector<OrganizationId> ids;
  for (const auto& id : ask.organization_ids) ids.push_back(OrganizationId{id});
  if (ids.empty() && ask.organization_id && !ask.organization_id->is_nil()) ids.push_back(OrganizationId{*ask.organization_id});
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
  for (const auto& id : ids) CO_CHECK(co_await organizations::find(call, id.str()));
  if (!ids.empty()) co_return ids;
  CO_TRY(organization, co_await organizations::find(call, "default"));
  co_return std::vector{organization.id};
}

std::string login_type_of(const CreateAsk& ask) {
  if (ask.service_account.value_or(false)) return "none";
  return ask.login_type.empty() ? "password" : ask.login_type;
}

}  // namespace

Task<Result<void>> add_user(store::Tx& tx, UserId id, const sql::InsertArgs& args, const std::vector<OrganizationId>& organizations,
                            const std::optional<std::string>& told_by) {
  const rbac::Object object{.type = Resource::user, .id = id.uuid, .owner = id};
  CO_TRY(may, (tx.permit<Action::create, Resource::user>(object)));
  CO_CHECK(co_await sql::insert(tx, may, args));
  for (const auto& organization : organizations) {
    const rbac::Object membership{.type = Resource::organization_member, .id = id.uuid, .owner = id, .organization = organization};
    CO_TRY(join, (tx.permit<Action::create, Resource::organization_member>(membership)));
    CO_CHECK(co_await organizations::join(tx, join, args.now));
  }
  const sql::User made{.id = id,
                       .email = args.email,
                       .username = args.username,
                       .name = args.name,
                       .status = args.status,
                       .login_type = args.login_type,
                       .rbac_roles = args.rbac_roles,
                       .is_service_account = args.is_service_account};
  auto line = http::audit_new(sql::audit_of(made));
  line.action = "create";  // also where somebody signs in for the first time
  tx.trace(std::move(line));
  if (told_by) tell_created(tx, made, *told_by);
  const auto key = users::make_ssh_key();
  co_return co_await sql::insert_ssh_key(tx, may, key.public_key, key.private_key.reveal(), args.now);
}

void read(api::json::Reader& in, const api::json::Value& from, CreateAsk& to) {
  api::read(in, from, static_cast<api::CreateUserRequestWithOrgs&>(to));
  if (in.errors.empty()) in.field(from, "organization_id", to.organization_id);
  if (in.errors.empty()) in.field(from, "skip_notifications", to.skip_notifications);
}

Task<Result<http::Created<api::User>>> create(http::Call& call, CreateAsk ask) {
  call.audited({.resource_type = "user", .target = ask.username});
  if (!call.store().may(Action::create, rbac::all_of(Resource::user))) co_return forbidden();
  CO_CHECK(check_ask(ask));
  CO_TRY(organizations, co_await organizations_of(call, ask));
  const std::vector<std::string> none;
  const auto asked = ask.roles.value_or(none);
  const rbac::RoleListChange change{.organization = {}, .before = none, .after = asked};
  CO_TRY(roles, rbac::check_role_list(*call.actor().subject, change, {}));
  std::string hash;
  if (!ask.password.empty()) {
    const auto hash_it = [&] { return crypto::hash_password(ask.password); };
    CO_TRY(hashed, co_await aio::hashing(hash_it));
    hash = std::move(hashed);
  }
  const auto id = UserId::random();
  const sql::InsertArgs args{.email = ask.email,
                             .username = ask.username,
                             .name = ask.name,
                             .hashed_password = hash,
                             .status = ask.user_status && !ask.user_status->empty() ? *ask.user_status : "dormant",
                             .rbac_roles = roles,
                             .login_type = login_type_of(ask),
                             .is_service_account = ask.service_account.value_or(false),
                             .now = call.now()};
  const auto told_by = ask.skip_notifications.value_or(false) ? std::nullopt : std::optional(call.actor().name);
  auto body = [&](store::Tx& tx) { return add_user(tx, id, args, organizations, told_by); };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return http::Created<api::User>{users::to_wire(*row)};
}

}  // namespace slipway::accounts
