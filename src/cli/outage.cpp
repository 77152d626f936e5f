#include "cli/outage.hpp"

#include "cli/print.hpp"
#include "cli/reach.hpp"
#include "cli/table.hpp"

namespace slipway::cli {
namespace {

using std::chrono::steady_clock;

constexpr Milliseconds kUnnoticed{1'000};          // an outage that is over by then is not told of
constexpr Milliseconds kFirst{500}, kMost{8'000};  // pauses between attempts, before jitter
constexpr Milliseconds kCounted{60'000};           // of one attempt: a machine that slept has not tried for as long

}  // namespace

bool is_final(const Error& error) {
  switch (error.code) {
    case Code::unauthenticated:
    case Code::forbidden:
    case Code::not_found:
    case Code::gone:
    case Code::invalid: return true;
    default: return false;
  }
}

Task<void> Outage::tell_of(Outage* self, int number) {
  co_await aio::sleep(kUnnoticed);
  if (!self->since_ || self->number_ != number) co_return;
  self->told_ = true;
  tell("\r\nConnection lost. Trying again…{}\r\n", self->advice_);
}

void Outage::begin() {
  if (since_) return;
  since_ = steady_clock::now();
  ++number_;
  if (options_.tells) tellers_.start(tell_of, this, number_);
}

void Outage::end() {
  const auto since = std::exchange(since_, std::nullopt);
  if (since && std::exchange(told_, false)) tell("Back after {}.\r\n", duration(std::chrono::ceil<Seconds>(steady_clock::now() - *since)));
  tried_ = Milliseconds(0);
  step_.reset();
}

Task<void> Outage::pause() {
  const auto now = step_.value_or(kFirst);
  step_ = std::min(now * 2, kMost);
  const Milliseconds jittered(std::uniform_int_distribution<std::int64_t>(now.count() / 10, now.count())(chance_));
  co_await aio::sleep(jittered);
}

void Outage::tried(steady_clock::time_point began) { tried_ += std::min(std::chrono::floor<Milliseconds>(steady_clock::now() - began), kCounted); }

// What became of the workspace, when the way to its agent is not there.
Task<std::optional<Error>> Outage::changed() {
  auto body = co_await session_.fetch("/api/v2/workspaces/" + workspace_.id.str());
  if (!body) co_return what_changed(workspace_, std::unexpected(body.error()));
  co_return what_changed(workspace_, api::from_json<api::Workspace>(*body));
}

Task<std::optional<Error>> Outage::gives_up(Error failure) {
  if (is_final(failure)) {
    const auto news = co_await changed();
    co_return news ? *news : failure;
  }
  if (failure.code == Code::bad_gateway)
    if (const auto news = co_await changed()) co_return news;
  if (tried_ < options_.try_for) co_return std::nullopt;
  co_return Error{.code = Code::unavailable,
                  .say = options_.try_for.count() == 0
                             ? "The connection to the workspace was lost."
                             : fmt::format("The connection to the workspace was lost and did not come back within {}.", duration(options_.try_for)),
                  .detail = "Connect again when the server can be reached.",
                  .why = failure.say};
}

}  // namespace slipway::cli
