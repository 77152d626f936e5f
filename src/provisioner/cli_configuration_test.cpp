#include "provisioner/cli_configuration.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

const std::vector<ProviderAddress> kCoder = {"registry.opentofu.org/coder/coder"};

TEST(CliConfiguration, WithoutAnOperatorsTheMirrorComesFirstAndTheRestIsDirect) {
  const auto text = cli_configuration({.mirror = "/m", .mirrored = kCoder, .operators = "", .plugin_cache = "/p"}).value();

  EXPECT_EQ(text,
            "disable_checkpoint = true\nplugin_cache_dir = \"/p\"\nprovider_installation {\n  filesystem_mirror {\n    path    = \"/m\"\n    include "
            "= [\"registry.opentofu.org/coder/coder\"]\n  }\n  direct {\n    exclude = [\"registry.opentofu.org/coder/coder\"]\n  }\n}\n");
}

TEST(CliConfiguration, WithoutAMirrorNothingIsExcluded) {
  const auto text = cli_configuration({.mirror = "", .mirrored = {}, .operators = "", .plugin_cache = "/p"}).value();

  EXPECT_NE(text.find("  direct {}\n"), std::string::npos);
  EXPECT_EQ(text.find("filesystem_mirror"), std::string::npos);
}

TEST(CliConfiguration, TheOperatorsMethodsAndCredentialsStayAndItsCachesDoNot) {
  const auto text = cli_configuration({.mirror = "/m",
                                       .mirrored = kCoder,
                                       .operators = R"(
# who needs { braces } in comments
plugin_cache_dir = "/somewhere/else"
credentials "app.terraform.io" { token = "a}b\"{" }
provider_installation {
  network_mirror { url = "https://mirror.example.com/" }
  filesystem_mirror {
    path    = "/opt/mirror"
    include = ["example.com/*/*"]
  }
  direct {
    exclude = ["example.com/*/*"]
  }
})",
                                       .plugin_cache = "/p"})
                        .value();

  EXPECT_NE(text.find(R"(credentials "app.terraform.io" { token = "a}b\"{" })"), std::string::npos);
  EXPECT_NE(text.find("url = \"https://mirror.example.com/\"\n    exclude = [\"registry.opentofu.org/coder/coder\"]"), std::string::npos) << text;
  EXPECT_NE(text.find("    path    = \"/opt/mirror\"\n    include = [\"example.com/*/*\"]"), std::string::npos) << text;
  EXPECT_NE(text.find("direct {\n    exclude = [\"registry.opentofu.org/coder/coder\", \"example.com/*/*\"]"), std::string::npos) << text;
  EXPECT_EQ(text.find("/somewhere/else"), std::string::npos);
}

TEST(CliConfiguration, WhatIsNoConfigurationIsRefused) {
  EXPECT_FALSE(cli_configuration({.mirror = "", .mirrored = {}, .operators = "provider_installation {", .plugin_cache = "/p"}));
  EXPECT_FALSE(cli_configuration({.mirror = "", .mirrored = {}, .operators = "credentials \"a { }", .plugin_cache = "/p"}));
}

TEST(Advice, SaysWhatToDoAboutProvidersAndTheMachine) {
  const std::string query = "Failed to query available provider packages: Could not retrieve the list of available versions for provider ";

  EXPECT_NE(advice_for(query + "coder/coder: no such host", false).find("give --provider-mirror"), std::string::npos);
  EXPECT_NE(advice_for(query + "coder/coder: no available releases match", true).find("ask for a wider range"), std::string::npos);
  EXPECT_NE(advice_for(query + "hashicorp/aws: no such host", true).find("HTTPS_PROXY"), std::string::npos);
  EXPECT_NE(advice_for("Inconsistent dependency lock file: ...", true).find(".terraform.lock.hcl"), std::string::npos);
  EXPECT_NE(advice_for("mkdir .terraform: no space left on device", true).find("disk of the provisioner's machine is full"), std::string::npos);
  EXPECT_EQ(advice_for("Invalid reference on main.tf line 3", true), "");
}

struct Mirror : ::testing::Test {
  Mirror() {
    char pattern[] = "/tmp/slipway-mirror-XXXXXX";
    root = ::mkdtemp(pattern);
  }
  ~Mirror() override { fs::remove_all(root); }
  void provider(const std::string& mirror, const std::string& address) {
    for (const auto* build : {"linux_amd64", "linux_arm64"}) fs::create_directories(root / mirror / address / "1.0.0" / build);
  }
  fs::path root;
};

TEST_F(Mirror, ListsWhatThisMachineCanRun) {
  provider("mirror", "registry.opentofu.org/coder/coder");
  fs::create_directories(root / "mirror/registry.opentofu.org/other/plan9/1.0.0/plan9_amd64");

  EXPECT_EQ(providers_in((root / "mirror").string()), kCoder);
  EXPECT_TRUE(providers_in((root / "nothing").string()).empty());
}

TEST_F(Mirror, IsFoundBesideTheToolAlsoThroughALink) {
  provider("tools/mirror", "registry.opentofu.org/coder/coder");
  fs::create_directories(root / "tools/bin");
  fs::create_symlink("/bin/true", root / "elsewhere");
  fs::copy_file("/bin/true", root / "tools/bin/tofu");
  fs::create_symlink(root / "tools/bin/tofu", root / "tofu");

  EXPECT_EQ(find_mirror("", (root / "tofu").string()), (root / "tools/mirror").string());
  EXPECT_EQ(find_mirror("/given", (root / "tofu").string()), "/given");
}

}  // namespace
}  // namespace slipway::provisioner
