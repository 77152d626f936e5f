// The real OpenTofu and the real coder/coder provider, as ./dev builds them.
#include "aio/subprocess.hpp"
#include "base/descriptor.hpp"
#include "provisioner/terraform_rig_test.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <cstdlib>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

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
const char* kMachine = R"(
resource "terraform_data" "machine" {
  count = data.coder_workspace.me.start_count
  input = coder_agent.main.token
}
)";

struct TerraformEngine : RealTofu {
  TerraformEngine() : RealTofu("terraform") { options.isolation = Isolation::off; }  // isolated ones have tests of their own

  Finished run(const JobInput& input, std::function<void(Cancel&)> at_start = {}) {
    if (!engine) engine = make_terraform_engine(options);
    sink = {};
    sink.on_line = on_line;
    return run_job(*engine, input, sink, std::move(at_start));
  }
  Finished run(JobKind kind, const std::string& main_tf, Transition transition = Transition::start) {
    return run(job_of(kind, archive_of({{"main.tf", main_tf}}), transition));
  }

  std::unique_ptr<Engine> engine;
  std::function<void(const LogLine&)> on_line;
};

TEST_F(TerraformEngine, ImportReadsEveryKindOfBlock) {
  const std::string golden = SLIPWAY_SOURCE_DIR "/tests/golden/provisioner/everything/";
  auto input = job_of(
      JobKind::import,
      archive_of({{"main.tf", slurp(golden + "main.tf")}, {"machine/main.tf", slurp(golden + "machine/main.tf")}, {"README.md", "# Read me"}}));
  input.variables = {{"password", "hunter2-secret", true}};
  input.agent_scripts["linux_amd64"] = "echo ${ACCESS_URL}";

  const auto done = run(input);

  ASSERT_TRUE(done.ok()) << say(done) << "\n" << sink.all();
  EXPECT_EQ(done.outcome.parameters.size(), 7U);
  EXPECT_EQ(done.outcome.presets.size(), 1U);
  EXPECT_EQ(done.outcome.variables.size(), 4U);
  EXPECT_EQ(done.outcome.external_auth.size(), 2U);
  EXPECT_TRUE(done.outcome.has_ai_task);
  EXPECT_EQ(done.outcome.readme, "# Read me");
  EXPECT_FALSE(done.outcome.plan_json.empty());
  const auto box = std::ranges::find(done.outcome.resources, "terraform_data.box[0]", &Resource::address);
  ASSERT_NE(box, done.outcome.resources.end());
  ASSERT_EQ(box->agents.size(), 1U);
  EXPECT_EQ(box->agents[0].apps.size(), 3U);
  EXPECT_EQ(sink.stages(), "Setting up;Detecting persistent resources;Cleaning Up;");
  EXPECT_FALSE(sink.has("hunter2")) << sink.all();
  EXPECT_TRUE(sink.has("coder_agent.main: Plan to create"));
}

TEST_F(TerraformEngine, WorkspaceStartsStopsAndGoes) {
  auto input = job_of(JobKind::build, archive_of({{"main.tf", std::string(kHead) + kMachine}}));

  const auto started = run(input);
  ASSERT_TRUE(started.ok()) << say(started) << "\n" << sink.all();
  EXPECT_EQ(sink.stages(), "Setting up;Planning infrastructure;Starting workspace;Cleaning Up;");
  ASSERT_EQ(started.outcome.resources.size(), 1U);
  ASSERT_EQ(started.outcome.resources[0].agents.size(), 1U);
  EXPECT_EQ(started.outcome.resources[0].agents[0].token.reveal().size(), 36U);
  EXPECT_FALSE(started.outcome.timings.empty());

  input.id = JobId::random();
  input.state = started.outcome.state;
  input.workspace.transition = Transition::stop;
  const auto stopped = run(input);
  ASSERT_TRUE(stopped.ok()) << say(stopped);
  EXPECT_TRUE(sink.has("come from the cache")) << sink.all();
  for (const auto& resource : stopped.outcome.resources) EXPECT_TRUE(resource.agents.empty());
  EXPECT_FALSE(sink.has(started.outcome.resources[0].agents[0].token.reveal()));

  input.id = JobId::random();
  input.state = stopped.outcome.state;
  input.workspace.transition = Transition::destroy;
  const auto gone = run(input);
  ASSERT_TRUE(gone.ok()) << say(gone);
  EXPECT_TRUE(gone.outcome.state.empty());
  EXPECT_TRUE(sink.has("Deleting workspace"));

  input.id = JobId::random();
  input.state.clear();
  EXPECT_TRUE(run(input).ok());
  EXPECT_TRUE(sink.has("nothing is to be deleted"));
}

