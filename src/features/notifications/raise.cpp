#include "base/check.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "crypto/hash.hpp"
#include "features/notifications/notifications.hpp"
#include "features/notifications/render.hpp"

#include <boost/json.hpp>

namespace slipway::notifications {

namespace {

namespace json = boost::json;

template <class Id>
json::value or_null(const Id& id) {
  return id.is_nil() ? json::value(nullptr) : json::value(id.str());
}

json::object labels_of(const Event& event) {
  json::object labels;
  for (const auto& [name, value] : event.labels) labels[name] = utf8::clean(value);  // as the database takes it
  return labels;
}

json::array targets_of(const Event& event) {
  json::array targets;
  for (const auto& target : event.targets) targets.emplace_back(target.str());
  return targets;
}

json::value data_of(const Event& event) {
  if (event.data.empty()) return nullptr;
  boost::system::error_code fault;
  auto parsed = json::parse(event.data, fault);
  check(!fault, "the data of a notification are no JSON");
  return parsed;
}

// The same with the same labels, data and targets, on the same day.
std::string key_of(const Event& event, Time now) {
  if (!event.once_a_day) return event.key;
  const auto equal = json::serialize(json::array{labels_of(event), data_of(event), targets_of(event)});
  return fmt::format("{}/{}/{}", event.key, to_rfc3339(now).substr(0, 10), crypto::sha256_hex(equal));
}

// What goes to inboxes: the same for everybody, but for their own names in addresses.
json::object shown_to_all(const Event& event) {
  const Values values{.labels = json::serialize(labels_of(event)), .data = json::serialize(data_of(event)), .for_many = true};
  const auto message = render(event.kind, values);
  check(message.has_value(), "a notification does not render");
  for (const auto& label : message->dropped)
    log::warn("an action of a notification has no address and is left out", {{"kind", std::string(row_of(event.kind).name)}, {"action", label}});
  json::array actions;
  for (const auto& link : message->actions) actions.push_back(json::object{{"label", link.label}, {"url", link.url}});
  return {{"title", message->title.markdown}, {"content", message->body.markdown}, {"actions", std::move(actions)}};
}

json::object recipients_of(const Event& event) {
  json::array users;
  for (const auto& user : event.to.users) users.emplace_back(user.str());
  return {{"users", std::move(users)},
          {"template_admins", event.to.template_admins},
          {"site_template_admins", event.to.site_template_admins},
          {"user_admins", event.to.user_admins},
          {"owners_in_template", or_null(event.to.owners_in_template)},
          {"except", or_null(event.to.except)},
          {"even_suspended", event.kind == Kind::your_account_suspended}};
}

}  // namespace

void raise(store::Tx& tx, Event event) {
  check(event.kind != Kind::one_time_passcode, "a one-time passcode is never stored");
  check(!event.key.empty() || event.once_a_day, "a notification has no key");
  json::object out = recipients_of(event);
  for (auto& [name, value] : shown_to_all(event)) out[name] = std::move(value);
  out["id"] = Uuid::random().str();
  out["template"] = row_of(event.kind).id;
  out["organization"] = or_null(event.organization);
  out["labels"] = labels_of(event);
  out["data"] = data_of(event);
  out["targets"] = targets_of(event);
  out["created_by"] = event.created_by;
  out["urgent"] = event.urgent || row_of(event.kind).urgent;
  out["key"] = key_of(event, tx.now());
  tx.tell(utf8::clean(json::serialize(out)));
}

std::string minute_of(Time time) { return to_rfc3339(std::chrono::floor<std::chrono::minutes>(time)); }

}  // namespace slipway::notifications
