// What a machine and its environment are like must not matter to a job: with the real OpenTofu, as ./dev builds it.
#include "base/private_file.hpp"
#include "provisioner/terraform_rig_test.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>

#include <filesystem>
#include <fstream>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

const char* kHead = R"(
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
)";

struct OddMachine : RealTofu {
  OddMachine() : RealTofu("machine") {
    ::chmod(cache.c_str(), 0755);
    options.cache_directory = cache + "/data/provisioner";
    options.secrets = {cache + "/data"};
    ::mkdir((cache + "/data").c_str(), 0700);
  }
  Finished run(JobKind kind, const std::string& main_tf) {
    const auto engine = make_terraform_engine(options);
    return run_job(*engine, job_of(kind, archive_of({{"main.tf", main_tf}})), sink);
  }
};

// Whatever the environment says: the job's own configuration counts, and the provider comes from beside the tool.
TEST_F(OddMachine, AnOddEnvironmentOfTheServerChangesNothing) {
  const std::pair<const char*, const char*> odd[] = {{"TF_CLI_CONFIG_FILE", "/nonexistent/tofurc"},
                                                     {"TF_DATA_DIR", "/proc/nothing"},
                                                     {"TF_WORKSPACE", "another"},
                                                     {"TF_PLUGIN_CACHE_DIR", "/proc/nothing"},
                                                     {"TF_CLI_ARGS", "-bogus"},
                                                     {"TF_REATTACH_PROVIDERS", "{"},
                                                     {"TF_LOG", "trace"},
                                                     {"TF_VAR_x", "1"}};
  for (const auto& [name, value] : odd) ::setenv(name, value, 1);
  options.cli_config_file = "/nonexistent/tofurc";
  options.pass_prefixes = {"TF_"};

  const auto done = run(JobKind::import, kHead);

  for (const auto& [name, value] : odd) ::unsetenv(name);
  ASSERT_TRUE(done.ok()) << say(done) << "\n" << sink.all();
}

TEST_F(OddMachine, AnUnreadableConfigurationOfTheOperatorIsLeftOut) {
  std::ofstream(cache + "/bad") << "provider_installation {";
  options.cli_config_file = cache + "/bad";

  const auto done = run(JobKind::import, kHead);

  ASSERT_TRUE(done.ok()) << say(done) << "\n" << sink.all();
}

TEST_F(OddMachine, WithoutTheProviderTheFailureSaysWhatToDo) {
  options.mirror_directory = cache + "/empty";
  std::ofstream(cache + "/offline") << "provider_installation {\n  filesystem_mirror {\n    path = \"" << cache << "\"\n  }\n}\n";
  options.cli_config_file = cache + "/offline";

  const auto done = run(JobKind::import, kHead);

  ASSERT_FALSE(done.ok());
  EXPECT_TRUE(done.failure->say.starts_with("The provider coder/coder is not on the provisioner's machine")) << done.failure->say;
  EXPECT_NE(done.failure->say.find("give --provider-mirror"), std::string::npos);
}

// By way of every program that a build starts: init, plan, what keeps the init, apply, and the local-exec itself.
TEST_F(OddMachine, ABuildIsMadeWithoutReachingTheDataFolder) {
  (void)write_private(cache + "/data/postgres.password", "hush");

  const auto done =
      run(JobKind::build, std::string(kHead) + "resource \"terraform_data\" \"look\" {\n  provisioner \"local-exec\" {\n    command = \"cat " +
                              cache + "/data/postgres.password; echo looked\"\n  }\n}\n");

  ASSERT_TRUE(done.ok()) << say(done) << "\n" << sink.all();
  EXPECT_TRUE(sink.has("looked"));
  EXPECT_FALSE(sink.has("hush")) << sink.all();
  EXPECT_NE(unpack(done.outcome.state).value().find("terraform_data"), std::string::npos);
}

}  // namespace
}  // namespace slipway::provisioner
