#include "server/part.hpp"

#include "aio/event.hpp"
#include "base/check.hpp"
#include "base/log.hpp"

#include <set>

namespace slipway::server {

namespace {

constexpr Milliseconds kLongestPause{60'000};
constexpr Seconds kSteady{60};  // a loop that ran for so long fails anew, not again

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::take_no_more: return "take no more";
    case Phase::drain: return "drain";
    case Phase::end: return "end";
    case Phase::close: return "close";
  }
  die("a phase without a name");
}

const Part::Step& step_of(const Part& part, Phase phase) {
  switch (phase) {
    case Phase::take_no_more: return part.take_no_more;
    case Phase::drain: return part.drain;
    case Phase::end: return part.end;
    case Phase::close: return part.close;
  }
  die("a phase without a step");
}

Task<void> adopt(aio::Nursery& nursery, std::function<bool(aio::Nursery&)> start) {
  check(start(nursery), "a loop was begun while its part ends");
  co_return;
}

// What a phase still waits for. Outlives it when a step does not end: then it is kept for ever, with the nursery.
struct Waiting {
  explicit Waiting(const aio::Executor& home) : children(home), changed(home) {}
  aio::Nursery children;
  aio::Event changed;
  std::set<std::string> left;
};

std::string names(const std::set<std::string>& all) {
  std::string out;
  for (const auto& name : all) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Task<void> until_none_left(Waiting& waiting, Until until) {
  while (!waiting.left.empty()) {
    const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return;
    co_await waiting.changed.wait_for(left);
  }
}

}  // namespace

struct PartList::Supervised {
  Supervised(Loop what, const aio::Executor& home, Milliseconds pause) : loop(std::move(what)), first_pause(pause), nursery(home) {}

  static Task<void> keep(Supervised* self);
  Task<void> end() {
    ending = true;
    co_await nursery.stop();
  }

  Loop loop;
  Milliseconds first_pause;
  metric::Counter failures;
  aio::Nursery nursery;
  bool ending = false;
};

struct PartList::Running {
  Part part;
  std::vector<std::unique_ptr<Supervised>> loops;

