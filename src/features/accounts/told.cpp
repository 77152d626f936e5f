#include "features/accounts/told.hpp"

#include "features/notifications/notifications.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

namespace slipway::accounts {

namespace {

using notifications::Event, notifications::Kind, users::sql::User;

Event about(const store::Tx& tx, const User& row, Kind kind) {
  return {.kind = kind, .to = {}, .targets = {row.id.uuid}, .created_by = "accounts", .key = row.id.str() + "/" + to_rfc3339(tx.now())};
}

// `what` is the word before the labels' names: "created" for created_account_name.
void tell_administrators(store::Tx& tx, const User& row, Kind kind, const std::string& what, const std::string& by) {
  auto event = about(tx, row, kind);
  event.to = {.user_admins = true, .except = row.id};
  event.labels = {{what + "_account_name", row.username}, {what + "_account_user_name", row.name}, {"initiator", by}};
  event.data = boost::json::serialize(boost::json::object{{"user", {{"id", row.id.str()}, {"name", row.name}, {"email", row.email}}}});
  notifications::raise(tx, std::move(event));
}

void tell_account(store::Tx& tx, const User& row, Kind kind, const std::string& what) {
  auto event = about(tx, row, kind);
  event.to = {.users = {row.id}};
  event.labels = {{what + "_account_name", row.username}, {"initiator", tx.actor().name}};
  notifications::raise(tx, std::move(event));
}

}  // namespace

void tell_created(store::Tx& tx, const User& made, const std::string& by) { tell_administrators(tx, made, Kind::user_created, "created", by); }

void tell_deleted(store::Tx& tx, const User& row) { tell_administrators(tx, row, Kind::user_deleted, "deleted", tx.actor().name); }

void tell_suspended(store::Tx& tx, const User& row) {
  tell_administrators(tx, row, Kind::user_suspended, "suspended", tx.actor().name);
  tell_account(tx, row, Kind::your_account_suspended, "suspended");
}

void tell_activated(store::Tx& tx, const User& row) {
  tell_administrators(tx, row, Kind::user_activated, "activated", tx.actor().name);
  tell_account(tx, row, Kind::your_account_activated, "activated");
}

}  // namespace slipway::accounts
