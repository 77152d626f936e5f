#include "features/jobs/meter.hpp"

#include <gtest/gtest.h>

namespace slipway::jobs {
namespace {

std::string text_of(const Meter& meter) {
  metric::Text text;
  meter.write(text);
  return text.take();
}
bool says(const Meter& meter, std::string_view line) { return text_of(meter).find("\n" + std::string(line) + "\n") != std::string::npos; }

const Time kStart = *parse_rfc3339("2026-11-22T03:04:05Z");

sql::Ended build_of(const std::string& workspace) {
  return {.provisioner = "terraform",
          .started_at = kStart,
          .owner = "ana",
          .workspace = workspace,
          .template_name = "docker",
          .template_version = "v2",
          .transition = "start"};
}

TEST(JobMeter, JobIsCurrentUntilItsDaemonLetsGo) {
  Meter meter(3);

  meter.began("terraform");
  EXPECT_TRUE(says(meter, "coderd_provisionerd_jobs_current{provisioner=\"terraform\"} 1"));
  meter.let_go("terraform");

  EXPECT_TRUE(says(meter, "coderd_provisionerd_num_daemons 3"));
  EXPECT_TRUE(says(meter, "coderd_provisionerd_jobs_current{provisioner=\"terraform\"} 0"));
  EXPECT_EQ(text_of(meter).find("job_timings_seconds_count"), std::string::npos) << "given back is not ended";
}

TEST(JobMeter, AnImportIsCountedAsAJobOnly) {
  Meter meter(1);

  meter.ended({.provisioner = "terraform", .started_at = kStart}, true, kStart + Seconds(20));

  EXPECT_TRUE(says(meter, "coderd_provisionerd_job_timings_seconds_count{provisioner=\"terraform\",status=\"success\"} 1"));
  EXPECT_TRUE(says(meter, "coderd_provisionerd_job_timings_seconds_sum{provisioner=\"terraform\",status=\"success\"} 20"));
  EXPECT_EQ(text_of(meter).find("coderd_workspace_builds_total{"), std::string::npos);
}

TEST(JobMeter, BuildsAreCountedByWorkspaceAndOutcome) {
  Meter meter(1);
  for (const bool succeeded : {true, true, false}) meter.ended(build_of("dev"), succeeded, kStart + Seconds(1));

  const std::string labels =
      "{workspace_owner=\"ana\",workspace_name=\"dev\",template_name=\"docker\",template_version=\"v2\",workspace_transition=\"start\",status=";
  EXPECT_TRUE(says(meter, "coderd_workspace_builds_total" + labels + "\"success\"} 2"));
  EXPECT_TRUE(says(meter, "coderd_workspace_builds_total" + labels + "\"failed\"} 1"));
  EXPECT_TRUE(says(meter,
                   "coderd_provisionerd_workspace_build_timings_seconds_count{template_name=\"docker\",template_version=\"v2\",workspace_transition="
                   "\"start\",status=\"success\"} 2"));
}

// A later start is no creation, and neither is a claim.
TEST(JobMeter, CreationsAreTimedFromWhenTheyWereAskedForAndPoolsApart) {
  Meter meter(1);
  const auto start = [&](std::int32_t stage, std::int32_t number, Seconds took, bool succeeded = true) {
    auto job = build_of("dev");
    job.created_at = kStart;
    job.started_at = kStart + Seconds(1);
    job.organization = "default";
    job.preset = "large";
    job.stage = stage;
    job.build_number = number;
    meter.ended(job, succeeded, kStart + took);
  };
  start(0, 1, Seconds(50));
  start(0, 2, Seconds(1));
  start(0, 1, Seconds(1), false);
  start(1, 1, Seconds(200));
  start(2, 2, Seconds(4));
  start(2, 1, Seconds(6));

  const std::string preset = R"({organization_name="default",template_name="docker",preset_name="large")";
  EXPECT_TRUE(says(meter, "coderd_workspace_creation_total" + preset + "} 1"));
  EXPECT_TRUE(says(meter, "coderd_workspace_creation_duration_seconds_sum" + preset + R"(,type="regular"} 50)"));
  EXPECT_TRUE(says(meter, "coderd_workspace_creation_duration_seconds_count" + preset + R"(,type="regular"} 1)"));
  EXPECT_TRUE(says(meter, "coderd_workspace_creation_duration_seconds_sum" + preset + R"(,type="prebuild"} 200)"));
  EXPECT_TRUE(says(meter, "coderd_workspace_creation_duration_seconds_bucket" + preset + R"(,type="regular",le="60"} 1)"));
}

TEST(JobMeter, WorkspacesBeyondTheMostAreCountedTogether) {
  Meter meter(1);
  for (int i = 0; i < 10050; ++i) meter.ended(build_of(fmt::format("w{}", i)), true, kStart);

  EXPECT_TRUE(says(meter,
                   "coderd_workspace_builds_total{workspace_owner=\"(other)\",workspace_name=\"(other)\",template_name=\"(other)\","
                   "template_version=\"(other)\",workspace_transition=\"start\",status=\"success\"} 50"));
}

}  // namespace
}  // namespace slipway::jobs