TEST_F(TerraformEngine, ParametersAndClaimReachTheProvider) {
  auto input = job_of(JobKind::build, archive_of({{"main.tf", std::string(kHead) + R"(
data "coder_parameter" "size" {
  name    = "size"
  default = "small"
}
data "coder_workspace_owner" "me" {}
resource "terraform_data" "machine" {
  input = "${data.coder_parameter.size.value} ${data.coder_workspace_owner.me.name} ${data.coder_workspace.me.is_prebuild_claim} ${coder_agent.main.init_script}"
}
resource "coder_metadata" "m" {
  resource_id = terraform_data.machine.id
  daily_cost  = 12
  item {
    key   = "input"
    value = terraform_data.machine.output
  }
}
)"}}));
  input.parameters = {{"size", "large"}};
  input.workspace.prebuild = Prebuild::claim;
  input.workspace.running_agent_tokens.push_back({"", Secret("11111111-1111-4111-8111-111111111111")});
  input.agent_scripts["linux_amd64"] = "go ${ACCESS_URL}";
  input.check_plan = true;

  const auto done = run(input);

  ASSERT_TRUE(done.ok()) << say(done) << "\n" << sink.all();
  ASSERT_EQ(done.outcome.resources.size(), 1U);
  EXPECT_EQ(done.outcome.resources[0].metadata.at(0).value, "large ana true go http://127.0.0.1:7080/");
  EXPECT_EQ(done.outcome.resources[0].agents.at(0).token.reveal(), "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(sink.planned_cost, 12);
}

TEST_F(TerraformEngine, RefusedQuotaStopsBeforeApply) {
  auto input = job_of(JobKind::build, archive_of({{"main.tf", std::string(kHead) + kMachine}}));
  input.check_plan = true;
  engine = make_terraform_engine(options);
  sink.refuse = Failure{"The budget is spent.", std::string(kInsufficientQuota), false};

  const auto done = run_job(*engine, input, sink);

  EXPECT_EQ(say(done), "The budget is spent.");
  EXPECT_FALSE(sink.has("Starting workspace"));
}

TEST_F(TerraformEngine, MissingVariablesAreNamedWithTheirDeclaration) {
  const auto done = run(JobKind::import, std::string(kHead) + R"(
variable "region" {
  type        = string
  description = "Where to run."
}
variable "key" {
  type      = string
  sensitive = true
}
)");

  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.failure->code, kMissingVariables);
  EXPECT_NE(say(done).find("region"), std::string::npos);
  ASSERT_EQ(done.outcome.variables.size(), 2U);
  EXPECT_TRUE(done.outcome.variables[0].sensitive);
  EXPECT_EQ(done.outcome.variables[1].description, "Where to run.");
}

// A template that shows what it was told to keep: neither the log nor the reason repeats it, in an import, where only the
// template says what is sensitive, and in a build.
const char* kTalkative = R"(
variable "password" {
  type      = string
  sensitive = true
}
variable "keys" {
  type      = map(string)
  sensitive = true
  default   = { deploy = "key-by-default" }
}
variable "region" { type = string }
resource "terraform_data" "talks" {
  lifecycle {
    precondition {
      condition     = var.region == "nowhere"
      error_message = "In ${var.region} with ${nonsensitive(var.password)} and ${nonsensitive(var.keys["deploy"])}."
    }
  }
}
)";

TEST_F(TerraformEngine, SensitiveValuesAreMaskedInAJobThatShowsThem) {
  auto input = job_of(JobKind::import, archive_of({{"main.tf", std::string(kHead) + kTalkative}}));
  input.variables = {{"password", "hunter2-secret"}, {"region", "eu-north"}};
  auto build = job_of(JobKind::build, input.archive);
  build.variables = {{"password", "hunter2-secret", true}, {"region", "eu-north"}, {"keys", R"({"deploy":"given-key"})", true}};

  for (const auto& job : {input, build}) {
    const auto done = run(job);

    ASSERT_FALSE(done.ok());
    EXPECT_TRUE(sink.has("In eu-north with *** and ***.")) << sink.all();
    for (const auto* secret : {"hunter2", "key-by-default", "given-key"}) EXPECT_FALSE(sink.has(secret)) << sink.all();
    EXPECT_NE(say(done).find("In eu-north with *** and ***."), std::string::npos) << say(done);
  }
}

TEST_F(TerraformEngine, SyntaxErrorShowsFileLineAndCode) {
  const auto done = run(JobKind::import, "resource \"a\" \"b\" {\n  x = \n}\n");

  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(sink.has("main.tf line 2")) << sink.all();
  EXPECT_TRUE(sink.has("x =")) << sink.all();
  EXPECT_NE(say(done).find("main.tf line 2"), std::string::npos) << say(done);
}

TEST_F(TerraformEngine, FailedApplyKeepsTheStateOfWhatWasMade) {
  const auto done = run(JobKind::build, std::string(kHead) + R"(
resource "terraform_data" "first" {
  input = coder_agent.main.id
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo this cannot work >&2; exit 3"
  }
}
)");

  ASSERT_FALSE(done.ok());
  EXPECT_NE(unpack(done.outcome.state).value().find("\"first\""), std::string::npos);
  EXPECT_TRUE(sink.has("this cannot work")) << sink.all();
  EXPECT_NE(say(done).find("local-exec"), std::string::npos) << say(done);
}

TEST_F(TerraformEngine, ServerVariablesStayOut) {
  ::setenv("CODER_PG_CONNECTION_URL", "postgres://top-secret", 1);
  ::setenv("SLIPWAY_TEST_SECRET", "top-secret", 1);
  ::setenv("AWS_TEST_PROFILE", "passes", 1);

  const auto done = run(JobKind::build, std::string(kHead) + R"(
resource "terraform_data" "machine" {
  provisioner "local-exec" {
    command = "env"
  }
}
)");

  ASSERT_TRUE(done.ok()) << say(done);
  EXPECT_TRUE(sink.has("AWS_TEST_PROFILE=passes")) << sink.all();
  EXPECT_FALSE(sink.has("top-secret"));
}

const char* kSlow = R"(
resource "terraform_data" "first" {
  input = coder_agent.main.id
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "%s"
  }
}
)";

