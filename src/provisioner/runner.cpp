#include "provisioner/runner.hpp"

#include "aio/blocking.hpp"
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"
#include "provisioner/careful_source.hpp"
#include "provisioner/delivery.hpp"
#include "provisioner/holdings.hpp"
#include "provisioner/log_buffer.hpp"

#include <list>

namespace slipway::provisioner {
namespace {

constexpr Milliseconds kIdleGrace{500};  // for an acquire that ignores stop_waiting()

// One job while it runs. home: the runner's loop.
struct Running : Sink {
  Running(const asio::any_io_executor& home, JobSource& from, const RunnerOptions& options, JobInput job)
      : source(from), input(std::move(job)), cancel(home), lines(options), news(home), beat(home), ended(home) {}

  void log(LogLine line) override {
    const bool was = lines.full_batch();
    lines.add(std::move(line));
    if (!was && lines.full_batch()) news.notify();
  }
  Task<std::optional<Failure>> planned(const Outcome& plan) override {
    if (plan.daily_cost() == 0) co_return std::nullopt;
    auto verdict = co_await source.commit_quota(input.id, plan.daily_cost());
    if (!verdict) {
      const auto& why = verdict.error().say;
      log({system_clock().now(), LogSource::provisioner_daemon, LogLevel::error, std::string(stage::kQuota), "Failed to commit quota: " + why});
      co_return Failure{"commit quota: " + why, "", false};
    }
    for (auto& line : verdict->lines) log(std::move(line));
    co_return std::move(verdict->failure);
  }
  void finish() {
    over = true;
    news.notify();
    beat.notify();
    ended.notify();
  }
  Task<bool> over_within(Milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!over && std::chrono::steady_clock::now() < until) (void)co_await ended.wait_for(limit);
    co_return over;
  }
  Task<void> until_over() {
    while (!over) (void)co_await ended.wait_for(std::chrono::hours(24));
  }

  JobSource& source;
  JobInput input;
  Cancel cancel;
  LogBuffer lines;
  aio::Event news;  // a batch is full, or the job is over
  aio::Event beat;
  aio::Event ended;
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

Task<Result<void>> JobSource::begin(std::vector<JobId>) { co_return Result<void>(); }

struct Runner::State : std::enable_shared_from_this<Runner::State> {
  State(const asio::any_io_executor& at, JobSource& from, std::vector<Engine*> with, RunnerOptions how)
      : home(at), source(from), engines(std::move(with)), options(std::move(how)), nursery(home), idle(home), delivery(home, source, options) {}

  static Task<void> begin(std::shared_ptr<State> self);
  static Task<void> daemon(std::shared_ptr<State> self, std::string name);
  static Task<void> salvage(std::shared_ptr<State> self, Engine* engine, JobId job);
  Task<std::vector<JobId>> take_up();
  Task<void> serve(JobInput input);
  Task<void> run_engine(Running& job, Finished& done);
  Task<void> send_logs(Running& job);
  Task<void> heartbeats(Running& job);
  Task<void> hand_back(Running& job, Finished done);
  Task<void> nap(Milliseconds time);
  void start_daemons();

  // Counts and lists what goes on, however its coroutine ends.
  struct Working {
    explicit Working(State& at, Running* one = nullptr) : state(at), job(one) {
      ++state.busy;
      if (job) state.running.push_back(job);
    }
    ~Working() {
      if (job) state.running.remove(job);
      --state.busy;
      state.idle.notify();
    }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

    State& state;
    Running* job;
  };

