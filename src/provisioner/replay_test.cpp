#include "provisioner/plan_reader.hpp"
#include "provisioner/test_sink.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace slipway::provisioner {
namespace {

const char* kPlan = R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[
  {"address":"coder_agent.main","mode":"managed","type":"coder_agent","name":"main","values":{"os":"linux","arch":"amd64"}},
  {"address":"box.b","mode":"managed","type":"box","name":"b","values":{"label":"${slipway.workspace_name} of ${slipway.owner_name}"}}]}},
  "configuration":{"root_module":{"resources":[{"address":"box.b","expressions":{"t":{"references":["coder_agent.main.token"]}}}]}}})";

const Agent& only_agent(const Finished& done) { return done.outcome.resources.at(0).agents.at(0); }

TEST(Replay, BuildAnswersFromTheRecordingWithFreshTokens) {
  const auto input = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}, {"README.md", "# Hi"}}));
  const auto engine = make_replay_engine();
  TestSink sink;

  const auto first = run_job(*engine, input, sink);
  const auto second = run_job(*engine, input, sink);

  ASSERT_TRUE(first.ok()) << first.failure->say;
  EXPECT_TRUE(Uuid::parse(only_agent(first).token.reveal()));
  EXPECT_NE(only_agent(first).token.reveal(), only_agent(second).token.reveal());
  EXPECT_NE(unpack(first.outcome.state).value().find("dev of ana"), std::string::npos);
  EXPECT_EQ(first.outcome.readme, "# Hi");
}

TEST(Replay, ClaimKeepsTheRunningToken) {
  auto input = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}}));
  input.workspace.prebuild = Prebuild::claim;
  input.workspace.running_agent_tokens.push_back({"a", Secret("11111111-1111-4111-8111-111111111111")});
  TestSink sink;

  const auto done = run_job(*make_replay_engine(), input, sink);

  EXPECT_EQ(only_agent(done).token.reveal(), "11111111-1111-4111-8111-111111111111");
}

TEST(Replay, StopKeepsTheStateAndDeleteDropsIt) {
  auto stop = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}}), Transition::stop);
  stop.state = pack("{}");
  auto destroy = stop;
  destroy.workspace.transition = Transition::destroy;
  TestSink sink;

  const auto stopped = run_job(*make_replay_engine(), stop, sink);
  const auto destroyed = run_job(*make_replay_engine(), destroy, sink);

  EXPECT_EQ(stopped.outcome.state, stop.state);
  EXPECT_TRUE(stopped.outcome.resources.empty());
  EXPECT_TRUE(destroyed.ok());
  EXPECT_TRUE(destroyed.outcome.state.empty());
}

TEST(Replay, LogLinesKeepStageAndLevel) {
  const auto input = job_of(
      JobKind::import, archive_of({{"replay/import.json", kPlan}, {"replay/import.log.ndjson", R"({"stage":"One","level":"warn","output":"careful"}
{"output":"more"}
)"}}));
  TestSink sink;

  const auto done = run_job(*make_replay_engine(), input, sink);

  ASSERT_TRUE(done.ok());
  EXPECT_TRUE(sink.has("[One] warn careful\n[One] info more\n")) << sink.all();
  EXPECT_EQ(sink.stages(), "Setting up;Detecting persistent resources;One;Cleaning Up;");
  EXPECT_TRUE(unpack(done.outcome.plan_json).value().starts_with("{\"format_version\""));
}

TEST(Replay, SensitiveValuesAreMaskedInTheLogAndInTheReason) {
  const auto* plan = R"({"format_version":"1.2","configuration":{"root_module":{"variables":{
    "password":{"sensitive":true},"token":{"sensitive":true,"default":"token-by-default"},"region":{}}}}})";
  auto input = job_of(JobKind::import, archive_of({{"replay/import.json", plan},
                                                   {"replay/log.ndjson", R"({"output":"hunter2-secret and token-by-default in eu-north"})"},
                                                   {"replay/options.json", R"({"fail":"refused hunter2-secret"})"}}));
  input.variables = {{"password", "hunter2-secret"}, {"region", "eu-north"}};
  TestSink sink;

  const auto done = run_job(*make_replay_engine(), input, sink);

  EXPECT_TRUE(sink.has("*** and *** in eu-north")) << sink.all();
  EXPECT_FALSE(sink.has("hunter2")) << sink.all();
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.failure->say, "refused ***");
}

TEST(Replay, FailureLoadAndCancelAreOptions) {
  const auto failing = job_of(
      JobKind::build, archive_of({{"replay/options.json", R"({"fail":"no more machines","error_code":"INSUFFICIENT_QUOTA","fail_on":["start"]})"}}));
  auto loud = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}}));
  loud.parameters = {{"replay_log_lines", "2500"}};
  auto slow = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}, {"replay/options.json", R"({"delay_ms":3600000})"}}));
  slow.state = pack("before");
  TestSink one;
  TestSink two;
  TestSink three;

  const auto failed = run_job(*make_replay_engine(), failing, one);
  const auto spoken = run_job(*make_replay_engine(), loud, two);
  const auto stopped = run_job(*make_replay_engine(), slow, three, [](Cancel& cancel) { cancel.ask(); });

  EXPECT_EQ(failed.failure->say, "no more machines");
  EXPECT_EQ(failed.failure->code, kInsufficientQuota);
  EXPECT_TRUE(spoken.ok());
  EXPECT_GE(two.lines.size(), 2500U);
  EXPECT_TRUE(stopped.failure->cancelled);
  EXPECT_EQ(stopped.outcome.state, slow.state);
}

TEST(Replay, QuotaRefusalStopsTheBuildAndUnusableArchivesSayWhy) {
  auto input = job_of(JobKind::build, archive_of({{"replay/import.json", kPlan}}));
  input.check_plan = true;
  TestSink sink;
  sink.refuse = Failure{"Too dear.", std::string(kInsufficientQuota), false};
  TestSink other;

  EXPECT_EQ(run_job(*make_replay_engine(), input, sink).failure->say, "Too dear.");
  EXPECT_NE(run_job(*make_replay_engine(), job_of(JobKind::import, archive_of({{"main.tf", ""}})), other).failure->say.find("replay/import.json"),
            std::string::npos);
  EXPECT_NE(run_job(*make_replay_engine(), job_of(JobKind::import, "not an archive"), other).failure->say.find("neither a tar nor a zip"),
            std::string::npos);
}

TEST(State, PackingIsSmallerReversibleAndBounded) {
  const std::string state(100000, 's');

  EXPECT_LT(pack(state).size(), 2000U);
  EXPECT_EQ(unpack(pack(state)).value(), state);
  EXPECT_EQ(unpack("{\"version\":4}").value(), "{\"version\":4}");
  EXPECT_EQ(unpack(pack(state), 1000).error().code, Code::too_large);
  EXPECT_EQ(unpack(pack(state).substr(0, 50)).error().code, Code::invalid);
  EXPECT_EQ(pack(""), "");
}

}  // namespace
}  // namespace slipway::provisioner
