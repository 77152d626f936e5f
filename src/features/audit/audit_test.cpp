#include "http/audit.hpp"
#include "features/audit/journal.hpp"
#include "features/audit/recorder.hpp"
#include "features/sessions/objects.hpp"
#include "features/users/objects.hpp"
#include "features/workspaces/objects.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace slipway::audit {
namespace {

http::AuditObject user(std::vector<http::AuditField> fields) { return {.type = "user", .target = "ana", .fields = std::move(fields)}; }

TEST(AuditDiff, ShowsOnlyWhatDiffers) {
  const auto before = user({{"username", std::string("ana")}, {"name", std::string("Ana")}, {"rbac_roles", std::vector<std::string>{}}});
  const auto after = user({{"username", std::string("ana")}, {"name", std::string("Ana B.")}, {"rbac_roles", std::vector<std::string>{"auditor"}}});

  EXPECT_EQ(http::audit_change(before, after).diff,
            R"({"name":{"old":"Ana","new":"Ana B.","secret":false},"rbac_roles":{"old":[],"new":["auditor"],"secret":false}})");
  EXPECT_EQ(http::audit_change(after, after).diff, "{}");
}

TEST(AuditDiff, ComparesANewObjectWithEmptyValues) {
  const http::AuditObject made{
      .type = "workspace",
      .target = "mine",
      .fields = {
          {"name", std::string("mine")}, {"ttl_ms", std::optional<std::int64_t>(60000)}, {"autostart_schedule", std::optional<std::string>()}}};

  EXPECT_EQ(http::audit_new(made).diff, R"({"name":{"old":"","new":"mine","secret":false},"ttl_ms":{"old":0,"new":60000,"secret":false}})");
  EXPECT_EQ(http::audit_end(made).diff, R"({"name":{"old":"mine","new":"","secret":false},"ttl_ms":{"old":60000,"new":0,"secret":false}})");
}

TEST(AuditDiff, NeverShowsASecretOrWhatNobodyDecidedOn) {
  auto before = user({{"favourite_colour", std::string("red")}}), after = user({{"favourite_colour", std::string("blue")}});
  http::audit_replaced(before, after, "hashed_password");

  EXPECT_EQ(http::audit_change(before, after).diff,
            R"({"favourite_colour":{"old":"","new":"","secret":true},"hashed_password":{"old":"","new":"","secret":true}})");
}

TEST(AuditDiff, OfATypeThatNobodyDeclaredShowsNoValue) {
  const http::AuditObject made{.type = "weather", .fields = {{"sky", std::string("blue")}}};

  EXPECT_EQ(http::audit_new(made).diff, R"({"sky":{"old":"","new":"","secret":true}})");
}

TEST(AuditTrail, ARouteIsAboutWhatItsPatternNamesLast) {
  EXPECT_EQ(http::trail_type_of("/api/v2/users/{user}/password"), "user");
  EXPECT_EQ(http::trail_type_of("/api/v2/users/{user}/keys/{keyid}"), "api_key");
  EXPECT_EQ(http::trail_type_of("/api/v2/users/login"), "api_key") << "the longer of two that end at one place";
  EXPECT_EQ(http::trail_type_of("/api/v2/users/{user}/workspaces"), "workspace");
  EXPECT_EQ(http::trail_type_of("/api/v2/workspaces/{workspace}/builds"), "workspace_build");
  EXPECT_EQ(http::trail_type_of("/api/v2/weather"), "");
}

TEST(AuditTrailDeathTest, ATypeIsDeclaredOnce) { EXPECT_DEATH(http::Trail({.type = "user"}), "declared twice"); }

TEST(AuditDiff, TakesNoTextThatTheDatabaseRefuses) {
  EXPECT_EQ(http::storable("curl/8.5"), "curl/8.5");
  EXPECT_EQ(http::storable(std::string("a\0b", 3)), "ab");
  EXPECT_EQ(http::storable("\xff!").find('\xff'), std::string::npos);
  EXPECT_EQ(http::storable(std::string(1000, 'x')).size(), 256u);
}

struct AuditJournal : ::testing::Test {
  AuditJournal() {
    char made[] = "/tmp/slipway-journal-XXXXXX";
    folder = ::mkdtemp(made);
  }
  ~AuditJournal() override { std::filesystem::remove_all(folder); }

