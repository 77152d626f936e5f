#include "cli/build_follower.hpp"

#include <cstdio>

#include "aio/nursery.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/wait.hpp"
#include "net/websocket.hpp"

namespace slipway::cli {
namespace {

constexpr int kAttempts = 30;
constexpr Milliseconds kBetweenAttempts{1000};
constexpr Milliseconds kWheel{100};

// The part that builds and template versions have in common; a dry run is its job and nothing else.
struct WithJob {
  api::ProvisionerJob job;
};
void read(api::json::Reader& in, const api::json::Value& from, WithJob& to) {
  if (!in.is_object(from)) return;
  if (in.find(from, "job")) return in.field(from, "job", to.job);
  api::read(in, from, to.job);
}

bool is_over(const api::ProvisionerJob& job) { return job.status == "succeeded" || job.status == "failed" || job.status == "canceled"; }

// Prints to stderr: what a build says is progress, not result.
class Printer {
 public:
  explicit Printer(bool debug) : debug_(debug) {}

  void line(const api::ProvisionerJobLog& log) {
    last_ = log.id;
    if (log.stage != stage_) begin(log.stage, log.created_at);
    latest_ = log.created_at;
    const bool quiet = log.log_level == "debug" || log.log_level == "trace";
    if (log.output.empty() || (quiet && !debug_)) return;
    status_.clear();
    const auto text = harmless(log.output, true);
    const bool bad = log.log_level == "error", odd = log.log_level == "warn";
    fmt::print(stderr, "    {}\n", bad ? on_stderr(Colour::red, text) : odd ? on_stderr(Colour::yellow, text) : on_stderr(Colour::dim, text));
  }

  void turn() {
    const auto since = std::chrono::duration_cast<Milliseconds>(system_clock().now() - seen_);
    status_.show(fmt::format("{} {}", stage_.empty() ? "Waiting for a provisioner" : stage_, duration(since)));
  }

  void end(const api::ProvisionerJob& job) {
    if (job.completed_at) latest_ = *job.completed_at;
    end_stage(job.status != "succeeded");
  }

  std::int64_t last() const { return last_; }

 private:
  void begin(const std::string& stage, Time now) {
    latest_ = now;
    end_stage(false);
    stage_ = stage;
    began_ = now;
    seen_ = system_clock().now();
    if (!status_.visible()) fmt::print(stderr, "==> {}\n", harmless(stage));
  }

  void end_stage(bool failed) {
    status_.clear();
    if (stage_.empty()) return;
    const auto took = duration(std::chrono::duration_cast<Milliseconds>(latest_ - began_));
    fmt::print(stderr, "{} {} {}\n", failed ? on_stderr(Colour::red, "✘") : on_stderr(Colour::green, "✔"), harmless(stage_),
               on_stderr(Colour::dim, took));
    stage_.clear();
  }

