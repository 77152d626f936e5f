#include "features/provisioning/meter.hpp"

#include <gtest/gtest.h>

namespace slipway::provisioning {
namespace {

std::string text_of(const Meter& meter) {
  metric::Text text;
  meter.write(text);
  return text.take();
}
bool says(const Meter& meter, std::string_view line) { return text_of(meter).find("\n" + std::string(line) + "\n") != std::string::npos; }

TEST(JobMeter, JobIsCurrentUntilItEnds) {
  Meter meter(3);
  const auto job = JobId::random();

  meter.began(job, "terraform");
  EXPECT_TRUE(says(meter, "coderd_provisionerd_jobs_current{provisioner=\"terraform\"} 1"));
  meter.ended(job, true, nullptr);
  meter.ended(job, true, nullptr);  // told twice, counted once

  EXPECT_TRUE(says(meter, "coderd_provisionerd_num_daemons 3"));
  EXPECT_TRUE(says(meter, "coderd_provisionerd_jobs_current{provisioner=\"terraform\"} 0"));
  EXPECT_TRUE(says(meter, "coderd_provisionerd_job_timings_seconds_count{provisioner=\"terraform\",status=\"success\"} 1"));
}

TEST(JobMeter, BuildsAreCountedByWorkspaceAndOutcome) {
  Meter meter(1);
  const Meter::Build build{.owner = "ana", .workspace = "dev", .template_name = "docker", .template_version = "v2", .transition = "start"};
  for (const bool succeeded : {true, true, false}) {
    const auto job = JobId::random();
    meter.began(job, "terraform");
    meter.ended(job, succeeded, &build);
  }

  const std::string labels =
      "{workspace_owner=\"ana\",workspace_name=\"dev\",template_name=\"docker\",template_version=\"v2\",workspace_transition=\"start\",status=";
  EXPECT_TRUE(says(meter, "coderd_workspace_builds_total" + labels + "\"success\"} 2"));
  EXPECT_TRUE(says(meter, "coderd_workspace_builds_total" + labels + "\"failed\"} 1"));
  EXPECT_TRUE(says(meter,
                   "coderd_provisionerd_workspace_build_timings_seconds_count{template_name=\"docker\",template_version=\"v2\",workspace_transition="
                   "\"start\",status=\"success\"} 2"));
}

TEST(JobMeter, WorkspacesBeyondTheMostAreCountedTogether) {
  Meter meter(1);
  for (int i = 0; i < 10050; ++i) {
    const Meter::Build build{
        .owner = "ana", .workspace = fmt::format("w{}", i), .template_name = "t", .template_version = "v", .transition = "start"};
    const auto job = JobId::random();
    meter.began(job, "replay");
    meter.ended(job, true, &build);
  }

  EXPECT_TRUE(says(meter,
                   "coderd_workspace_builds_total{workspace_owner=\"(other)\",workspace_name=\"(other)\",template_name=\"(other)\","
                   "template_version=\"(other)\",workspace_transition=\"start\",status=\"success\"} 50"));
}

}  // namespace
}  // namespace slipway::provisioning
