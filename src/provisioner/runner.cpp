#include "provisioner/runner.hpp"

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"
#include "provisioner/log_buffer.hpp"

#include <list>

namespace slipway::provisioner {
namespace {

constexpr Milliseconds kLongestPause = std::chrono::seconds(30);
constexpr Milliseconds kIdleGrace{500};  // for an acquire that ignores stop_waiting()

// One job while it runs. home: the runner's loop.
struct Running : Sink {
  Running(const asio::any_io_executor& home, JobSource& from, const RunnerOptions& options, JobInput job)
      : source(from), input(std::move(job)), cancel(home), lines(options), news(home), beat(home) {}

  void log(LogLine line) override {
    const bool was = lines.full_batch();
    lines.add(std::move(line));
    if (!was && lines.full_batch()) news.notify();
  }
  Task<std::optional<Failure>> planned(const Outcome& plan) override {
    auto answer = co_await source.commit_quota(input.id, plan.daily_cost());
    if (!answer) co_return Failure{answer.error().say, "", false};
    co_return std::move(*answer);
  }
  void finish() {
    over = true;
    news.notify();
    beat.notify();
  }

  JobSource& source;
  JobInput input;
  Cancel cancel;
  LogBuffer lines;
  aio::Event news;  // a batch is full, or the job is over
  aio::Event beat;
  bool over = false;
  bool abandoned = false;
  bool shut_down = false;
};

LogLine daemon_line(LogLevel level, std::string output) {
  return {system_clock().now(), LogSource::provisioner_daemon, level, std::string(stage::kSetup), std::move(output)};
}

}  // namespace

Task<Result<void>> JobSource::release(const JobId& job) {
  co_return co_await fail(job, {"The provisioner was shut down before the job began; try again.", "", false}, {});
}

struct Runner::State : std::enable_shared_from_this<Runner::State> {
  State(const asio::any_io_executor& at, JobSource& from, std::vector<Engine*> with, RunnerOptions how)
      : home(at), source(from), engines(std::move(with)), options(std::move(how)), nursery(home), idle(home) {}

  static Task<void> daemon(std::shared_ptr<State> self, std::string name);
  Task<void> serve(JobInput input);
  Task<void> run_engine(Running& job, Finished& done);
  Task<void> send_logs(Running& job);
  Task<void> heartbeats(Running& job);
  Task<void> hand_back(Running& job, Finished done);
  Task<void> nap(Milliseconds time);

