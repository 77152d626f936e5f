// For this feature's tests: a server with two people, and lines in their inboxes.
#pragma once

#include "support/fake_clock.hpp"
#include "support/times_sent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {

inline const std::string kDeleted = "f517da0b-cdc9-410f-ab89-a86107c420ed";  // Workspace Deleted
inline const std::string kCreated = "281fdf73-c6d6-4cbb-8ff5-888baf8a2fff";  // Workspace Created, off unless asked for
inline const std::string kAccount = "4e19c0ac-94e1-4532-9515-d1801aa283b2";  // User account created
inline const std::string kTemplateDeleted = "29a09665-2a4c-403f-9648-54301670e7be";
inline const std::string kTest = "c425f63e-716a-4bf4-ae24-78348f706c3f";
inline const std::string kCustom = "39b1e189-c857-4b0c-877a-511144c18516";
inline const std::string kCode = "62f86a30-2330-4b61-a26d-311ff3b608cf";  // One-Time Passcode

inline const std::string kInbox = "/api/v2/notifications/inbox";

struct InboxRig {
  explicit InboxRig(std::function<void(server::Config&)> change = meter_statements) : srv(std::move(change), clock) {}

  FakeClock clock;
  TestServer srv;
  Person ana = srv.member("ana"), bo = srv.member("bo");

  // A line that is told to nobody; its id. `at` is SQL.
  std::string add(const Person& who, const std::string& kind = kDeleted, const std::string& targets = "{}", const std::string& at = "now()") {
    return srv.database().sql(
        fmt::format("insert into inbox_notifications (id, user_id, template_id, targets, title, content, actions, created_at, dedupe_hash) "
                    "values (gen_random_uuid(), '{}', '{}', '{}', 'a title', 'some content', '[{{\"label\":\"See\",\"url\":\"/workspaces\"}}]', {}, "
                    "gen_random_uuid()::text) returning id",
                    who.id, kind, targets, at));
  }
  Answer list(const Person& who, const std::string& query = {}) { return srv.get(kInbox + query, who); }
  Answer mark(const Person& who, const std::string& id, bool read) {
    return srv.put(kInbox + "/" + id + "/read-status", fmt::format(R"({{"is_read":{}}})", read), who);
  }
  Answer say(const Person& who, const std::string& title, const std::string& message = "hello") {
    const boost::json::object body{{"content", boost::json::object{{"title", title}, {"message", message}}}};
    return srv.post("/api/v2/notifications/custom", boost::json::serialize(body), who);
  }
  std::string count(const std::string& table, const Person& who, const std::string& kind) {
    const auto column = table == "notification_messages" ? "notification_template_id" : "template_id";
    return srv.database().sql(fmt::format("select count(*) from {} where user_id = '{}' and {} = '{}'", table, who.id, column, kind));
  }
};

inline std::vector<std::string> ids(const Answer& page) {
  std::vector<std::string> out;
  const auto json = page.json();
  for (const auto& line : json.at("notifications").as_array()) out.emplace_back(line.at("id").as_string());
  return out;
}
inline std::int64_t unread(const Answer& answer) { return answer.json().at("unread_count").as_int64(); }
inline std::string fault(const Answer& answer) {
  const auto json = answer.json();
  const auto* list = json.is_object() ? json.as_object().if_contains("validations") : nullptr;
  return list && !list->as_array().empty() ? std::string(list->as_array()[0].at("field").as_string()) : "";
}

}  // namespace slipway::test