  asio::any_io_executor home;
  CarefulSource source;
  std::vector<Engine*> engines;
  RunnerOptions options;
  aio::Nursery nursery;
  aio::Event idle;
  Delivery delivery;
  std::list<Running*> running;
  int busy = 0;  // coroutines that must end by themselves
  bool stopping = false;
  bool hurried = false;
};

Task<void> Runner::State::nap(Milliseconds time) { (void)co_await idle.wait_for(std::min(time, kLongestPause)); }

// What earlier processes left in the holdings and with the engines goes on first; the answer is all of it.
Task<std::vector<JobId>> Runner::State::take_up() {
  std::vector<std::pair<JobId, Finished>> kept;
  std::vector<std::pair<Engine*, JobId>> interrupted;
  const auto look = [&] {
    std::vector<JobId> waiting = options.holdings ? options.holdings->waiting() : std::vector<JobId>();
    for (const auto& job : waiting) {
      auto done = options.holdings->read(job);
      for (auto* engine : engines)
        if (!done.kept) done.kept = engine->kept_of(job);
      kept.emplace_back(job, std::move(done));
    }
    for (auto* engine : engines)
      for (const auto& job : engine->interrupted())
        if (std::ranges::find(waiting, job) == waiting.end()) interrupted.emplace_back(engine, job);
  };
  co_await aio::blocking(look);
  std::vector<JobId> held;
  for (auto& [job, done] : kept) {
    log::info("a result that waited is handed over", {{"job", job.str()}});
    held.push_back(job);
    delivery.bring(job, std::move(done));
  }
  for (const auto& [engine, job] : interrupted) {
    held.push_back(job);
    nursery.start(salvage, shared_from_this(), engine, job);
  }
  co_return held;
}

Task<void> Runner::State::begin(std::shared_ptr<State> self) {
  const auto held = co_await self->take_up();
  for (Milliseconds pause = self->options.retry; !self->stopping; pause = std::min(pause * 2, kLongestPause)) {
    auto told = co_await self->source.begin(held);
    if (told) break;
    log::warn("the server was not told of this provisioner's start", {{"why", words_of(told.error())}});
    if (told.error().code == Code::not_found) break;  // an older one
    co_await self->nap(pause);
  }
  if (!self->stopping) self->start_daemons();
}

// The lease is kept meanwhile: whoever follows the job reads that it is being ended, and no other build of its workspace begins.
Task<void> Runner::State::salvage(std::shared_ptr<State> self, Engine* engine, JobId job) {
  using namespace asio::experimental::awaitable_operators;
  log::warn("a job of an earlier process is being ended", {{"job", job.str()}});
  auto keep_lease = [](State* state, JobId id) -> Task<void> {
    LogLine line = daemon_line(LogLevel::warn, "The provisioner was restarted while this job ran: it waits until what had begun has ended.");
    line.stage = stage::kCleanUp;
    std::vector<LogLine> lines{std::move(line)};
    if (auto said = co_await state->source.logs(id, std::move(lines)); !said)
      log::debug("a job's log was not told of the restart", {{"job", id.str()}, {"why", words_of(said.error())}});
    for (;;) {
      (void)co_await state->source.heartbeat(id, Milliseconds(0));
      co_await aio::sleep(state->options.heartbeat);
    }
  };
  auto ended = co_await (engine->salvage(job) || keep_lease(self.get(), job));
  if (ended.index() == 0) self->delivery.bring(job, std::move(std::get<0>(ended)));
}

Task<void> Runner::State::daemon(std::shared_ptr<State> self, std::string name) {
  const Working counted(*self);
  Milliseconds pause = self->options.retry;
  while (!self->stopping) {
    auto job = co_await self->source.acquire(name, self->options.patience);
    if (!job) {
      if (self->stopping) break;
      log::warn("no job could be asked for", {{"daemon", name}, {"why", words_of(job.error())}});
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
      if (sent || sent.error().code == Code::invalid || sent.error().code == Code::not_found) break;
      if (attempt >= 5 && (job.over || sent.error().code == Code::internal)) break;
      co_await nap(pause);
      pause *= 2;
    }
  }
}

Task<void> Runner::State::heartbeats(Running& job) {
  using namespace asio::experimental::awaitable_operators;
  while (!job.over) {
    const auto asked = std::chrono::steady_clock::now();
    const auto answer = co_await (job.source.heartbeat(job.input.id, options.heartbeat) || job.until_over());
    if (answer.index() == 1) co_return;
    const auto& orders = std::get<0>(answer);
    if (!orders) log::warn("a heartbeat was not taken", {{"job", job.input.id.str()}, {"why", words_of(orders.error())}});
    // Asked, never forced: an apply that is killed has made what no state knows. The engine forces what does not end in time.
    if (orders && *orders != Orders::go_on) job.cancel.ask();
    if (orders && *orders == Orders::abandon) {
      job.abandoned = true;
      if (!co_await job.over_within(options.abandon_limit)) job.cancel.force();
      co_return;
    }
    const auto rest = options.heartbeat - std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - asked);
    if (rest > Milliseconds(0)) (void)co_await job.beat.wait_for(rest);
  }
}

Task<void> Runner::State::hand_back(Running& job, Finished done) {
  if (job.shut_down && done.failure && done.failure->cancelled) done.failure = Failure{"The provisioner was shut down while the job ran.", "", false};
  co_await delivery.hand_back(job.input.id, std::move(done));
}

Task<void> Runner::State::serve(JobInput input) {
  using namespace asio::experimental::awaitable_operators;
  // A job that has begun is ended by its Cancel, never by cutting the coroutine: its state must get home.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  {
    Running job(home, source, options, std::move(input));
    const Working counted(*this, &job);
    log::info("job begins", {{"job", job.input.id.str()}, {"kind", std::string(to_string(job.input.kind))}, {"engine", job.input.engine}});
    Finished done;
    co_await (run_engine(job, done) && send_logs(job) && heartbeats(job));
    log::info("job ends", {{"job", job.input.id.str()}, {"outcome", done.failure ? "failed: " + done.failure->say : "succeeded"}});
    co_await hand_back(job, std::move(done));
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

void Runner::State::start_daemons() {
  for (int i = 0; i < options.daemons; ++i) {
    auto name = options.daemons == 1 ? options.name_prefix : fmt::format("{}-{}", options.name_prefix, i);
    nursery.start(daemon, shared_from_this(), std::move(name));
  }
}

Runner::Runner(asio::any_io_executor home, JobSource& source, std::vector<Engine*> engines, RunnerOptions options)
    : state_(std::make_shared<State>(home, source, std::move(engines), std::move(options))) {}

Runner::~Runner() = default;

void Runner::start() { state_->nursery.start(State::begin, state_); }

void Runner::hurry() {
  state_->hurried = true;
  state_->idle.notify();
}

int Runner::busy() const { return static_cast<int>(state_->running.size()); }

void Runner::take_no_more() {
  state_->stopping = true;
  state_->source.stop_waiting();
}

Task<void> Runner::stop() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  auto& state = *state_;
  take_no_more();
  state.idle.notify();
  if (!state.running.empty()) log::info("Stop caught, waiting for builds to complete", {{"running", std::to_string(state.running.size())}});
  const auto drained = std::chrono::steady_clock::now() + state.options.drain;
  while (!state.running.empty() && !state.hurried && std::chrono::steady_clock::now() < drained)
    (void)co_await state.idle.wait_for(Milliseconds(100));
  for (auto* job : state.running) {
    job->shut_down = true;
    job->log(daemon_line(LogLevel::warn, "The provisioner is shutting down: the job is being interrupted."));
    job->cancel.ask();
  }
  const auto begun = std::chrono::steady_clock::now();
  bool forced = false;
  while (state.busy > 0) {
    const auto passed = std::chrono::steady_clock::now() - begun;
    if (state.running.empty() && passed > kIdleGrace) break;  // only waiting acquires are left: the nursery cancels them
    if (!forced && passed > state.options.shutdown_grace) {
      forced = true;
      for (auto* job : state.running) job->cancel.force();
    }
    (void)co_await state.idle.wait_for(Milliseconds(100));
  }
  co_await state.nursery.stop();
  co_await state.delivery.stop();
}

}  // namespace slipway::provisioner
