// The bootstrap text under the shells that machines really have.
#include "api/init_script.hpp"
#include "agent/test_support.hpp"
#include "aio/subprocess.hpp"

#include <filesystem>

namespace slipway::agent {
namespace {

using namespace testing_support;
namespace fs = std::filesystem;

std::string substituted() {
  std::string text = api::init_script("linux", "amd64");
  const auto replace = [&](std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  };
  replace("${ACCESS_URL}", "http://server:7080/");
  replace("${AUTH_TYPE}", "token");
  return text;
}

void make_program(const Folder& folder, const std::string& name, const std::string& text) {
  folder.write(name, "#!/bin/sh\n" + text);
  fs::permissions(folder / name, fs::perms::owner_all);
}

// A machine whose PATH has little; its downloads are served by a fake curl. `exec agent` becomes `sh agent`, run in
// the folder: what is "downloaded" is the shell itself.
struct Machine {
  Folder folder;

  explicit Machine(const std::string& downloader) {
    fs::create_directories(folder / "bin");
    for (const char* tool : {"mkdir", "chmod", "rm", "mv", "mktemp", "head", "tail", "sleep", "cat", "cp"})
      if (const auto found = aio::find_program(tool)) fs::create_symlink(*found, folder / ("bin/" + std::string(tool)));
    make_program(folder, "bin/" + downloader,
                 "for last; do :; done\n"
                 "while [ $# -gt 0 ]; do case $1 in -o|-O) shift; out=$1;; esac; shift; done\n"
                 "echo \"$last\" >>" +
                     (folder / "asked") +
                     "\n"
                     "[ ! -e " +
                     (folder / "broken") + " ] || { rm " + (folder / "broken") +
                     "; exit 22; }\n"
                     "[ ! -e " +
                     (folder / "page") + " ] || { rm " + (folder / "page") +
                     "; echo '<html>' >\"$out\"; exit 0; }\n"
                     "cp /bin/sh \"$out\"\n");
    folder.write("agent", "echo \"url=$CODER_AGENT_URL auth=$CODER_AGENT_AUTH arg=$0 token=$CODER_AGENT_TOKEN\"\n");
  }

  Task<aio::Collected> run(std::vector<std::string> shell) {
    shell.emplace_back("-c");
    shell.push_back(substituted());
    aio::ProcessOptions options;
    options.argv = std::move(shell);
    options.environment.set("PATH", folder / "bin");
    options.environment.set("HOME", folder.path());
    options.environment.set("CODER_AGENT_TOKEN", "t0k");
    options.directory = folder.path();
    auto got = co_await aio::run(options);
    EXPECT_TRUE(got);
    co_return got ? *got : aio::Collected{};
  }
};

std::vector<std::vector<std::string>> shells() {
  std::vector<std::vector<std::string>> out;
  for (const char* name : {"dash", "bash"})
    if (const auto found = aio::find_program(name)) out.push_back({*found});
  if (const auto found = aio::find_program("busybox")) out.push_back({*found, "sh"});
  return out;
}

TEST(InitScript, DownloadsAndBecomesTheAgentInEveryShell) {
  on_loop([]() -> Task<void> {
    for (const auto& shell : shells())
      for (const char* downloader : {"curl", "wget"}) {
        Machine machine(downloader);

        const auto got = co_await machine.run(shell);

        EXPECT_EQ(got.output, "url=http://server:7080/ auth=token arg=agent token=t0k\n") << shell.back() << got.errors;
        EXPECT_EQ(machine.folder.read("asked"), "http://server:7080/bin/coder-linux-amd64\n");
        EXPECT_TRUE(fs::exists(machine.folder / ".cache/slipway-agent/coder"));
      }
  });
}

TEST(InitScript, TriesAgainAfterAFailureAndAfterAPageThatIsNoProgram) {
  on_loop([]() -> Task<void> {
    Machine machine("curl");
    machine.folder.write("broken", "");
    machine.folder.write("page", "");

    const auto got = co_await machine.run({"/bin/sh"});

    EXPECT_TRUE(got.output.starts_with("url=")) << got.errors;
    EXPECT_NE(got.errors.find("trying again in 1 s."), std::string::npos);
    EXPECT_NE(got.errors.find("trying again in 2 s."), std::string::npos);
  });
}

TEST(InitScript, SaysWhatIsMissing) {
  on_loop([]() -> Task<void> {
    Machine machine("nothing-that-downloads");

    const auto got = co_await machine.run({"/bin/sh"});

    EXPECT_EQ(got.exit.code, 127);
    EXPECT_NE(got.errors.find("curl, wget or busybox"), std::string::npos);
  });
}

TEST(InitScript, IsThereForPlatformsWithAnAgentOnly) {
  EXPECT_EQ(api::init_script("windows", "amd64"), "");
  EXPECT_NE(api::init_script("linux", "arm64").find("coder-linux-arm64"), std::string::npos);
  EXPECT_EQ(api::init_script_variable("linux", "amd64"), "CODER_AGENT_SCRIPT_linux_amd64");
}

}  // namespace
}  // namespace slipway::agent
