// The first user: whoever opens a fresh deployment becomes its owner, exactly once.
#include "features/accounts/first.hpp"

#include "aio/blocking.hpp"
#include "api/gen/auth.hpp"
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "crypto/password.hpp"
#include "features/organizations/organizations.hpp"
#include "features/users/objects.hpp"
#include "features/users/ssh_key.hpp"
#include "features/users/validate.hpp"
#include "http/credentials.hpp"
#include "store/store.hpp"

namespace slipway::accounts {

namespace sql = users::sql;
using users::valid_email, users::valid_password, users::make_ssh_key;

Task<Result<api::Response>> first_user_exists(http::Call& call) {
  auto open = call.db().open(call.cost());
  CO_TRY(exists, co_await sql::any_user(open));
  if (!exists) co_return fail(Code::not_found, "The initial user has not been created!");
  co_return api::Response{.message = "The initial user has already been created!", .detail = {}, .validations = {}};
}

Task<Result<http::Created<api::CreateFirstUserResponse>>> create_first_user(http::Call& call, api::CreateFirstUserRequest ask) {
  CO_CHECK(http::host_passes(call.request(), *call.home().site));
  CO_CHECK(api::json::require({{"email", ask.email}, {"username", ask.username}, {"password", ask.password}}));
  CO_CHECK(names::valid_username(ask.username));
  CO_CHECK(valid_email(ask.email));
  CO_CHECK(valid_password(ask.password));
  auto open = call.db().open(call.cost());
  CO_TRY(exists, co_await sql::any_user(open));
  if (exists) co_return fail(Code::conflict, "The initial user has already been created.");
  CO_TRY(organization, co_await organizations::sql::default_id(open));
  const auto hash_it = [&] { return crypto::hash_password(ask.password); };
  CO_TRY(hash, co_await aio::hashing(hash_it));

  const auto id = UserId::random();
  auto duty = call.db().duty<rbac::Duty::founder>(call.cost(), call.origin());
  auto body = [&](store::DutyTx<rbac::Duty::founder>& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::lock_first(tx));  // two browsers at once: one of them is first
    CO_TRY(people, co_await sql::count_people(tx));
    if (people > 0) co_return fail(Code::conflict, "The initial user has already been created.");
    const sql::InsertFirstArgs args{
        .id = id, .email = ask.email, .username = ask.username, .name = ask.name, .hashed_password = hash, .now = call.now()};
    CO_CHECK(co_await sql::insert_first(tx, args));
    const sql::User made{.id = id,
                         .email = ask.email,
                         .username = ask.username,
                         .name = ask.name,
                         .status = "active",
                         .login_type = "password",
                         .rbac_roles = {"owner"}};
    auto line = http::audit_new(sql::audit_of(made));
    line.user = id;
    tx.tx().trace(std::move(line));
    const auto key = make_ssh_key();
    CO_CHECK(co_await sql::insert_first_ssh_key(tx, id, key.public_key, key.private_key.reveal(), call.now()));
    co_return co_await organizations::sql::add_first_member(tx, organization, id, call.now());
  };
  CO_CHECK(co_await duty.tx(body));
  co_return http::Created<api::CreateFirstUserResponse>{{.user_id = id.uuid, .organization_id = organization.uuid}};
}

}  // namespace slipway::accounts
