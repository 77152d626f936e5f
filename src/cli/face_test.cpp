#include "cli/face.hpp"

#include <gtest/gtest.h>

#include <map>

namespace slipway::cli {
namespace {

Variables variables(std::map<std::string, std::string> set = {}) {
  return [set = std::move(set)](const char* name) { return set.contains(name) ? std::optional(set.at(name)) : std::nullopt; };
}

TEST(Face, IsWhatTheProgramIsCalled) {
  const auto by_name = [](std::string_view name) { return personality(name, {"list"}, variables()); };

  for (const char* name : {"slipway", "/usr/bin/slipway", "slipway.exe", "slipway-linux-amd64"})
    EXPECT_EQ(by_name(name), Personality::slipway) << name;
  for (const char* name : {"slipway-agent", "./slipway-agent-linux-amd64"}) EXPECT_EQ(by_name(name), Personality::agent) << name;
  for (const char* name : {"coder", "coder-linux-amd64.temp-x7", "sshd.exe", "/tmp/anything", ""})
    EXPECT_EQ(by_name(name), Personality::coder) << name;
}

TEST(Face, IsTheAgentForItsCommandsUnderAForeignName) {
  for (const char* word : {"agent", "gitssh", "gitaskpass"}) EXPECT_EQ(personality("coder", {word, "--x"}, variables()), Personality::agent) << word;
  EXPECT_EQ(personality("slipway", {"agent"}, variables()), Personality::slipway);
  EXPECT_EQ(personality("coder", {}, variables()), Personality::coder);
}

TEST(Face, IsTheAgentWhereGitAsks) {
  const std::vector<std::string> asked{"Username for 'https://git.example.com': "};

  EXPECT_EQ(personality("/opt/coder", asked, variables({{"GIT_ASKPASS", "/opt/coder"}})), Personality::agent);
  EXPECT_EQ(personality("coder", asked, variables({{"GIT_PREFIX", "sub/"}})), Personality::agent);
  EXPECT_EQ(personality("coder", asked, variables({{"GIT_ASKPASS", "/usr/bin/other"}})), Personality::coder);
  EXPECT_EQ(personality("coder", {asked[0], "more"}, variables({{"GIT_PREFIX", "sub/"}})), Personality::coder);
}

TEST(Face, IsWhatAVariableSays) {
  EXPECT_EQ(personality("slipway", {}, variables({{"SLIPWAY_PERSONALITY", "coder"}})), Personality::coder);
  EXPECT_EQ(personality("coder", {}, variables({{"SLIPWAY_PERSONALITY", "slipway"}})), Personality::slipway);
}

}  // namespace
}  // namespace slipway::cli
