// The program inside a workspace: the agent itself, and the two helpers that Git calls it as.
#include "agent/agent.hpp"
#include "agent/git_auth.hpp"
#include "agent/places.hpp"
#include "agent/reaper.hpp"
#include "agent/user.hpp"
#include "agent/watchdog.hpp"
#include "aio/loops.hpp"
#include "base/log.hpp"
#include "base/version.hpp"

#include <climits>
#include <csignal>
#include <cstdio>

#include <unistd.h>

namespace {

using namespace slipway;

std::string own_path() {
  char path[PATH_MAX];
  const auto length = ::readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "slipway-agent";
}

int serve(agent::Options options) {
  ::unsetenv(agent::kResumes);  // for this run only
  if (!options.no_reap) agent::become_child_of_reaper();
  log::setup(options.log_format, log::Level::info);
  const char* temporary = std::getenv("TMPDIR");
  for (const auto& note : agent::settle_places(options, agent::current_user().home, temporary && *temporary ? temporary : "/tmp")) log::warn(note);
  constexpr std::size_t kLogBytes = 5 << 20;
  constexpr std::size_t kLogBackups = 10;
  const std::string log_file = options.log_dir + "/coder-agent.log";
  if (!log::also_to_file(log_file, kLogBytes, kLogBackups)) log::warn("the log file cannot be written", {{"file", log_file}});
  aio::Loops loops(1);
  return loops.run(agent::run_agent(std::move(options), own_path()));
}

int helper(Task<int> task) {
  aio::Loops loops(1);
  return loops.run(std::move(task));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  auto environment = agent::own_environment();
  auto asked = agent::read_invocation(arguments, environment);
  if (!asked) {
    std::fprintf(stderr, "slipway-agent: %s\n", asked.error().say.c_str());
    return 2;
  }
  using Kind = agent::Invocation::Kind;
  switch (asked->kind) {
    case Kind::help: std::fputs(agent::usage().c_str(), stdout); return 0;
    case Kind::version: std::printf("slipway-agent %s\n", std::string(kVersion).c_str()); return 0;
    case Kind::git_ssh: return helper(agent::run_git_ssh(std::move(asked->arguments), std::move(environment)));
    case Kind::askpass: return helper(agent::run_askpass(asked->arguments.at(0), std::move(environment)));
    case Kind::run: return serve(std::move(asked->options));
  }
  return 2;
}
