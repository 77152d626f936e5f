// What the builds of a pool read, and what a claim keeps and replaces: with the real OpenTofu and provider, as ./dev builds them.
#include "provisioner/terraform_rig_test.hpp"

#include <fmt/ranges.h>

namespace slipway::provisioner {
namespace {

const char* kHead = R"(
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
)";

struct TerraformPool : RealTofu {
  TerraformPool() : RealTofu("pool") { options.isolation = Isolation::off; }

  Finished run(const JobInput& input) {
    if (!engine) engine = make_terraform_engine(options);
    sink = {};
    return run_job(*engine, input, sink);
  }

  std::unique_ptr<Engine> engine;
};

TEST_F(TerraformPool, StagesOfAPoolAreWhatTheTemplateReads) {
  const auto archive = archive_of({{"main.tf", std::string(kHead) + R"(
data "coder_workspace_owner" "me" {}
resource "terraform_data" "machine" {
  input = "${data.coder_workspace.me.is_prebuild} ${data.coder_workspace.me.is_prebuild_claim} ${data.coder_workspace.me.prebuild_count} ${data.coder_workspace.me.start_count} ${data.coder_workspace_owner.me.name}"
}
resource "coder_metadata" "m" {
  resource_id = terraform_data.machine.id
  item {
    key   = "input"
    value = terraform_data.machine.output
  }
}
)"}});
  const auto seen = [&](Prebuild stage, const std::string& owner) {
    auto input = job_of(JobKind::build, archive);
    input.workspace.prebuild = stage;
    input.workspace.owner.name = owner;
    const auto done = run(input);
    const auto machine = std::ranges::find(done.outcome.resources, "machine", &Resource::name);
    return machine != done.outcome.resources.end() && !machine->metadata.empty() ? machine->metadata[0].value : say(done) + sink.all();
  };

  EXPECT_EQ(seen(Prebuild::none, "ana"), "false false 0 1 ana");
  EXPECT_EQ(seen(Prebuild::create, "prebuilds"), "true false 1 1 prebuilds");
  EXPECT_EQ(seen(Prebuild::claim, "ana"), "false true 0 1 ana");
}

// Two machines, one of which is made anew where the owner's name is another; and what the agent gets of the owner.
const char* kNamesItsOwner = R"(
data "coder_workspace_owner" "me" {}
resource "coder_env" "owner" {
  agent_id = coder_agent.main.id
  name     = "OWNER"
  value    = data.coder_workspace_owner.me.name
}
resource "terraform_data" "machine" {
  input = coder_agent.main.token
}
resource "terraform_data" "named" {
  triggers_replace = data.coder_workspace_owner.me.name
}
)";

TEST_F(TerraformPool, AClaimKeepsTheTokenAndSaysWhatItMustReplace) {
  auto input = job_of(JobKind::build, archive_of({{"main.tf", std::string(kHead) + kNamesItsOwner}}));
  input.workspace.prebuild = Prebuild::create;
  input.workspace.owner.name = "prebuilds";
  const auto made = run(input);
  ASSERT_TRUE(made.ok()) << say(made) << "\n" << sink.all();
  const auto machine = std::ranges::find(made.outcome.resources, "terraform_data.machine", &Resource::address);
  ASSERT_NE(machine, made.outcome.resources.end());
  const auto token = machine->agents.at(0).token.reveal();
  EXPECT_TRUE(made.outcome.replacements.empty());

  input.id = JobId::random();
  input.state = made.outcome.state;
  input.workspace.prebuild = Prebuild::claim;
  input.workspace.owner.name = "ana";
  input.workspace.running_agent_tokens.push_back({machine->agents[0].id, Secret(token)});
  const auto claimed = run(input);

  ASSERT_TRUE(claimed.ok()) << say(claimed) << "\n" << sink.all();
  ASSERT_EQ(claimed.outcome.replacements.size(), 1U);
  EXPECT_EQ(claimed.outcome.replacements[0].resource, "terraform_data.named");
  EXPECT_EQ(claimed.outcome.replacements[0].paths, std::vector<std::string>{"triggers_replace"});
  const auto after = std::ranges::find(claimed.outcome.resources, "terraform_data.machine", &Resource::address);
  ASSERT_NE(after, claimed.outcome.resources.end());
  EXPECT_EQ(after->agents.at(0).token.reveal(), token);
  const auto warns = [](const LogLine& line) { return line.level == LogLevel::warn && line.output.find("# forces replacement") != line.output.npos; };
  EXPECT_TRUE(std::ranges::any_of(sink.lines, warns)) << sink.all();
}

TEST_F(TerraformPool, WhatAClaimWouldReplaceIsForeseenAtImport) {
  const std::string preset = R"(
data "coder_workspace_preset" "p" {
  name = "P"
  prebuilds {
    instances = 1
  }
}
)";

  const auto with_pool = run(job_of(JobKind::import, archive_of({{"main.tf", std::string(kHead) + kNamesItsOwner + preset}})));
  const auto said = sink.all();
  const auto without = run(job_of(JobKind::import, archive_of({{"main.tf", std::string(kHead) + kNamesItsOwner}})));

  ASSERT_TRUE(with_pool.ok()) << say(with_pool) << said;
  EXPECT_NE(said.find("would replace terraform_data.named, because of triggers_replace"), std::string::npos) << said;
  EXPECT_EQ(said.find("would replace terraform_data.machine"), std::string::npos) << said;
  ASSERT_EQ(with_pool.outcome.replacements.size(), 1U);
  EXPECT_EQ(with_pool.outcome.replacements[0].resource, "terraform_data.named");
  EXPECT_EQ(with_pool.outcome.replacements[0].paths, std::vector<std::string>{"triggers_replace"});
  ASSERT_TRUE(without.ok()) << say(without);
  EXPECT_FALSE(sink.has("would replace"));
  EXPECT_TRUE(without.outcome.replacements.empty());
}

// An agent whose own attributes say whose it is becomes another one, and what holds its token goes with it.
TEST_F(TerraformPool, AnAgentThatNamesItsOwnerIsForeseenAndAVariableBesideItIsNot) {
  const auto foreseen = [&](const std::string& agent, const std::string& more) {
    const auto done = run(job_of(JobKind::import, archive_of({{"main.tf", R"(
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace_owner" "me" {}
data "coder_workspace_preset" "p" {
  name = "P"
  prebuilds {
    instances = 1
  }
}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
)" + agent + R"(
}
resource "terraform_data" "machine" {
  triggers_replace = [coder_agent.main.token]
}
)" + more}})));
    EXPECT_TRUE(done.ok()) << say(done) << sink.all();
    std::string out;
    for (const auto& one : done.outcome.replacements)
      if (one.resource == "coder_agent.main") out += fmt::format("{} ", fmt::join(one.paths, ","));
    return out;
  };

  EXPECT_EQ(foreseen("env = { GIT_AUTHOR_NAME = data.coder_workspace_owner.me.name }", ""), "env ");
  EXPECT_EQ(foreseen("startup_script = \"echo ${data.coder_workspace_owner.me.name}\"", ""), "startup_script ");
  EXPECT_EQ(foreseen("env = { EDITOR = \"vi\" }", R"(
resource "coder_env" "git_author_name" {
  agent_id = coder_agent.main.id
  name     = "GIT_AUTHOR_NAME"
  value    = data.coder_workspace_owner.me.name
}
)"),
            "");
}

TEST_F(TerraformPool, SeveralAgentsAreWarnedOfAtImport) {
  const std::string second = R"(
resource "coder_agent" "other" {
  os   = "linux"
  arch = "amd64"
}
resource "terraform_data" "machine" {
  input = [coder_agent.main.token, coder_agent.other.token]
}
)";
  const std::string preset = R"(
data "coder_workspace_preset" "p" {
  name = "P"
  prebuilds {
    instances = 1
  }
}
)";
  const auto warned = [&](const std::string& more) {
    const auto done = run(job_of(JobKind::import, archive_of({{"main.tf", kHead + more}})));
    EXPECT_TRUE(done.ok()) << say(done) << sink.all();
    return sink.has("have several agents");
  };

  EXPECT_TRUE(warned(second + preset));
  EXPECT_FALSE(warned(second));
  EXPECT_FALSE(warned(preset));
}

}  // namespace
}  // namespace slipway::provisioner