  asio::any_io_executor home;
  JobSource& source;
  std::vector<Engine*> engines;
  RunnerOptions options;
  aio::Nursery nursery;
  aio::Event idle;
  std::list<Running*> running;
  int daemons = 0;
  bool stopping = false;
  bool hurried = false;
};

Task<void> Runner::State::nap(Milliseconds time) { co_await aio::sleep(std::min(time, kLongestPause)); }

Task<void> Runner::State::daemon(std::shared_ptr<State> self, std::string name) {
  Milliseconds pause = self->options.retry;
  while (!self->stopping) {
    auto job = co_await self->source.acquire(name, self->options.patience);
    if (!job) {
      if (self->stopping) break;
      log::warn("no job could be asked for", {{"daemon", name}, {"why", job.error().why.empty() ? job.error().say : job.error().why}});
      co_await self->nap(pause);
      pause = std::min(pause * 2, kLongestPause);
      continue;
    }
    pause = self->options.retry;
    if (!*job) continue;
    if (self->stopping)
      (void)co_await self->source.release((*job)->id);
    else
      co_await self->serve(std::move(**job));
  }
  --self->daemons;
  self->idle.notify();
}

Task<void> Runner::State::run_engine(Running& job, Finished& done) {
  const auto engine = std::ranges::find_if(engines, [&](const Engine* e) { return e->name() == job.input.engine; });
  if (engine == engines.end()) {
    done.failure = Failure{fmt::format("This provisioner has no engine named \"{}\".", job.input.engine), "", false};
  } else {
    try {  // the job's edge: whatever an engine throws must not leave the job running for ever
      done = co_await (*engine)->run(job.input, job, job.cancel);
    } catch (const std::exception& error) {
      log::error("an engine failed", {{"job", job.input.id.str()}, {"why", error.what()}});
      done.outcome.state = job.input.state;
      done.failure = Failure{"The provisioner stopped the job because of an internal error.", "", false};
    }
  }
  job.finish();
}

// One batch at a time, in order; a batch that cannot be delivered is offered again, for a build's log is its only
// witness.
Task<void> Runner::State::send_logs(Running& job) {
  while (true) {
    if (!job.over && !job.lines.full_batch()) co_await job.news.wait_for(options.log_flush);
    if (job.lines.empty()) {
      if (job.over) co_return;
      continue;
    }
    auto batch = job.lines.take();
    Milliseconds pause = options.retry;
    for (int attempt = 0; !job.abandoned; ++attempt) {
      auto sent = co_await job.source.logs(job.input.id, batch);
      if (sent || attempt >= 5 || sent.error().code == Code::invalid || sent.error().code == Code::not_found) break;
      co_await nap(pause);
      pause *= 2;
    }
  }
}

Task<void> Runner::State::heartbeats(Running& job) {
  while (!job.over) {
    co_await job.beat.wait_for(options.heartbeat);
    if (job.over) co_return;
    const auto orders = co_await job.source.heartbeat(job.input.id);
    if (!orders) {
      log::warn("a heartbeat was not taken",
                {{"job", job.input.id.str()}, {"why", orders.error().why.empty() ? orders.error().say : orders.error().why}});
      continue;
    }
    if (*orders == Orders::cancel) job.cancel.ask();
    if (*orders == Orders::abandon) {
      job.abandoned = true;
      job.cancel.force();
    }
  }
}

Task<void> Runner::State::hand_back(Running& job, Finished done) {
  if (job.abandoned) co_return;
  if (job.shut_down && done.failure && done.failure->cancelled) done.failure = Failure{"The provisioner was shut down while the job ran.", "", false};
  const auto until = std::chrono::steady_clock::now() + options.hand_back_limit;
  for (Milliseconds pause = options.retry;; pause *= 2) {
    auto taken =
        done.failure ? co_await job.source.fail(job.input.id, *done.failure, done.outcome) : co_await job.source.complete(job.input.id, done.outcome);
    if (taken) co_return;
    const auto& error = taken.error();
    log::warn("a finished job was not taken back", {{"job", job.input.id.str()}, {"why", error.why.empty() ? error.say : error.why}});
    if (error.code == Code::not_found || error.code == Code::conflict || error.code == Code::gone) co_return;  // no longer ours
    if (error.code == Code::invalid && !done.failure) {
      done.failure = Failure{error.say, "", false};  // its result is not acceptable: then the job has failed
      continue;
    }
    if (error.code == Code::invalid || std::chrono::steady_clock::now() + pause > until) co_return;
    co_await nap(pause);
  }
}

Task<void> Runner::State::serve(JobInput input) {
  using namespace asio::experimental::awaitable_operators;
  // A job that has begun is ended by its Cancel, never by cutting the coroutine: its state must get home.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  Running job(home, source, options, std::move(input));
  running.push_back(&job);
  log::info("job begins", {{"job", job.input.id.str()}, {"kind", std::string(to_string(job.input.kind))}, {"engine", job.input.engine}});
  Finished done;
  co_await (run_engine(job, done) && send_logs(job) && heartbeats(job));
  log::info("job ends", {{"job", job.input.id.str()}, {"outcome", done.failure ? "failed: " + done.failure->say : "succeeded"}});
  co_await hand_back(job, std::move(done));
  running.remove(&job);
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

Runner::Runner(asio::any_io_executor home, JobSource& source, std::vector<Engine*> engines, RunnerOptions options)
    : state_(std::make_shared<State>(home, source, std::move(engines), std::move(options))) {}

Runner::~Runner() = default;

void Runner::start() {
  for (int i = 0; i < state_->options.daemons; ++i) {
    ++state_->daemons;
    auto name = state_->options.daemons == 1 ? state_->options.name_prefix : fmt::format("{}-{}", state_->options.name_prefix, i);
    state_->nursery.start(State::daemon, state_, std::move(name));
  }
}

void Runner::hurry() {
  state_->hurried = true;
  state_->idle.notify();
}

int Runner::busy() const { return static_cast<int>(state_->running.size()); }

Task<void> Runner::stop() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  auto& state = *state_;
  state.stopping = true;
  state.source.stop_waiting();
  const auto drained = std::chrono::steady_clock::now() + state.options.drain;
  while (!state.running.empty() && !state.hurried && std::chrono::steady_clock::now() < drained) co_await state.idle.wait_for(Milliseconds(100));
  for (auto* job : state.running) {
    job->shut_down = true;
    job->log(daemon_line(LogLevel::warn, "The provisioner is shutting down: the job is being interrupted."));
    job->cancel.ask();
  }
  const auto begun = std::chrono::steady_clock::now();
  bool forced = false;
  while (state.daemons > 0) {
    const auto passed = std::chrono::steady_clock::now() - begun;
    if (state.running.empty() && passed > kIdleGrace) break;  // only waiting acquires are left: the nursery cancels them
    if (!forced && passed > state.options.shutdown_grace) {
      forced = true;
      for (auto* job : state.running) job->cancel.force();
    }
    co_await state.idle.wait_for(Milliseconds(100));
  }
  co_await state.nursery.stop();
}

}  // namespace slipway::provisioner
