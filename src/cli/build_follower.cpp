#include "cli/build_follower.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>

#include "aio/nursery.hpp"
#include "base/utf8.hpp"
#include "cli/print.hpp"
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

// How much of a build's log is shown while it is followed: its stages with warnings and errors (all lines of the stage that
// failed), all lines, or those of the provisioner's debugging too.
enum class Detail { folded, all, debug };
constexpr std::size_t kMostFolded = 200;

// Prints to stderr: what a build says is progress, not result.
class Printer {
 public:
  explicit Printer(Detail detail) : detail_(detail) {}

  void line(const api::ProvisionerJobLog& log) {
    last_ = log.id;
    if (log.stage != stage_) begin(log.stage, log.created_at);
    latest_ = log.created_at;
    const bool bad = log.log_level == "error", odd = log.log_level == "warn";
    const bool quiet = log.log_level == "debug" || log.log_level == "trace";
    if (log.output.empty() || (quiet && detail_ != Detail::debug)) return;
    const auto text = fmt::format("    {}\n", bad   ? on_stderr(Colour::red, log.output)
                                              : odd ? on_stderr(Colour::yellow, log.output)
                                                    : on_stderr(Colour::dim, log.output));
    if (detail_ == Detail::folded && !bad && !odd) return fold(text);
    if (bad) unfold();
    status_.clear();
    tell("{}", text);
  }

  void turn() {
    const auto since = std::chrono::duration_cast<Milliseconds>(system_clock().now() - seen_);
    status_.show(fmt::format("{} {}", stage_.empty() ? "Waiting for a provisioner" : stage_, duration(since)));
  }

  void end(const api::ProvisionerJob& job) {
    if (job.completed_at) latest_ = *job.completed_at;
    const bool failed = job.status != "succeeded";
    if (failed) unfold();
    end_stage(failed);
  }

  std::int64_t last() const { return last_; }

 private:
  void begin(const std::string& stage, Time now) {
    latest_ = now;
    end_stage(false);
    folded_.clear();
    stage_ = stage;
    began_ = now;
    seen_ = system_clock().now();
    if (!status_.visible()) tell("==> {}\n", stage);
  }

  void end_stage(bool failed) {
    status_.clear();
    if (stage_.empty()) return;
    const auto took = duration(std::chrono::duration_cast<Milliseconds>(latest_ - began_));
    tell("{} {} {}\n", failed ? on_stderr(Colour::red, "✘") : on_stderr(Colour::green, "✔"), stage_, on_stderr(Colour::dim, took));
    stage_.clear();
  }

  void fold(std::string text) {
    folded_.push_back(std::move(text));
    if (folded_.size() > kMostFolded) folded_.pop_front();
  }

  // Something went wrong: the stage's last lines may say why.
  void unfold() {
    status_.clear();
    for (const auto& text : folded_) tell("{}", text);
    folded_.clear();
  }