  static Task<void> run(Running* self, Phase phase, Until until, Waiting* waiting);
  Task<void> step(Phase phase, Until until);
};

// The loop's edge.
Task<void> PartList::Supervised::keep(Supervised* self) {
  for (Milliseconds pause = self->first_pause;; pause = std::min(pause * 2, kLongestPause)) {
    const auto begun = std::chrono::steady_clock::now();
    std::string why = "it came to an end";
    try {
      co_await self->loop.run();
    } catch (const std::exception& failure) {
      why = failure.what();
    }
    // What it awaited when it was told to end may have taken the signal from it.
    if (const auto state = co_await asio::this_coro::cancellation_state; self->ending || state.cancelled() != asio::cancellation_type::none)
      co_return;
    if (std::chrono::steady_clock::now() - begun > kSteady) pause = self->first_pause;
    self->failures.add();
    log::error("a loop failed and is begun again", {{"loop", self->loop.name}, {"why", why}, {"pause_ms", std::to_string(pause.count())}});
    co_await aio::sleep(pause);
  }
}

Task<void> PartList::Running::step(Phase phase, Until until) {
  if (phase == Phase::end) {
    std::vector<Task<void>> ending;
    for (auto& one : loops) ending.push_back(aio::on(one->nursery.home(), one->end()));
    co_await aio::at_once(std::move(ending));
  }
  if (const auto& step = step_of(part, phase)) co_await step(until);
}

// The edge of a part's step: one that fails must not keep the others from ending.
Task<void> PartList::Running::run(Running* self, Phase phase, Until until, Waiting* waiting) {
  try {
    co_await self->step(phase, until);
  } catch (const std::exception& failure) {
    log::error("a part failed to end", {{"part", self->part.name}, {"phase", std::string(name_of(phase))}, {"why", failure.what()}});
  }
  waiting->left.erase(self->part.name);
  waiting->changed.notify();
}

PartList::PartList(aio::Loops& loops, Patience patience) : loops_(loops), patience_(patience) {}
PartList::~PartList() = default;

void PartList::add(Part part) {
  auto running = std::make_unique<Running>();
  for (auto& loop : part.loops) {
    const auto home = loops_.at(loop.at);
    running->loops.push_back(std::make_unique<Supervised>(std::move(loop), home, patience_.first_pause));
  }
  running->part = std::move(part);
  parts_.push_back(std::move(running));
}

Task<void> PartList::begin_loops(Running& running) {
  for (auto& one : running.loops) {
    auto start = [self = one.get()](aio::Nursery& nursery) { return nursery.start(Supervised::keep, self); };
    co_await aio::on(one->nursery.home(), adopt(one->nursery, std::move(start)));
  }
}

Task<Result<void>> PartList::start() {
  for (; started_ < parts_.size(); ++started_) {
    Running& running = *parts_[started_];
    if (running.part.start) {
      if (auto begun = co_await running.part.start(); !begun) {
        ++started_;
        co_await undo();
        co_return begun;
      }
    }
    co_await begin_loops(running);
  }
  co_return Result<void>();
}

Until PartList::end_of(Phase phase, Until drained) const {
  const auto now = std::chrono::steady_clock::now();
  if (phase == Phase::drain) return drained;
  if (phase == Phase::take_no_more) return std::min(drained, now + patience_.no_more);
  return now + patience_.end;
}

Task<bool> PartList::run_phase(Phase phase, const std::vector<Running*>& parts, Until until) {
  const auto waiting = std::make_shared<Waiting>(co_await aio::executor());
  for (Running* one : parts) waiting->left.insert(one->part.name);
  for (Running* one : parts) waiting->children.start(Running::run, one, phase, until, waiting.get());
  co_await until_none_left(*waiting, until);
  if (!waiting->left.empty()) {
    log::warn("what did not end in time is cut", {{"parts", names(waiting->left)}, {"phase", std::string(name_of(phase))}});
    waiting->children.cancel();
    co_await until_none_left(*waiting, std::chrono::steady_clock::now() + patience_.cut);
  }
  if (waiting->left.empty()) {
    co_await waiting->children.stop();
    co_return true;
  }
  log::error("parts of the server do not end and are left behind", {{"parts", names(waiting->left)}, {"phase", std::string(name_of(phase))}});
  static auto& kept = *new std::vector<std::shared_ptr<Waiting>>;  // what they still refer to, until the process ends
  kept.push_back(waiting);
  co_return false;
}

Task<void> PartList::run_phases(std::vector<Running*> parts, Until drained) {
  for (const auto phase : {Phase::take_no_more, Phase::drain, Phase::end, Phase::close}) {
    const bool ended = co_await run_phase(phase, parts, end_of(phase, drained));
    whole_ = ended && whole_;
  }
}

Task<void> PartList::undo() {
  stopped_ = true;
  const Until drained = std::chrono::steady_clock::now() + patience_.grace;
  for (std::size_t i = started_; i-- > 0;) co_await run_phases({parts_[i].get()}, drained);
}

Task<bool> PartList::stop() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (std::exchange(stopped_, true)) co_return whole_;
  std::vector<Running*> all;
  for (std::size_t i = 0; i < started_; ++i) all.push_back(parts_[i].get());
  co_await run_phases(std::move(all), std::chrono::steady_clock::now() + patience_.grace);
  co_return whole_;
}

void PartList::write(metric::Text& text) const {
  text.family("slipway_loop_failures_total", metric::Text::Type::counter, "How often a background loop failed and was begun again.");
  for (const auto& running : parts_)
    for (const auto& one : running->loops) text.sample({{"loop", one->loop.name}}, static_cast<double>(one->failures.value()));
}

}  // namespace slipway::server
