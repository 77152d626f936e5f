#include "features/login/people.hpp"

#include "base/log.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"
#include "features/accounts/accounts.hpp"
#include "features/login/gen/login_sql.hpp"
#include "features/organizations/organizations.hpp"
#include "features/sessions/sessions.hpp"
#include "http/audit.hpp"
#include "rbac/role.hpp"

namespace slipway::login {

namespace {

using SignIn = store::DutyTx<rbac::Duty::sign_in>;

struct Found {
  UserId id;
  std::string username;
  std::vector<std::string> roles = {};
  bool made = false;
  bool converts = false;
};

Found found_in(const sql::Person& person) { return {.id = person.id, .username = person.username, .roles = person.rbac_roles}; }

// The trail shows who was changed, and that their own sign-in did it.
store::Trace changed(const Found& person, http::AuditField before, http::AuditField after) {
  http::AuditObject was{.type = "user", .id = person.id.uuid, .target = person.username, .fields = {std::move(before)}};
  http::AuditObject is{.type = "user", .id = person.id.uuid, .target = person.username, .fields = {std::move(after)}};
  auto trace = http::audit_change(was, is);
  trace.action = "write";
  trace.user = person.id;
  return trace;
}

Result<void> check_active(const sql::Person& person) {
  if (person.is_system) return forbidden();
  if (person.status != "suspended") return {};
  return fail(Code::forbidden, "Your account is suspended. Contact an administrator to reactivate your account.");
}

Result<void> check_person(const sql::Person& person, const Identity& identity) {
  TRY_OK(check_active(person));
  if (person.login_type == identity.login_type) return {};
  return fail(Code::forbidden,
              fmt::format("Incorrect login type, attempting to use \"{}\", but user is of login type \"{}\"", identity.login_type, person.login_type),
              "Sign in the way you did before; under Account you can switch.");
}

std::unexpected<Error> another_identity() {
  return fail(Code::forbidden, "The account with your e-mail address belongs to another identity of the same provider.", "Ask your administrator.");
}

bool may_sign_up(const Login& login, const Identity& identity) {
  return identity.login_type == "github" ? login.options().github.allow_signups : login.options().oidc.allow_signups;
}

std::unexpected<Error> signups_disabled(const Login& login, const Identity& identity) {
  const auto& own = login.options().oidc.signups_disabled_text;
  if (identity.login_type == "oidc" && !own.empty()) return fail(Code::forbidden, own);
  return fail(Code::forbidden, "Signups are disabled for this deployment!", "Ask your administrator to make an account for you.");
}

// The account of a switch. The session must be its own: else whoever asked could send the way on to somebody else.
Task<Result<Found>> find_switching(store::OpenStore& open, const Identity& identity, const Switch& change, Time now) {
  CO_TRY(converting, co_await sql::by_conversion(open, identity.login_type, {crypto::sha256(change.state)}, {crypto::sha256(change.binding)}, now));
  if (!converting || change.by != converting->id)
    co_return fail(Code::unauthenticated, "This switch was not asked for in this browser and session, or too long ago.",
                   "Begin again under Account.");
  CO_TRY(linked, co_await sql::by_link(open, identity.login_type, identity.issuer, identity.subject));
  if (linked && linked->id != converting->id) co_return fail(Code::conflict, "This identity already belongs to another account.");
  CO_CHECK(check_active(*converting));
  auto found = found_in(*converting);
  found.converts = true;
  co_return found;
}

Task<Result<Found>> find(store::OpenStore& open, Login& login, const Identity& identity) {
  CO_TRY(linked, co_await sql::by_link(open, identity.login_type, identity.issuer, identity.subject));
  if (linked) {
    CO_CHECK(check_person(*linked, identity));
    co_return found_in(*linked);
  }
  CO_TRY(same_address, co_await sql::by_email(open, identity.login_type, identity.email));
  if (same_address) {
    CO_CHECK(check_person(*same_address, identity));
    if (same_address->linked) co_return another_identity();
    co_return found_in(*same_address);
  }
  CO_TRY(anyone, co_await users::sql::any_user(open));
  if (!anyone) co_return fail(Code::forbidden, "This deployment has not been set up yet.", "Open it in a browser and make the first user.");
  if (!may_sign_up(login, identity)) co_return signups_disabled(login, identity);
  co_return Found{.id = UserId::random(), .username = {}, .made = true};
}

// The name as wanted, or with a few random letters behind it.
Task<Result<std::string>> free_username(store::OpenStore& open, const std::string& wanted) {
  std::string name = wanted;
  for (int attempt = 0; attempt < 10; ++attempt) {
    CO_TRY(taken, co_await sql::username_taken(open, name));
    if (!taken) co_return name;
    const auto tail = text::lower(crypto::random_text(5));
    name = wanted.substr(0, 26);
    while (name.ends_with('-')) name.pop_back();
    name += "-" + tail;
  }
  co_return fail(Code::conflict, "No free username was found. Ask your administrator to make an account for you.");
}

std::string provider_of(const Login& login, const Identity& identity) {
  return identity.login_type == "github" ? std::string("GitHub") : login.options().oidc.sign_in_text;
}

Task<Result<void>> add(store::Tx& tx, UserId id, const Identity& identity, OrganizationId organization, const std::string& provider) {
  const users::sql::InsertArgs args{.email = identity.email,
                                    .username = identity.username,
                                    .name = identity.name,
                                    .hashed_password = {},
                                    .status = "active",
                                    .rbac_roles = {},
                                    .login_type = identity.login_type,
                                    .is_service_account = false,
                                    .now = tx.now()};
  const std::vector organizations{organization};
  co_return co_await accounts::add_user(tx, id, args, organizations, provider);
}

Task<Result<void>> sync_groups(SignIn& tx, const OidcOptions& options, UserId id, OrganizationId organization, const std::vector<std::string>& theirs,
                               Time now) {
  std::vector<std::string> known, lowered;
  for (const auto& name : theirs) {
    const auto lower = text::lower(name);
    lowered.push_back(lower);
    if (names::is_name(name) && lower != "everyone") known.push_back(name);
  }
  if (options.group_auto_create) CO_CHECK(co_await sql::make_groups(tx, organization, now, known));
  CO_CHECK(co_await sql::leave_groups(tx, organization, id, lowered));
  CO_CHECK(co_await sql::join_groups(tx, id, organization, lowered));
  co_return Result<void>();
}

Task<Result<void>> sync_roles(SignIn& tx, const rbac::RoleBook& book, const Found& person, const std::vector<std::string>& theirs, Time now) {
  std::vector<std::string> known;
  for (const auto& name : theirs) {
    if (book.site(name) && name != rbac::roles::kMember)
      known.push_back(name);
    else if (name != rbac::roles::kMember)
      log::warn("the identity provider gives a role that does not exist here", {{"role", name}, {"user", person.id.str()}});
  }
  CO_TRY(set, co_await sql::set_roles(tx, known, now, person.id));
  if (set > 0) tx.tx().trace(changed(person, {"rbac_roles", person.roles}, {"rbac_roles", known}));
  co_return Result<void>();
}

// Changes how the person signs in; the keys of before end once nobody can add to them.
Task<Result<void>> convert(SignIn& tx, const Found& person, const std::string& login_type, const std::string& state) {
  CO_TRY(converted, co_await sql::convert(tx, login_type, tx.now(), person.id));
  CO_TRY(taken, co_await sql::end_conversion(tx, person.id, {crypto::sha256(state)}));
  if (converted == 0 || taken == 0) co_return fail(Code::conflict, "This sign-in was already completed. Begin again under Account.");
  CO_CHECK(co_await sql::end_keys(tx, person.id));
  tx.tx().trace(changed(person, {"login_type", std::string("password")}, {"login_type", login_type}));
  co_return Result<void>();
}

}  // namespace

Task<Result<UserId>> person_of(http::Call& call, Login& login, Identity identity, std::optional<Switch> change) {
  auto open = call.db().open(call.cost());
  auto looked_up = change ? co_await find_switching(open, identity, *change, call.now()) : co_await find(open, login, identity);
  CO_TRY(found, std::move(looked_up));
  if (found.made) {
    CO_TRY(name, co_await free_username(open, identity.username));
    identity.username = found.username = name;
  }
  CO_TRY(organization, co_await organizations::sql::default_id(open));
  const std::string provider = provider_of(login, identity);
  auto duty = call.db().duty<rbac::Duty::sign_in>(call.cost(), call.origin());
  auto body = [&](SignIn& tx) -> Task<Result<void>> {
    if (identity.roles) CO_CHECK(co_await sql::lock_owners(tx));  // before any account, as everywhere
    if (found.made) CO_CHECK(co_await add(tx.tx(), found.id, identity, organization, provider));
    if (found.converts) CO_CHECK(co_await convert(tx, found, identity.login_type, change->state));
    const sql::LinkArgs link{.user_id = found.id,
                             .login_type = identity.login_type,
                             .issuer = identity.issuer,
                             .subject = identity.subject,
                             .claims = {identity.claims},
                             .now = call.now()};
    CO_TRY(linked, co_await sql::link(tx, link));
    if (linked == 0) co_return another_identity();  // one that was signing in at the same time
    if (identity.github_id) CO_CHECK(co_await sql::know_on_github(tx, *identity.github_id, found.id));
    if (identity.groups) CO_CHECK(co_await sync_groups(tx, login.options().oidc, found.id, organization, *identity.groups, call.now()));
    if (identity.roles) CO_CHECK(co_await sync_roles(tx, login.sessions().book(), found, *identity.roles, call.now()));
    co_return Result<void>();
  };
  CO_CHECK(co_await duty.tx(body));
  co_return found.id;
}

}  // namespace slipway::login