  Detail detail_;
  std::deque<std::string> folded_;
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

// One connection's worth of a log; ends in good order when the server says that the log is complete.
template <class Message, class F>
Task<Result<void>> each_message(Session& session, std::string path, F& take) {
  auto opened = co_await session.websocket(std::move(path));
  if (!opened) co_return std::unexpected(std::move(opened).error());
  auto socket = std::move(*opened);
  while (true) {
    auto message = co_await socket->read();
    if (!message) {
      if (message.error().code == Code::gone) co_return Result<void>{};
      co_return std::unexpected(std::move(message).error());
    }
    CO_TRY(said, api::from_json<Message>(message->data));
    take(said);
  }
}

Task<Result<void>> stream_lines(Session& session, const Source& source, Printer& printer) {
  auto line = [&printer](const api::ProvisionerJobLog& log) { printer.line(log); };
  co_return co_await each_message<api::ProvisionerJobLog>(session, fmt::format("{}/logs?follow&after={}", source.path, printer.last()), line);
}

Task<Result<void>> stream_with_wheel(Session& session, const Source& source, Printer& printer) {
  aio::Nursery nursery(co_await aio::executor());
  nursery.start(turn_wheel, &printer);
  auto ended = co_await stream_lines(session, source, printer);
  co_await nursery.stop();
  co_return ended;
}

// The lines behind that id, page by page: the server gives only so many at once.
template <class Log, class F>
Result<void> each_line(Session& session, const std::string& path, std::int64_t after, F line) {
  while (true) {
    TRY(page, session.get<std::vector<Log>>(fmt::format("{}?after={}", path, after)));
    if (page.empty() || page.back().id <= after) return {};
    for (const auto& log : page) line(log);
    after = page.back().id;
  }
}

Task<int> pause(Milliseconds span) {
  co_await aio::sleep(span);
  co_return 0;
}

Result<api::ProvisionerJob> follow(Session& session, const Source& source, Detail detail) {
  Printer printer(detail);
  for (int attempt = 0;; ++attempt) {
    const auto before = printer.last();
    const auto streamed = session.wait(stream_with_wheel(session, source, printer));
    auto now = session.get<WithJob>(source.path);
    if (now && is_over(now->job) && streamed) {
      TRY_OK(each_line<api::ProvisionerJobLog>(session, source.path + "/logs", printer.last(), [&](const auto& log) { printer.line(log); }));
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

// A provisioner's error may be its whole output.
std::string shortened(std::string text) {
  constexpr std::size_t kMost = 1500;
  if (text.size() <= kMost) return text;
  auto cut = text.rfind('\n', kMost);
  if (cut == std::string::npos || cut < kMost / 2) cut = kMost;
  return std::string(utf8::cut(text, cut)) + " ... (all of it is in the log)";
}

Result<void> judged(const api::ProvisionerJob& job, const char* what) {
  if (job.status == "succeeded") return {};
  if (job.status == "canceled") return fail(Code::precondition, fmt::format("The {} was canceled.", what));
  return fail(Code::precondition, fmt::format("The {} failed.", what), shortened(job.error));
}

Source source_of(const api::WorkspaceBuild& build) { return {"/api/v2/workspacebuilds/" + build.id.str()}; }

void print_agent_line(const api::WorkspaceAgent& agent, const api::WorkspaceAgentLog& log) {
  const auto source = std::ranges::find(agent.log_sources, log.source_id, &api::WorkspaceAgentLogSource::id);
  const auto script = source == agent.log_sources.end() || agent.log_sources.size() < 2 ? "" : fmt::format("[{}] ", source->display_name);
  print("{} {}{}\n", on_stdout(Colour::dim, to_rfc3339(log.created_at)), on_stdout(Colour::blue, script), log.output);
}

Task<Result<void>> stream_agent_log(Session& session, const api::WorkspaceAgent& agent, std::string path) {
  auto lines = [&agent](const std::vector<api::WorkspaceAgentLog>& logs) {
    for (const auto& log : logs) print_agent_line(agent, log);
    std::fflush(stdout);
  };
  co_return co_await each_message<std::vector<api::WorkspaceAgentLog>>(session, std::move(path), lines);
}

}  // namespace

Result<void> follow_build(Session& session, const api::WorkspaceBuild& build, FollowOptions options) {
  if (options.interrupt.empty())
    options.interrupt =
        fmt::format("\nThe build goes on. See it with: slipway logs --follow {}/{}\n", build.workspace_owner_name, build.workspace_name);
  InterruptAdvice advice(options.interrupt);
  TRY(job, follow(session, source_of(build), options.debug ? Detail::debug : Detail::folded));
  return judged(job, "build");
}

Result<void> follow_version(Session& session, const api::TemplateVersion& version, FollowOptions options) {
  InterruptAdvice advice(options.interrupt.empty() ? "\nThe import goes on at the server.\n" : options.interrupt);
  TRY(job, follow(session, {"/api/v2/templateversions/" + version.id.str()}, options.debug ? Detail::debug : Detail::folded));
  return judged(job, "import of the template");
}

Result<void> follow_dry_run(Session& session, const Uuid& version, const api::ProvisionerJob& started, FollowOptions options) {
  InterruptAdvice advice(options.interrupt.empty() ? "\nThe plan goes on at the server.\n" : options.interrupt);
  TRY(job, follow(session, {fmt::format("/api/v2/templateversions/{}/dry-run/{}", version.str(), started.id.str())},
                  options.debug ? Detail::debug : Detail::folded));
  return judged(job, "plan");
}

Result<void> print_build_log(Session& session, const api::WorkspaceBuild& build, bool follow_on) {
  if (follow_on && !is_over(build.job)) {
    InterruptAdvice advice("\n");
    TRY_OK(follow(session, source_of(build), Detail::debug));
    return {};
  }
  std::string stage;
  const auto line = [&](const api::ProvisionerJobLog& log) {
    if (log.stage != stage) print("{}\n", on_stdout(Colour::bold, "==> " + log.stage));
    stage = log.stage;
    if (!log.output.empty()) print("{} {}\n", on_stdout(Colour::dim, to_rfc3339(log.created_at)), log.output);
  };
  return each_line<api::ProvisionerJobLog>(session, source_of(build).path + "/logs", 0, line);
}

Result<void> print_agent_log(Session& session, const api::WorkspaceAgent& agent, bool follow_on) {
  const auto path = fmt::format("/api/v2/workspaceagents/{}/logs", agent.id.str());
  if (follow_on) {
    InterruptAdvice advice("\n");
    return session.wait(stream_agent_log(session, agent, path + "?follow&after=0"));
  }
  return each_line<api::WorkspaceAgentLog>(session, path, 0, [&](const auto& log) { print_agent_line(agent, log); });
}

}  // namespace slipway::cli
