#include "provisioner/delivery.hpp"

#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"
#include "provisioner/holdings.hpp"

namespace slipway::provisioner {
namespace {

constexpr int kMostRefusals = 5;  // by a server that calls it its own fault, before the result gets plainer

// Nothing but what must not be lost.
Finished only_state(Finished done, std::string why) {
  Finished out{.outcome = {}, .failure = std::move(done.failure), .kept = std::move(done.kept)};
  out.outcome.state = std::move(done.outcome.state);
  if (!out.failure) out.failure = Failure{"The server did not take the result of this job. " + std::move(why), "", false};
  return out;
}

}  // namespace

std::string words_of(const Error& error) { return error.why.empty() ? error.say : error.why; }

Delivery::Delivery(const asio::any_io_executor& home, JobSource& source, const RunnerOptions& options)
    : source_(source), options_(options), over_(home), nursery_(home) {}

Task<void> Delivery::hand_back(JobId job, Finished done) {
  Parcel parcel{.job = job, .done = std::move(done)};
  const auto fate = co_await offer(parcel);
  if (fate == Fate::taken || fate == Fate::lost) co_return;
  co_await keep(parcel);
  const auto at = parcels_.insert(parcels_.end(), std::move(parcel));
  nursery_.start(keep_bringing, this, at);
}

void Delivery::bring(JobId job, Finished done) {
  const auto at = parcels_.insert(parcels_.end(), Parcel{.job = job, .done = std::move(done)});
  nursery_.start(keep_bringing, this, at);
}

Task<void> Delivery::stop() {
  stopping_ = true;
  over_.notify();
  while (!parcels_.empty()) co_await over_.wait_for(Milliseconds(100));
  co_await nursery_.stop();
}

// Each round renews the lease, so that nobody ends the job while its result is on the way.
Task<void> Delivery::keep_bringing(Delivery* self, Place at) {
  using namespace asio::experimental::awaitable_operators;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  Milliseconds pause{0};
  for (auto next = std::chrono::steady_clock::now(); !self->stopping_;) {
    if (std::chrono::steady_clock::now() >= next) {
      const auto answer = co_await (self->offer(*at) || self->until_stopped());
      if (answer.index() == 1) break;
      const auto fate = std::get<0>(answer);
      if (fate == Fate::taken || fate == Fate::lost) break;
      pause = fate == Fate::refused ? self->options_.retry : std::min(std::max(pause * 2, self->options_.retry), kLongestPause);
      next = std::chrono::steady_clock::now() + pause;
    }
    (void)co_await self->over_.wait_for(std::min(pause, self->options_.heartbeat));
    if (self->stopping_) break;
    // What it orders does not matter: a job that is no longer ours still brings its state.
    const auto beat = co_await (self->source_.heartbeat(at->job, Milliseconds(0)) || self->until_stopped());
    if (beat.index() == 0 && std::get<0>(beat) && at->refusals == 0) next = std::chrono::steady_clock::now();  // the source is back
  }
  self->parcels_.erase(at);
  self->over_.notify();
}

Task<void> Delivery::until_stopped() {
  while (!stopping_) (void)co_await over_.wait_for(std::chrono::hours(24));
}

Task<Delivery::Fate> Delivery::offer(Parcel& parcel) {
  auto answer = parcel.done.failure ? co_await source_.fail(parcel.job, *parcel.done.failure, parcel.done.outcome)
                                    : co_await source_.complete(parcel.job, parcel.done.outcome);
  if (answer) {
    co_await taken(parcel);
    co_return Fate::taken;
  }
  log::warn("a finished job was not taken back", {{"job", parcel.job.str()}, {"why", words_of(answer.error())}});
  const auto fate = judge(parcel, answer.error());
  if (fate == Fate::lost && parcel.done.outcome.state.empty()) co_await taken(parcel);  // nothing of it is worth keeping
  if (fate == Fate::lost && !parcel.done.outcome.state.empty()) {
    co_await keep(parcel);
    leave(parcel, words_of(answer.error()));
  }
  co_return fate;
}

Delivery::Fate Delivery::judge(Parcel& parcel, const Error& error) {
  switch (error.code) {
    case Code::not_found:
    case Code::gone:
    case Code::conflict:
    case Code::unauthenticated:
    case Code::forbidden: return Fate::lost;
    case Code::invalid:
    case Code::precondition:
    case Code::in_use:
    case Code::too_large: break;
    case Code::internal:
      if (++parcel.refusals < kMostRefusals) return Fate::later;
      break;
    default: return Fate::later;
  }
  if (parcel.plain) return Fate::lost;
  parcel.done = only_state(std::move(parcel.done), error.say);
  parcel.plain = true;
  parcel.refusals = 0;
  return Fate::refused;
}

// Should this process end before the result is taken, the next one finds it.
Task<void> Delivery::keep(Parcel& parcel) {
  if (!options_.holdings) co_return;
  const auto put = [&] { return options_.holdings->put(parcel.job, parcel.done); };
  if (auto done = co_await aio::blocking(put); !done)
    log::error("the result of a job could not be kept on disk", {{"job", parcel.job.str()}, {"why", words_of(done.error())}});
  else
    log::info("the result of a job waits for its server", {{"job", parcel.job.str()}, {"in", options_.holdings->place(parcel.job)}});
}

Task<void> Delivery::taken(Parcel& parcel) {
  const auto drop = [this, job = parcel.job, kept = std::move(parcel.done.kept)] {
    if (options_.holdings) options_.holdings->drop(job);
    if (kept) kept->drop();
  };
  co_await aio::blocking(drop);
}

void Delivery::leave(const Parcel& parcel, std::string_view why) const {
  log::error("the server takes nothing of this job: its result is left behind and offered again at the next start",
             {{"job", parcel.job.str()}, {"in", options_.holdings ? options_.holdings->place(parcel.job) : "memory"}, {"why", std::string(why)}});
}

}  // namespace slipway::provisioner
