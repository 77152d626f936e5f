#include "provisioner/wire.hpp"
#include "provisioner/test_sink.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "provisioner/plan_reader.hpp"

namespace slipway::provisioner {
namespace {

JobInput whole_job() {
  auto job = job_of(JobKind::build, archive_of({{"main.tf", "# \xc3\xa4"}}), Transition::destroy);
  job.engine = "replay";
  job.variables = {{"region", "eu", false}, {"secret", "s3cret", true}};
  job.parameters = {{"cpus", "2"}};
  job.previous_parameters = {{"cpus", "1"}};
  job.state = pack("{\"version\":4}") + std::string("\0\xff", 2);
  job.agent_scripts = {{"linux_amd64", "#!/bin/sh\n"}};
  job.log_level = "debug";
  job.check_plan = true;
  auto& w = job.workspace;
  w.build_number = 7;
  w.prebuild = Prebuild::claim;
  w.owner.groups = {"everyone", "gpu"};
  w.owner.roles = {{"owner", ""}, {"member", "o"}};
  w.owner.ssh_private_key = Secret("private");
  w.owner.session_token = Secret("token");
  w.external_auth = {{"github", Secret("gh")}};
  w.running_agent_tokens = {{"a", Secret("t")}};
  w.task_id = "task";
  w.task_prompt = "Do it.";
  return job;
}

TEST(Wire, JobArrivesAsItWasSent) {
  const auto job = whole_job();
  const auto text = wire::encode(job);

  const auto got = wire::decode<JobInput>(text);

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(wire::encode(*got), text);
  EXPECT_EQ(got->id, job.id);
  EXPECT_EQ(got->archive, job.archive);
  EXPECT_EQ(got->state, job.state);
  EXPECT_EQ(got->workspace.transition, Transition::destroy);
  EXPECT_EQ(got->workspace.prebuild, Prebuild::claim);
  EXPECT_EQ(got->workspace.owner.ssh_private_key.reveal(), "private");
  EXPECT_TRUE(got->variables.at(1).sensitive);
  EXPECT_EQ(got->agent_scripts.at("linux_amd64"), "#!/bin/sh\n");
}

// The recording holds every kind of thing a template can declare.
TEST(Wire, ResultArrivesAsItWasSent) {
  std::ifstream in(SLIPWAY_SOURCE_DIR "/tests/golden/provisioner/everything/plan.json");
  std::ostringstream plan;
  plan << in.rdbuf();
  wire::End end{.outcome = read({.plan = plan.str()}).value(), .failure = Failure{"No more room.", std::string(kInsufficientQuota), true}};
  end.outcome.state = pack("state");
  end.outcome.timings.push_back({"apply", "coder", "create", "coder_agent.main", Time(Seconds(1)), Time(Seconds(2))});
  end.outcome.replacements.push_back({"a.b", {"x", "y"}});
  ASSERT_FALSE(end.outcome.resources.empty());
  ASSERT_FALSE(end.outcome.presets.empty());
  const auto text = wire::encode(end);

  const auto got = wire::decode<wire::End>(text);

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(wire::encode(*got), text);
  EXPECT_EQ(got->outcome.state, end.outcome.state);
  EXPECT_EQ(got->outcome.parameters.size(), end.outcome.parameters.size());
  EXPECT_EQ(got->outcome.parameters.at(5).validation_max, 8);
  EXPECT_EQ(got->outcome.timings.at(0).ended_at, Time(Seconds(2)));
  ASSERT_TRUE(got->failure);
  EXPECT_EQ(got->failure->code, kInsufficientQuota);
  EXPECT_TRUE(got->failure->cancelled);
}

TEST(Wire, AVerdictBringsItsLines) {
  const wire::Verdict verdict{
      .failure = Failure{"insufficient quota", std::string(kInsufficientQuota), false},
      .lines = {{Time(Seconds(1)), LogSource::provisioner_daemon, LogLevel::warn, "Commit quota", "Build cost       —   10"}}};

  const auto got = wire::decode<wire::Verdict>(wire::encode(verdict));
  const auto older = wire::decode<wire::Verdict>(R"({"failure":null})");

  ASSERT_TRUE(got) << got.error().say;
  ASSERT_EQ(got->lines.size(), 1U);
  EXPECT_EQ(got->lines[0].output, "Build cost       —   10");
  EXPECT_EQ(got->failure->say, "insufficient quota");
  ASSERT_TRUE(older);
  EXPECT_FALSE(older->failure);
  EXPECT_TRUE(older->lines.empty());
}

TEST(Wire, WhatAnotherReleaseAddsOrLeavesOutDoesNoHarm) {
  const auto got = wire::decode<wire::End>(R"({"outcome":{"readme":"x","invented":[1,{"a":2}]}})");

  ASSERT_TRUE(got) << got.error().say;
  EXPECT_EQ(got->outcome.readme, "x");
  EXPECT_FALSE(got->failure);
}

TEST(Wire, WrongFieldsAreNamed) {
  const auto fields = [](std::string_view text) {
    const auto got = wire::decode<wire::End>(text);
    if (got) return std::string("read");
    std::string names;
    for (const auto& fault : got.error().fields) names += fault.field + ": " + fault.detail + ";";
    return names;
  };

  EXPECT_EQ(fields(R"({"outcome":{"resources":[{"daily_cost":3000000000}]}})"), "outcome.resources[0].daily_cost: must be a number of 32 bits;");
  EXPECT_EQ(fields(R"({"outcome":{"state":"%%%"}})"), "outcome.state: must be base64;");
  EXPECT_EQ(fields(R"({"outcome":{"readme":"a\u0000b"}})"), "outcome.readme: must not hold a NUL character;");
  EXPECT_NE(fields(R"({"outcome":7})"), "read");
  EXPECT_EQ(wire::decode<wire::Lines>(R"({"lines":[{"level":"loud"}]})").error().fields.at(0).detail,
            "must be one of trace, debug, info, warn, error");
  EXPECT_FALSE(wire::decode<JobInput>("{"));
}

}  // namespace
}  // namespace slipway::provisioner
