#include "cli/schedule.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "api/gen/templates.hpp"
#include "api/gen/workspaces.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "net/server.hpp"

namespace slipway::cli {
namespace {

std::string schedule(std::string_view time, std::string_view days = "*") {
  const auto made = weekly_schedule(time, days, "Europe/Berlin");
  return made ? *made : made.error().fields.at(0).field;
}

TEST(WeeklySchedule, UnderstandsWhatPeopleType) {
  EXPECT_EQ(schedule("9:30AM", "Mon-Fri"), "CRON_TZ=Europe/Berlin 30 9 * * 1-5");
  EXPECT_EQ(schedule("9am"), "CRON_TZ=Europe/Berlin 0 9 * * *");
  EXPECT_EQ(schedule("12:05 am"), "CRON_TZ=Europe/Berlin 5 0 * * *");
  EXPECT_EQ(schedule("12pm"), "CRON_TZ=Europe/Berlin 0 12 * * *");
  EXPECT_EQ(schedule("17:00", "saturday,Sun"), "CRON_TZ=Europe/Berlin 0 17 * * 6,0");
  EXPECT_EQ(schedule("07:00", "1-5"), "CRON_TZ=Europe/Berlin 0 7 * * 1-5");
  EXPECT_EQ(schedule("CRON_TZ=UTC 0 9 * * *", "Mon"), "CRON_TZ=UTC 0 9 * * *");
  EXPECT_EQ(schedule("0 9 * * 1-5"), "0 9 * * 1-5");
}

TEST(WeeklySchedule, SaysWhatItDoesNot) {
  for (const char* time : {"", "soon", "25:00", "9:60", "13pm", "0am", "9", "-1:00", "9:30:00"}) EXPECT_EQ(schedule(time), "time") << time;
  for (const char* days : {"", "someday", "Mon-", "mo", "unmo", "Mon,,Tue"}) EXPECT_EQ(schedule("9am", days), "days") << days;
}

TEST(Span, AddsUpItsUnits) {
  EXPECT_EQ(span_of(std::string_view("90m"), "x"), 90LL * 60000);
  EXPECT_EQ(span_of(std::string_view("1h30m"), "x"), 90LL * 60000);
  EXPECT_EQ(span_of(std::string_view("2d"), "x"), 2LL * 86400000);
  EXPECT_EQ(span_of(std::string_view("0"), "x"), 0);
  for (const char* text : {"", "5", "h", "-1h", "1w", "1h5", "99999999999999999999h"})
    EXPECT_EQ(span_of(std::string_view(text), "x").error().fields.at(0).field, "x") << text;
}

// A server that knows one workspace and one template, and remembers what it was asked.
class Scheduling : public testing::Test {
 protected:
  Scheduling() {
    for (const char* name : {"SLIPWAY_URL", "CODER_URL", "SLIPWAY_SESSION_TOKEN", "CODER_SESSION_TOKEN"}) unsetenv(name);
    EXPECT_TRUE(server_.start());
  }
  ~Scheduling() override {
    auto stop = [](net::Server* server) -> Task<int> {
      co_await server->stop(Milliseconds(1000));
      co_return 0;
    };
    loops_.run(stop(&server_));
    std::filesystem::remove_all(folder_);
  }

