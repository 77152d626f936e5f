#include "features/resources/status.hpp"

#include <gtest/gtest.h>

namespace slipway::resources {
namespace {

const Time kStart = *parse_rfc3339("2026-01-01T00:00:00Z");

TEST(AgentStatus, NeverConnectedIsConnectingUntilItsTimeoutHasPassed) {
  const ConnectionTimes times{.created_at = kStart, .timeout = Seconds(120)};

  EXPECT_EQ(connection_of(times, kStart + Seconds(120)).status, "connecting");
  EXPECT_EQ(connection_of(times, kStart + Seconds(121)).status, "timeout");
}

TEST(AgentStatus, ATimeoutOfZeroNeverComes) {
  const ConnectionTimes times{.created_at = kStart, .timeout = Seconds(0)};

  EXPECT_EQ(connection_of(times, kStart + std::chrono::hours(1000)).status, "connecting");
}

TEST(AgentStatus, ConnectingAfterTheTimeoutStillCounts) {
  const Time late = kStart + Seconds(500);
  const ConnectionTimes times{.created_at = kStart, .first_connected_at = late, .last_connected_at = late, .timeout = Seconds(120)};

  EXPECT_EQ(connection_of(times, late).status, "connected");
}

TEST(AgentStatus, SilenceLongerThanInactiveIsDisconnectedSinceTheLastSign) {
  const ConnectionTimes times{.created_at = kStart, .first_connected_at = kStart, .last_connected_at = kStart + Seconds(60)};

  EXPECT_EQ(connection_of(times, kStart + Seconds(90)).status, "connected");
  const auto gone = connection_of(times, kStart + Seconds(91));
  EXPECT_EQ(gone.status, "disconnected");
  EXPECT_EQ(gone.disconnected_at, kStart + Seconds(60));
}

TEST(AgentStatus, EqualStampsAreDisconnectedAndALaterConnectionIsNot) {
  ConnectionTimes times{
      .created_at = kStart, .first_connected_at = kStart, .last_connected_at = kStart + Seconds(9), .disconnected_at = kStart + Seconds(9)};

  EXPECT_EQ(connection_of(times, kStart + Seconds(10)).status, "disconnected");
  times.disconnected_at = kStart + Seconds(8);
  EXPECT_EQ(connection_of(times, kStart + Seconds(10)).status, "connected");
}

TEST(AgentHealth, FirstMatchingRowGivesTheReason) {
  struct Row {
    std::string_view status, lifecycle, reason;
  };
  const Row rows[] = {
      {"disconnected", "off", "agent is not running"},
      {"connecting", "created", "agent has not yet connected"},
      {"timeout", "created", "agent is taking too long to connect"},
      {"disconnected", "ready", "agent has lost connection"},
      {"connected", "start_error", "agent startup script exited with an error"},
      {"connected", "shutting_down", "agent is shutting down"},
      {"connected", "shutdown_timeout", "agent is shutting down"},
      {"connected", "shutdown_error", "agent is shutting down"},
      {"connected", "off", "agent is shutting down"},
      {"connected", "ready", ""},
      {"connected", "starting", ""},
      {"connected", "created", ""},
      {"connected", "start_timeout", ""},
  };
  for (const auto& row : rows) {
    const auto health = health_of(row.status, row.lifecycle);
    EXPECT_EQ(health.reason, row.reason) << row.status << " " << row.lifecycle;
    EXPECT_EQ(health.healthy, row.reason.empty()) << row.status << " " << row.lifecycle;
  }
}

}  // namespace
}  // namespace slipway::resources