  bool debug_;
  StatusLine status_;
  std::string stage_;
  Time began_{}, latest_{}, seen_ = system_clock().now();
  std::int64_t last_ = 0;
};

struct Source {
  std::string path;  // of the build or version
};

Task<void> turn_wheel(Printer* printer) {
  while (true) {
    printer->turn();
    co_await aio::sleep(kWheel);
  }
}

// One connection's worth of lines; ends in good order when the server says that the log is complete.
Task<Result<void>> stream_lines(Session& session, const Source& source, Printer& printer) {
  auto opened = co_await session.websocket(fmt::format("{}/logs?follow&after={}", source.path, printer.last()));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto socket = std::move(*opened);
  while (true) {
    auto message = co_await socket->read();
    if (!message) {
      if (message.error().code == Code::gone) co_return Result<void>{};
      co_return std::unexpected(std::move(message).error());
    }
    CO_TRY(log, api::from_json<api::ProvisionerJobLog>(message->data));
    printer.line(log);
  }
}

Task<Result<void>> stream_with_wheel(Session& session, const Source& source, Printer& printer) {
  aio::Nursery nursery(co_await aio::executor());
  nursery.start(turn_wheel, &printer);
  auto ended = co_await stream_lines(session, source, printer);
  co_await nursery.stop();
  co_return ended;
}

Task<int> pause(Milliseconds span) {
  co_await aio::sleep(span);
  co_return 0;
}

Result<api::ProvisionerJob> follow(Session& session, const Source& source, bool debug) {
  Printer printer(debug);
  for (int attempt = 0;; ++attempt) {
    const auto before = printer.last();
    const auto streamed = session.wait(stream_with_wheel(session, source, printer));
    auto now = session.get<WithJob>(source.path);
    if (now && is_over(now->job) && streamed) {
      printer.end(now->job);
      return now->job;
    }
    if (printer.last() != before) attempt = 0;
    const bool hopeless =
        !now && now.error().code != Code::bad_gateway && now.error().code != Code::unavailable && now.error().code != Code::timed_out;
    if (hopeless || attempt >= kAttempts)
      return std::unexpected(now ? streamed ? Error{.say = "The log ended before the job did."} : streamed.error() : now.error());
    session.wait(pause(kBetweenAttempts));
  }
}

Result<void> judged(const api::ProvisionerJob& job, const char* what) {
  if (job.status == "succeeded") return {};
  if (job.status == "canceled") return fail(Code::precondition, fmt::format("The {} was canceled.", what));
  return fail(Code::precondition, fmt::format("The {} failed.", what), job.error);
}

Source source_of(const api::WorkspaceBuild& build) { return {"/api/v2/workspacebuilds/" + build.id.str()}; }

void print_agent_line(const api::WorkspaceAgentLog& log) {
  fmt::print("{} {}\n", on_stdout(Colour::dim, to_rfc3339(log.created_at)), harmless(log.output, true));
}

Task<Result<void>> stream_agent_log(Session& session, std::string path) {
  auto opened = co_await session.websocket(std::move(path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto socket = std::move(*opened);
  while (true) {
    auto message = co_await socket->read();
    if (!message) {
      if (message.error().code == Code::gone) co_return Result<void>{};
      co_return std::unexpected(std::move(message).error());
    }
    CO_TRY(logs, api::from_json<std::vector<api::WorkspaceAgentLog>>(message->data));
    for (const auto& log : logs) print_agent_line(log);
    std::fflush(stdout);
  }
}

}  // namespace

Result<void> follow_build(Session& session, const api::WorkspaceBuild& build, FollowOptions options) {
  if (options.interrupt.empty())
    options.interrupt =
        fmt::format("\nThe build goes on. See it with: slipway logs --follow {}/{}\n", build.workspace_owner_name, build.workspace_name);
  InterruptAdvice advice(options.interrupt);
  TRY(job, follow(session, source_of(build), options.debug));
  return judged(job, "build");
}

Result<void> follow_version(Session& session, const api::TemplateVersion& version, FollowOptions options) {
  InterruptAdvice advice(options.interrupt.empty() ? "\nThe import goes on at the server.\n" : options.interrupt);
  TRY(job, follow(session, {"/api/v2/templateversions/" + version.id.str()}, options.debug));
  return judged(job, "import of the template");
}

Result<void> follow_dry_run(Session& session, const Uuid& version, const api::ProvisionerJob& started, FollowOptions options) {
  InterruptAdvice advice(options.interrupt.empty() ? "\nThe plan goes on at the server.\n" : options.interrupt);
  TRY(job, follow(session, {fmt::format("/api/v2/templateversions/{}/dry-run/{}", version.str(), started.id.str())}, options.debug));
  return judged(job, "plan");
}

Result<void> print_build_log(Session& session, const api::WorkspaceBuild& build, bool follow_on) {
  if (follow_on && !is_over(build.job)) {
    InterruptAdvice advice("\n");
    TRY_OK(follow(session, source_of(build), true));
    return {};
  }
  TRY(logs, session.get<std::vector<api::ProvisionerJobLog>>(source_of(build).path + "/logs"));
  std::string stage;
  for (const auto& log : logs) {
    if (log.stage != stage) fmt::print("{}\n", on_stdout(Colour::bold, "==> " + harmless(log.stage)));
    stage = log.stage;
    if (!log.output.empty()) fmt::print("{} {}\n", on_stdout(Colour::dim, to_rfc3339(log.created_at)), harmless(log.output, true));
  }
  return {};
}

Result<void> print_agent_log(Session& session, const api::WorkspaceAgent& agent, bool follow_on) {
  const auto path = fmt::format("/api/v2/workspaceagents/{}/logs", agent.id.str());
  if (follow_on) {
    InterruptAdvice advice("\n");
    return session.wait(stream_agent_log(session, path + "?follow&after=0"));
  }
  TRY(logs, session.get<std::vector<api::WorkspaceAgentLog>>(path));
  for (const auto& log : logs) print_agent_line(log);
  return {};
}

}  // namespace slipway::cli
