// What features say when something happened that people should know: one call in the transaction that does it. The right people have it in
// their inbox once that commits, and the outbox (features/outbox) delivers it by mail or webhook. Nothing is told of what was rolled back.
#pragma once

#include "features/notifications/kinds.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::http {
struct Home;
}

namespace slipway::notifications {

// Who is told: those named and those the rules find when the transaction commits, each once. Whoever is deleted, suspended, the system's own
// or a service account is told nothing, nor whoever turned the kind off; all that is decided in the database.
struct Recipients {
  std::vector<UserId> users = {};
  bool template_admins = false;        // members of the event's organization who are template admins, of the site or there
  bool site_template_admins = false;   // template admins of the site, wherever they are members
  bool user_admins = false;            // owners and user admins of the site; of the event's organization, if it has one, its own
  TemplateId owners_in_template = {};  // owners of living workspaces of it; nil: none
  UserId except = {};                  // who caused it; nil: nobody is left out
};

struct Event {
  Kind kind;
  Recipients to;
  OrganizationId organization = {};                // nil: none
  std::map<std::string, std::string> labels = {};  // raw values, of exactly the kind's keys
  std::string data = {};                           // a JSON value; empty: none
  std::vector<Uuid> targets = {};
  std::string created_by = {};  // the part that tells, such as "scheduling"
  // What makes it the same event: told of once to each person, whoever tells it again.
  std::string key = {};
  // The same, within a day in UTC and with equal labels, data and targets.
  bool once_a_day = false;
  bool urgent = false;  // no mail of it waits for a digest or for the end of quiet hours, though its kind's would
};

// One statement more in `tx`, in the round trip of its commit; however many events and people there are. What goes wrong with it is logged and
// counted, and undoes nothing else. Not for one-time passcodes, which are never stored.
void raise(store::Tx& tx, Event event);
template <rbac::Duty D>
void raise(store::DutyTx<D>& tx, Event event) {
  raise(tx.tx(), std::move(event));
}

// For keys of what is told at most once a minute.
std::string minute_of(Time time);

// How messages can leave this deployment, as the settings say; read by the database when an event is written.
struct Delivery {
  std::string method = "smtp";              // smtp or webhook: of kinds that have none of their own
  std::vector<std::string> available = {};  // of the two, those that are configured; none: there is the inbox alone
  bool inbox = true;
};
// At each start, before anything can happen: the kinds and the ways of delivery as the code and the settings have them.
Task<Result<void>> write_kinds(http::Home& home, const Delivery& delivery);

// Channels of the database: messages are waiting; somebody has something new in the inbox, as the payload "<person>/<line>".
inline constexpr std::string_view kMessageNews = "notification_messages";
inline constexpr std::string_view kInboxNews = "inbox_notifications";

}  // namespace slipway::notifications
