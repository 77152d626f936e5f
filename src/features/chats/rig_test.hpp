// For this feature's tests: a server with two members, and what they say.
#pragma once

#include "support/test_agent.hpp"
#include "support/times_sent.hpp"

#include <gtest/gtest.h>

namespace slipway::test {

inline const std::string kChats = "/api/v2/chats";

struct ChatRig {
  explicit ChatRig(std::function<void(server::Config&)> change = meter_statements) : srv(std::move(change)) {}

  TestServer srv;
  std::string organization = (srv.owner(), srv.organization());
  Person ana = srv.member("ana"), bo = srv.member("bo");

  // What begins a chat; `more` are further fields, each after a comma.
  std::string ask(const std::string& text = "fix the build", const std::string& more = {}) const {
    return fmt::format(R"({{"organization_id":"{}","content":[{{"type":"text","text":"{}"}}]{}}})", organization, text, more);
  }
  Answer begin(const Person& who, const std::string& text = "fix the build", const std::string& more = {}) {
    return srv.post(kChats, ask(text, more), who);
  }
  // Its id.
  std::string chat(const Person& who, const std::string& text = "fix the build", const std::string& more = {}) {
    const auto made = begin(who, text, more);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("id").as_string());
  }
  std::string path(const std::string& id, const std::string& rest = {}) const { return kChats + "/" + id + rest; }
  Answer say(const Person& who, const std::string& id, const std::string& text) {
    return srv.post(path(id, "/messages"), fmt::format(R"({{"content":[{{"type":"text","text":"{}"}}]}})", text), who);
  }
  Answer change(const Person& who, const std::string& id, const std::string& body) { return srv.patch(path(id), body, who); }
  std::string sql(const std::string& text) { return srv.database().sql(text); }
  // A token of somebody with these scopes alone, whether or not people may ask for them.
  Person narrow(const Person& who, const std::string& scopes) {
    const auto name = fmt::format("t{}", ++tokens_);
    const auto made = srv.post("/api/v2/users/me/keys/tokens", fmt::format(R"({{"token_name":"{}"}})", name), who);
    EXPECT_EQ(made.status, 201) << made.body;
    sql(fmt::format("update api_keys set scopes = '{{{}}}' where token_name = '{}'", scopes, name));
    return {who.id, who.username, std::string(made.json().at("key").as_string())};
  }

 private:
  int tokens_ = 0;
};

inline std::string message(const Answer& answer) { return std::string(answer.json().at("message").as_string()); }
inline std::string detail(const Answer& answer) {
  const auto json = answer.json();
  const auto* text = json.as_object().if_contains("detail");
  return text ? std::string(text->as_string()) : "";
}
inline std::vector<std::string> titles(const Answer& list) {
  std::vector<std::string> out;
  const auto json = list.json();
  for (const auto& chat : json.as_array()) out.emplace_back(chat.at("title").as_string());
  return out;
}

}  // namespace slipway::test