std::string slow(const std::string& command) {
  std::string out = kSlow;
  out.replace(out.find("%s"), 2, command);
  return std::string(kHead) + out;
}

TEST_F(TerraformEngine, CancelIsGracefulAndKeepsTheState) {
  Cancel* cancel = nullptr;
  on_line = [&](const LogLine& line) {
    if (line.output.find("ready to wait") != std::string::npos && line.output.find("echo") == std::string::npos) cancel->ask();
  };

  const auto done = run(job_of(JobKind::build, archive_of({{"main.tf", slow("echo ready to wait; sleep 600")}})), [&](Cancel& c) { cancel = &c; });

  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(done.failure->cancelled) << say(done);
  EXPECT_NE(unpack(done.outcome.state).value().find("\"first\""), std::string::npos) << sink.all() << unpack(done.outcome.state).value();
  EXPECT_TRUE(sink.has("being cancelled"));
  EXPECT_FALSE(sink.has("by force"));
}

// Stands in for a tool that hangs: it knows its version, and its plan neither ends nor hears.
TEST_F(TerraformEngine, DeafToolIsEndedByForceWithItsChildren) {
  options.binary = cache + "/tofu";
  std::ofstream(options.binary) << "#!/bin/sh\ncase $1 in version) echo 'OpenTofu v1.12.0';; plan) trap '' INT TERM; "
                                   "echo ready to wait; sleep 600;; esac\n";
  fs::permissions(options.binary, fs::perms::owner_all);
  options.graceful_limit = Milliseconds(300);
  Cancel* cancel = nullptr;
  on_line = [&](const LogLine& line) {
    if (line.output == "ready to wait") cancel->ask();
  };
  const auto begun = std::chrono::steady_clock::now();

  const auto done = run(job_of(JobKind::build, archive_of({{"main.tf", kHead}})), [&](Cancel& c) { cancel = &c; });

  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(done.failure->cancelled);
  EXPECT_TRUE(sink.has("ending it by force")) << sink.all();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, Seconds(30));
}

