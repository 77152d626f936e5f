// The lines of the audit trail, for tests that look at them.
#pragma once

#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace slipway::test {

using boost::json::value;

inline std::string text(const value& json, std::string_view key) { return std::string(json.at(key).as_string()); }

// The lines that `q` (blanks as %20) finds, newest first.
inline boost::json::array lines(TestServer& server, const std::string& q, const std::string& more = {}) {
  const auto answer = server.get("/api/v2/audit?q=" + q + more, server.owner());
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.json().at("audit_logs").as_array();
}

// The newest line that `q` finds; a failure's comes from the journal, so it is waited for.
inline value line(TestServer& server, const std::string& q) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    auto found = lines(server, q);
    if (!found.empty()) return found.front();
    std::this_thread::yield();
  }
  ADD_FAILURE() << "no line for " << q;
  return {};
}

// "old -> new", or "secret".
inline std::string diff(const value& line, std::string_view field) {
  const auto* found = line.at("diff").as_object().if_contains(field);
  if (!found) return "absent";
  const auto side = [found](std::string_view name) {  // what is null is left out
    const auto* value = found->as_object().if_contains(name);
    return value ? boost::json::serialize(*value) : std::string("null");
  };
  const auto shown = side("old") + " -> " + side("new");
  if (!found->at("secret").as_bool()) return shown;
  return shown == R"("" -> "")" ? "secret" : "leaked " + shown;
}

inline std::string by(const value& line) { return line.at("user").is_null() ? "" : text(line.at("user"), "username"); }

}  // namespace slipway::test