  int run(std::vector<std::string> words) {
    std::vector<std::string> all = {"--config-dir", folder_.string(), "--url", "http://127.0.0.1:" + std::to_string(server_.port()),
                                    "--token",      "key-secret"};
    all.insert(all.end(), words.begin(), words.end());
    Program program;
    add_commands(program);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = program.main(all);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  std::map<std::string, std::string> bodies_;
  std::string out_, err_;

 private:
  static std::string workspace() {
    api::Workspace w;
    w.name = "dev";
    w.owner_name = "ana";
    w.autostart_schedule = "CRON_TZ=UTC 0 9 * * *";
    w.ttl_ms = 8 * 3600 * 1000;
    w.latest_build.status = "running";
    w.latest_build.deadline = system_clock().now() + std::chrono::hours(3);
    return api::to_json(w);
  }
  Task<void> handle(net::Exchange& exchange) {
    const std::string request = exchange.request().method + ' ' + std::string(exchange.request().path);
    auto body = co_await exchange.body(1 << 20);
    if (exchange.request().method != "GET") bodies_[request] = body.value_or("");
    std::string answer = "{}";
    if (request.ends_with("/workspace/dev")) answer = workspace();
    if (request.ends_with("/templates/docker")) answer = api::to_json(api::Template{});
    if (request.ends_with("/organizations/default")) answer = R"({"id":"00000000-0000-0000-0000-000000000001"})";
    net::Response response{.status = 200, .body = answer};
    response.headers.set("Content-Type", "application/json");
    co_await exchange.send(std::move(response));
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("slipway-schedule-" + Uuid::random().str());
  aio::Loops loops_{1};
  net::Server server_{loops_, {}, [this](net::Exchange& exchange) { return handle(exchange); }};
};

const std::string kOne = "/api/v2/workspaces/00000000-0000-0000-0000-000000000000";

TEST_F(Scheduling, StartAndStopAreSetAndEnded) {
  EXPECT_EQ(run({"schedule", "start", "dev", "9:30AM", "Mon-Fri", "Europe/Berlin"}), 0) << err_;
  EXPECT_EQ(bodies_["PUT " + kOne + "/autostart"], R"({"schedule":"CRON_TZ=Europe/Berlin 30 9 * * 1-5"})");
  EXPECT_EQ(run({"schedule", "start", "dev", "manual"}), 0) << err_;
  EXPECT_EQ(bodies_["PUT " + kOne + "/autostart"], "{}");
  EXPECT_EQ(run({"schedule", "stop", "dev", "8h"}), 0) << err_;
  EXPECT_EQ(bodies_["PUT " + kOne + "/ttl"], R"({"ttl_ms":28800000})");
  EXPECT_EQ(run({"schedule", "stop", "dev", "manual"}), 0) << err_;
  EXPECT_EQ(bodies_["PUT " + kOne + "/ttl"], R"({"ttl_ms":null})");
  EXPECT_EQ(run({"schedule", "start", "dev", "soon"}), 1);
}

TEST_F(Scheduling, ExtendCountsFromNow) {
  const auto before = system_clock().now();

  EXPECT_EQ(run({"schedule", "extend", "dev", "90m"}), 0) << err_;

  const auto asked = bodies_["PUT " + kOne + "/extend"];
  const auto deadline = parse_rfc3339(asked.substr(13, asked.size() - 15));
  ASSERT_TRUE(deadline) << asked;
  EXPECT_GE(*deadline, before + std::chrono::minutes(89));
  EXPECT_LE(*deadline, system_clock().now() + std::chrono::minutes(90));
}

TEST_F(Scheduling, ShowIsATable) {
  EXPECT_EQ(run({"schedule", "show", "dev"}), 0) << err_;

  EXPECT_NE(out_.find("ana/dev"), std::string::npos) << out_;
  EXPECT_NE(out_.find("CRON_TZ=UTC 0 9 * * *"), std::string::npos);
  EXPECT_NE(out_.find("8h"), std::string::npos);
  EXPECT_NE(out_.find("(in 2h59m)"), std::string::npos) << out_;
}

TEST_F(Scheduling, FavoritesComeAndGo) {
  EXPECT_EQ(run({"favorite", "dev"}), 0) << err_;
  EXPECT_TRUE(bodies_.contains("PUT " + kOne + "/favorite"));
  EXPECT_EQ(run({"unfavorite", "dev"}), 0) << err_;
  EXPECT_TRUE(bodies_.contains("DELETE " + kOne + "/favorite"));
}

TEST_F(Scheduling, ATemplatesSettingsAreSentAsGiven) {
  EXPECT_EQ(run({"templates", "edit", "docker", "--default-ttl", "8h", "--autostop-requirement-weekdays", "saturday,sunday",
                 "--autostop-requirement-weeks", "2", "--autostart-requirement-weekdays", "none", "--allow-user-autostop", "false",
                 "--dormancy-threshold", "7d", "--dormancy-auto-deletion", "30d", "--update-workspace-last-used-at"}),
            0)
      << err_;

  const auto asked = api::from_json<api::UpdateTemplateMeta>(bodies_["PATCH /api/v2/templates/00000000-0000-0000-0000-000000000000"]);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->default_ttl_ms, 8LL * 3600000);
  EXPECT_EQ(asked->autostop_requirement->days_of_week, (std::vector<std::string>{"saturday", "sunday"}));
  EXPECT_EQ(asked->autostop_requirement->weeks, 2);
  EXPECT_TRUE(asked->autostart_requirement->days_of_week.empty());
  EXPECT_EQ(asked->allow_user_autostop, false);
  EXPECT_EQ(asked->allow_user_autostart, std::nullopt);
  EXPECT_EQ(asked->time_til_dormant_ms, 7LL * 86400000);
  EXPECT_EQ(asked->time_til_dormant_autodelete_ms, 30LL * 86400000);
  EXPECT_EQ(asked->update_workspace_last_used_at, true);
  EXPECT_EQ(run({"templates", "edit", "docker", "--allow-user-autostop", "perhaps"}), 1);
}

}  // namespace
}  // namespace slipway::cli