TEST_F(TerraformEngine, InterruptedBuildsNewerStateIsTakenUp) {
  auto input = job_of(JobKind::build, archive_of({{"main.tf", std::string(kHead) + kMachine}}));
  const auto started = run(input);
  ASSERT_TRUE(started.ok()) << say(started);
  // As a server killed in the middle leaves it: a folder that no process works in, with a state of a later serial.
  auto state = unpack(started.outcome.state).value();
  const auto at = state.find("\"serial\": ");
  ASSERT_NE(at, std::string::npos);
  state.replace(at, 10, "\"serial\": 9");
  const auto left = options.cache_directory + "/default/jobs/" + JobId::random().str();
  fs::create_directories(left + "/template");
  std::ofstream(left + "/workspace") << input.workspace.id;
  std::ofstream(left + "/process") << "999999999";
  std::ofstream(left + "/template/terraform.tfstate") << state;
  input.id = JobId::random();
  input.state = started.outcome.state;

  const auto again = run(input);

  ASSERT_TRUE(again.ok()) << say(again);
  EXPECT_TRUE(sink.has("newer state behind"));
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(TerraformEngine, UnusableProgramsAreExplained) {
  const auto with = [&](const std::string& binary) {
    auto changed = options;
    changed.binary = binary;
    engine = make_terraform_engine(changed);
    return say(run(JobKind::import, kHead));
  };

  EXPECT_NE(with("/nonexistent/tofu").find("does not exist"), std::string::npos);
  EXPECT_NE(with("/bin/true").find("is not OpenTofu or Terraform"), std::string::npos);
}

TEST_F(TerraformEngine, HostileArchiveIsRefusedBeforeAnythingRuns) {
  EXPECT_NE(say(run(job_of(JobKind::import, "PK\x03\x04 nonsense"))).find("archive"), std::string::npos);
}

// A process that has ended but that nobody has collected yet is not alive.
bool alive(const std::string& pid) {
  const auto stat = slurp("/proc/" + pid + "/stat");
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] != 'Z';
}

std::string example(const std::string& name) { return std::string(SLIPWAY_SOURCE_DIR "/examples/templates/") + name; }

