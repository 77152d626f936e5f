#include "agent/program.hpp"

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

namespace slipway::agent {

namespace {

std::string own_path() {
  char path[PATH_MAX];
  const auto length = ::readlink("/proc/self/exe", path, sizeof(path));
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "slipway-agent";
}

int serve(Options options) {
  ::unsetenv(kResumes);  // for this run only
  if (!options.no_reap) become_child_of_reaper();
  log::setup(options.log_format, log::Level::info);
  const char* temporary = std::getenv("TMPDIR");
  for (const auto& note : settle_places(options, current_user().home, temporary && *temporary ? temporary : "/tmp")) log::warn(note);
  constexpr std::size_t kLogBytes = 5 << 20;
  constexpr std::size_t kLogBackups = 10;
  const std::string log_file = options.log_dir + "/coder-agent.log";
  if (!log::also_to_file(log_file, kLogBytes, kLogBackups)) log::warn("the log file cannot be written", {{"file", log_file}});
  aio::Loops loops(1);
  return loops.run(run_agent(std::move(options), own_path()));
}

int helper(Task<int> task) {
  aio::Loops loops(1);
  return loops.run(std::move(task));
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  auto environment = own_environment();
  auto asked = read_invocation(arguments, environment);
  if (!asked) {
    std::fprintf(stderr, "slipway-agent: %s\n", asked.error().say.c_str());
    return 2;
  }
  using Kind = Invocation::Kind;
  switch (asked->kind) {
    case Kind::help: std::fputs(usage().c_str(), stdout); return 0;
    case Kind::version: std::printf("Coder %s\nslipway-agent %s\n", std::string(kVersion).c_str(), std::string(kRelease).c_str()); return 0;
    case Kind::git_ssh: return helper(run_git_ssh(std::move(asked->arguments), std::move(environment)));
    case Kind::askpass: return helper(run_askpass(asked->arguments.at(0), std::move(environment)));
    case Kind::run: return serve(std::move(asked->options));
  }
  return 2;
}

}  // namespace slipway::agent
