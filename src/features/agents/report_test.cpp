#include "features/agents/report.hpp"

#include <gtest/gtest.h>

namespace slipway::agents {
namespace {

const Time kNow = *parse_rfc3339("2026-01-01T00:00:00Z");

TEST(AgentVersion, OnlySemanticVersionsWithALeadingVPass) {
  for (const char* good : {"v0.0.0", "v2.30.0", "v2.30.0+slipway.1", "v1.2.3-rc.1", "v2.30.0-devel+abc"}) EXPECT_TRUE(check_version(good)) << good;
  for (const char* bad : {"", "2.30.0", "v2.30", "v02.1.1", "v1.2.3-", "v1.2.3+", "v1.2.3 ", "v1.2.x"}) EXPECT_FALSE(check_version(bad)) << bad;

  EXPECT_EQ(check_version("no\"pe").error().detail, "invalid semver version: \"no\\\"pe\"");
}

TEST(AgentLifecycleReport, AnUnknownStateIsNamedInTheWordsOfTheApi) {
  EXPECT_TRUE(check_lifecycle("shutdown_error"));
  const auto refused = check_lifecycle("asleep");

  EXPECT_EQ(refused.error().say, "Invalid lifecycle state.");
  EXPECT_TRUE(refused.error().detail.starts_with("Invalid lifecycle state \"asleep\", must be be one of [created starting"));
  EXPECT_FALSE(check_lifecycle(""));
}

TEST(AgentSubsystems, AreSortedAndNamedOnce) {
  EXPECT_EQ(sorted_subsystems({"exectrace", "envbox", "exectrace"}), (std::vector<std::string>{"envbox", "exectrace"}));
}

TEST(AgentAppStatus, LinksOnlyWhereAClickMayGo) {
  for (const char* good : {"", "https://example.com/pull/1", "HTTP://a", "file:///home/dev/report.html", "vscode://file/x"})
    EXPECT_TRUE(check_status_uri(good)) << good;
  for (const char* bad : {"javascript:alert(1)", "JavaScript:alert(1)", " https://a", "java\nscript:alert(1)", "data:text/html,x", "https", "//a/b"})
    EXPECT_FALSE(check_status_uri(bad)) << bad;
  EXPECT_TRUE(check_status_uri("https://" + std::string(kUriBytes - 8, 'x')));
  EXPECT_FALSE(check_status_uri("https://" + std::string(kUriBytes - 7, 'x')));
}

TEST(AgentClock, IsBelievedFiveMinutesAheadAndADayBehind) {
  using namespace std::chrono;
  for (const auto off : {seconds(0), seconds(299), -seconds(86399)}) EXPECT_EQ(believed(kNow + off, kNow), kNow + off) << off.count();
  for (const auto off : {seconds(301), seconds(86400 * 365), -seconds(86401)}) EXPECT_EQ(believed(kNow + off, kNow), kNow) << off.count();
  EXPECT_EQ(believed(std::nullopt, kNow), kNow);
}

TEST(AgentLogReport, EmptyLinesHaveAPriceToo) {
  std::vector<api::AgentLog> logs(10);

  EXPECT_EQ(log_rows(logs, kNow)->bytes, 160);
}

TEST(AgentMetadataReport, ALongValueIsCutAndSaysSo) {
  const auto rows = metadata_rows({{.key = "k", .value = std::string(2049, 'x'), .error = ""}});

  EXPECT_EQ(rows.values[0].size(), 2048U);
  EXPECT_EQ(rows.errors[0], "value of 2049 bytes exceeded 2048 bytes");
  EXPECT_TRUE(rows.outcome);
}

TEST(AgentMetadataReport, AValueOfExactlyTheLimitIsUntouched) {
  const auto rows = metadata_rows({{.key = "k", .value = std::string(2048, 'x'), .error = "e"}});

  EXPECT_EQ(rows.values[0].size(), 2048U);
  EXPECT_EQ(rows.errors[0], "e");
}

TEST(AgentMetadataReport, KeysBeyondTheLimitAreDroppedAndTheRestIsKept) {
  const auto rows = metadata_rows({{.key = std::string(6144, 'a')}, {.key = "b"}, {.key = "c"}});

  EXPECT_EQ(rows.keys.size(), 1U);
  EXPECT_EQ(rows.outcome.error().say, "metadata keys of 6146 bytes exceeded 6144 bytes");
}

TEST(AgentLogs, ALineBeyondARowIsCutBetweenCharacters) {
  const std::string output = std::string(1023, 'x') + "\xC3\xA9" + "end";
  const auto rows = log_rows({{.output = output}}, kNow);

  ASSERT_EQ(rows->outputs.size(), 2U);
  EXPECT_EQ(rows->outputs[0], std::string(1023, 'x'));
  EXPECT_EQ(rows->outputs[1],
            "\xC3\xA9"
            "end");
  EXPECT_EQ(rows->bytes, 1028);
}

TEST(AgentLogs, NulAndBrokenUtf8AreReplaced) {
  const auto rows = log_rows({{.output = std::string("a\0b\xFF\xED\xA0\x80", 7)}}, kNow);

  EXPECT_EQ(rows->outputs[0],
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(rows->bytes, 7);
}

TEST(AgentLogs, NoLevelIsInfoAndAnUnknownOneIsRefused) {
  EXPECT_EQ(log_rows({{.output = "x"}}, kNow)->levels[0], "info");
  const auto refused = log_rows({{.output = "x", .level = "loud"}}, kNow);

  EXPECT_EQ(refused.error().say, "Invalid log level provided.");
  EXPECT_EQ(refused.error().detail, "invalid log level: \"loud\"");
}

TEST(AgentLogs, AnEmptyLineIsALine) {
  const auto rows = log_rows({{.output = ""}}, kNow);

  EXPECT_EQ(rows->outputs, std::vector<std::string>{""});
  EXPECT_EQ(rows->created_ats[0], kNow);
}

TEST(ConnectionAddress, LocalhostIsAnAddressAndNonsenseIsNone) {
  EXPECT_EQ(address_of("localhost"), "127.0.0.1");
  EXPECT_EQ(address_of("::1"), "::1");
  EXPECT_EQ(address_of("not an ip"), "");
}

}  // namespace
}  // namespace slipway::agents