  static store::TrailLine line(const std::string& target) {
    store::TrailLine one{.id = AuditId::random(),
                         .time = *parse_rfc3339("2026-03-04T05:06:07.000008Z"),
                         .request = RequestId::random(),
                         .ip = "192.0.2.7",
                         .user_agent = "curl \"8\"\n",
                         .status = 403};
    one.trace = {.resource_type = "user",
                 .resource_id = Uuid::random(),
                 .target = target,
                 .icon = "/i.png",
                 .organization = OrganizationId::random(),
                 .action = "write",
                 .diff = R"({"name":{"old":"a","new":"b","secret":false}})",
                 .additional = R"({"n":1})",
                 .user = UserId::random()};
    return one;
  }
  std::string only_file() const {
    std::string found;
    for (const auto& one : std::filesystem::directory_iterator(folder)) found = one.path().string();
    return found;
  }

  std::string folder;
};

TEST_F(AuditJournal, GivesBackEveryFieldOfALine) {
  Journal journal(folder + "/audit");
  const auto wrote = line("ana");

  ASSERT_TRUE(journal.append(wrote));
  auto ended = journal.take();

  ASSERT_EQ(ended.size(), 1u);
  ASSERT_EQ(ended[0].lines.size(), 1u);
  const auto& read = ended[0].lines[0];
  EXPECT_EQ(read.id, wrote.id);
  EXPECT_EQ(read.time, wrote.time);
  EXPECT_EQ(read.request, wrote.request);
  EXPECT_EQ(read.ip, wrote.ip);
  EXPECT_EQ(read.user_agent, wrote.user_agent);
  EXPECT_EQ(read.status, wrote.status);
  EXPECT_EQ(read.trace.resource_type, wrote.trace.resource_type);
  EXPECT_EQ(read.trace.resource_id, wrote.trace.resource_id);
  EXPECT_EQ(read.trace.target, wrote.trace.target);
  EXPECT_EQ(read.trace.icon, wrote.trace.icon);
  EXPECT_EQ(read.trace.organization, wrote.trace.organization);
  EXPECT_EQ(read.trace.action, wrote.trace.action);
  EXPECT_EQ(read.trace.diff, wrote.trace.diff);
  EXPECT_EQ(read.trace.additional, wrote.trace.additional);
  EXPECT_EQ(read.trace.user, wrote.trace.user);
  journal.forget(ended[0]);
  EXPECT_TRUE(journal.take().empty());
}

TEST_F(AuditJournal, KeepsLinesThatTheDatabaseDidNotTake) {
  Journal journal(folder);
  ASSERT_TRUE(journal.append(line("first")));
  auto ended = journal.take();
  ASSERT_EQ(ended.size(), 1u);

  journal.leave(ended[0]);
  ASSERT_TRUE(journal.append(line("second")));
  auto again = journal.take();

  EXPECT_EQ(again.size(), 2u);
  for (auto& one : again) journal.forget(one);
}

TEST_F(AuditJournal, LeavesTheFileOfALivingServerAlone) {
  Journal here(folder), there(folder);
  ASSERT_TRUE(there.append(line("theirs")));

  EXPECT_TRUE(here.take().empty());
  auto own = there.take();
  ASSERT_EQ(own.size(), 1u);
  there.forget(own[0]);
}

TEST_F(AuditJournal, HasTheLinesOfAKilledServer) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Journal journal(folder);
    const bool kept = journal.append(line("killed")).has_value();
    (void)!::write(ready[1], kept ? "y" : "n", 1);
    ::pause();
    ::_exit(1);
  }
  char kept = 0;
  ASSERT_EQ(::read(ready[0], &kept, 1), 1);
  ASSERT_EQ(kept, 'y');
  Journal here(folder);
  EXPECT_TRUE(here.take().empty());  // it lives
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);

  auto ended = here.take();

  ASSERT_EQ(ended.size(), 1u);
  ASSERT_EQ(ended[0].lines.size(), 1u);
  EXPECT_EQ(ended[0].lines[0].trace.target, "killed");
  here.forget(ended[0]);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(AuditJournal, SkipsALineThatWasCutOff) {
  {
    Journal journal(folder);
    ASSERT_TRUE(journal.append(line("whole")));
  }
  std::ofstream(only_file(), std::ios::app) << R"({"id":"half of a li)";

  Journal journal(folder);
  auto ended = journal.take();

  ASSERT_EQ(ended.size(), 1u);
  ASSERT_EQ(ended[0].lines.size(), 1u);
  EXPECT_EQ(ended[0].lines[0].trace.target, "whole");
  journal.forget(ended[0]);
}

TEST_F(AuditJournal, RefusesMoreThanItsLimitAndWhatTheDiskRefuses) {
  Journal small(folder, 600);
  ASSERT_TRUE(small.append(line("fits")));
  EXPECT_FALSE(small.append(line("does not")));
  std::ofstream(folder + "/file") << "not a folder";

  Journal nowhere(folder + "/file");
  EXPECT_FALSE(nowhere.append(line("nowhere")));
}

}  // namespace
}  // namespace slipway::audit