// What somebody writes into a file of the folder; empty when nobody does in ten seconds.
std::string awaited(const std::string& folder, const std::string& name) {
  const Descriptor events(::inotify_init1(IN_CLOEXEC));
  ::inotify_add_watch(events.get(), folder.c_str(), IN_CLOSE_WRITE);
  pollfd waiting{events.get(), POLLIN, 0};
  std::array<char, 4096> seen;
  auto text = slurp(folder + "/" + name);
  while (text.empty() && ::poll(&waiting, 1, 10'000) > 0 && ::read(events.get(), seen.data(), seen.size()) > 0) text = slurp(folder + "/" + name);
  return text;
}

TEST_F(TerraformEngine, HostTemplateRunsAProcessAndLeavesNothingBehind) {
  const auto home = cache + "/home";
  fs::create_directories(home);
  const std::string before = ::getenv("HOME");
  ::setenv("HOME", home.c_str(), 1);
  auto input = job_of(JobKind::import, archive_of({{"main.tf", slurp(example("host/main.tf"))}, {"README.md", slurp(example("host/README.md"))}}));
  input.agent_scripts["linux_amd64"] = "echo \"$CODER_AGENT_TOKEN\" > token; (setsid sleep 600 &); echo $$ > pid; exec sleep 600";
  input.agent_scripts["linux_arm64"] = input.agent_scripts["linux_amd64"];
  const auto folder = home + "/.local/share/slipway/workspaces/" + input.workspace.id;
  const auto next = [&](JobKind kind, Transition transition, std::string state) {
    input.id = JobId::random();
    input.kind = kind;
    input.workspace.transition = transition;
    input.state = std::move(state);
    return run(input);
  };

  const auto imported = next(JobKind::import, Transition::start, "");
  const auto started = next(JobKind::build, Transition::start, "");
  auto pid = awaited(folder, "pid");  // the agent is detached: its first words come a little later
  const auto token = slurp(folder + "/token");
  pid = pid.substr(0, pid.find('\n'));
  const bool ran = alive(pid);
  const auto stopped = next(JobKind::build, Transition::stop, started.outcome.state);
  const bool kept = fs::exists(folder);
  const bool still = alive(pid);
  const auto gone = next(JobKind::build, Transition::destroy, stopped.outcome.state);
  ::setenv("HOME", before.c_str(), 1);

  ASSERT_TRUE(imported.ok()) << say(imported);
  EXPECT_EQ(imported.outcome.parameters.size(), 5U);
  EXPECT_EQ(imported.outcome.presets.size(), 2U);
  ASSERT_TRUE(started.ok()) << say(started) << sink.all();
  const auto machine = std::ranges::find(started.outcome.resources, "terraform_data.agent[0]", &Resource::address);
  ASSERT_NE(machine, started.outcome.resources.end());
  ASSERT_EQ(machine->agents.size(), 1U);
  EXPECT_EQ(machine->agents[0].apps.size(), 1U);
  EXPECT_EQ(machine->agents[0].metadata.size(), 3U);
  EXPECT_EQ(machine->agents[0].scripts.size(), 2U);
  EXPECT_EQ(token, machine->agents[0].token.reveal() + "\n");
  EXPECT_TRUE(ran);
  ASSERT_TRUE(stopped.ok()) << say(stopped);
  EXPECT_TRUE(kept);
  EXPECT_FALSE(still);
  ASSERT_TRUE(gone.ok()) << say(gone);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(TerraformEngine, ExamplesAreFormattedAndDescribed) {
  for (const auto* name : {"host", "docker", "kubernetes", "aws-linux"}) {
    aio::Loops loops(1);
    const auto check = [](std::string tofu, std::string folder) -> Task<int> {
      aio::ProcessOptions process;
      process.argv = {tofu, "fmt", "-check", folder};
      auto done = co_await aio::run(process);
      co_return done && done->exit.ok() ? 0 : 1;
    };
    const auto readme = slurp(example(std::string(name) + "/README.md"));

    EXPECT_EQ(loops.run(check(options.binary, example(name))), 0) << name;
    EXPECT_TRUE(readme.starts_with("---\ndisplay_name: ")) << name;
    for (const auto* field : {"\ndescription: ", "\nicon: /icon/", "\ntags: ["}) EXPECT_NE(readme.find(field), std::string::npos) << name << field;
  }
}

// Each run of the tool costs what a bare one costs; how long they take beside bare ones is for the benchmarks.
TEST_F(TerraformEngine, AWarmBuildRunsTheToolNoMoreThanItMust) {
  const std::string told = cache + "/told", wrapper = cache + "/tofu";
  std::ofstream(wrapper) << "#!/bin/sh\necho \"$1\" >> " << told << "\nexec " << options.binary << " \"$@\"\n";
  fs::permissions(wrapper, fs::perms::owner_all);
  options.binary = wrapper;
  auto input = job_of(JobKind::build, archive_of({{"main.tf", std::string(kHead) + kMachine}}));
  EXPECT_TRUE(run(input).ok());
  fs::remove(told);
  input.id = JobId::random();

  EXPECT_TRUE(run(input).ok());

  EXPECT_EQ(slurp(told), "plan\napply\n");
}

}  // namespace
}  // namespace slipway::provisioner
