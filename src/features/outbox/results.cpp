#include "features/outbox/results.hpp"

#include "base/log.hpp"
#include "features/notifications/notifications.hpp"

#include <algorithm>

namespace slipway::outbox {

namespace {

constexpr auto kDuty = rbac::Duty::notifier;
constexpr Seconds kLongestWanted{3600};

// From -1 to 1; the same for all that one person waits for, which stays together.
double jitter_of(const Letter& letter) {
  const auto bytes = letter.held ? letter.user_id.uuid.bytes : Uuid::random().bytes;
  return (bytes[0] * 256 + bytes[1]) / 32767.5 - 1;
}

void say(std::string_view what, const Letter& letter, const Outcome& outcome) {
  const auto* kind = notifications::kind_with(letter.kind_id);
  // The receiver's words may hold what was sent to it: they are kept with the message alone.
  log::info(what, {{"message", letter.message_id.str()},
                   {"kind", kind ? std::string(kind->name) : letter.kind_id.str()},
                   {"method", letter.method},
                   {"attempt", std::to_string(letter.attempt)},
                   {"class", outcome.reason.substr(0, outcome.reason.find(':'))}});
}

}  // namespace

Way way_of(const Letter& letter) { return letter.method == "webhook" ? Way::webhook : Way::smtp; }

double delay_after(const RetryRule& rule, int attempt, std::optional<Seconds> wanted, double jitter) {
  const int doublings = std::clamp(attempt - 1, 0, 3);
  const double own = static_cast<double>(rule.interval.count()) * (1 << doublings) * (1 + jitter / 10);
  return std::max(own, static_cast<double>(std::min(wanted.value_or(Seconds(0)), kLongestWanted).count()));
}

void Results::put(const Letter& letter, std::string_view status, std::string reason, double delay) {
  others_.ids.push_back(letter.message_id);
  others_.statuses.emplace_back(status);
  others_.reasons.push_back(std::move(reason));
  others_.delays.push_back(delay);
}

void Results::add_failure(const Letter& letter, Outcome outcome, Meter::OfKind* kind) {
  const bool again = outcome.is == Outcome::Is::temporary && letter.attempt < rule_.most_attempts;
  if (kind) (outcome.is == Outcome::Is::temporary ? kind->temporary : kind->permanent).add();
  if (!again) {
    say("a notification was not delivered and is not tried again", letter, outcome);
    return put(letter, "permanent_failure", std::move(outcome.reason), 0);
  }
  if (kind) kind->retries.add();
  say("a notification was not delivered and will be tried again", letter, outcome);
  const double delay = delay_after(rule_, letter.attempt, outcome.wait, jitter_of(letter));
  const auto due =
      std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(delay));
  next_ = next_ ? std::min(*next_, due) : due;
  put(letter, "temporary_failure", std::move(outcome.reason), delay);
}

void Results::add(const Letter& letter, Outcome outcome) {
  auto* const kind = meter_.of(way_of(letter), letter.kind_id);
  switch (outcome.is) {
    case Outcome::Is::sent:
      if (kind) kind->sent.add();
      sent_.push_back(letter.message_id);
      break;
    case Outcome::Is::unbegun: unbegun_.push_back(letter.message_id); break;
    case Outcome::Is::inhibited: put(letter, "inhibited", std::move(outcome.reason), 0); break;
    case Outcome::Is::temporary:
    case Outcome::Is::permanent: add_failure(letter, std::move(outcome), kind); break;
  }
  meter_.waiting.set(static_cast<std::int64_t>(waiting()));
}

Task<Result<void>> Results::return_unbegun(store::DutyStore<kDuty>& duty, const std::vector<Uuid>& ids) {
  auto body = [&](store::DutyTx<kDuty>& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::give_back(tx, ids, notifier_));
    co_return co_await store::notify(tx, std::string(notifications::kMessageNews), "");
  };
  co_return co_await duty.tx(body);
}

// More may come in while these are written.
Task<Result<void>> Results::write(store::Db& db, const std::shared_ptr<store::Cost>& cost) {
  auto duty = db.duty<kDuty>(cost);
  Result<void> done;
  if (auto ids = std::exchange(sent_, {}); !ids.empty()) {
    const auto stored = co_await sql::settle_sent(duty, ids);
    if (!stored) {
      done = std::unexpected(stored.error());
      sent_.insert(sent_.end(), ids.begin(), ids.end());
    } else {
      meter_.synced.add(ids.size());
    }
  }
  if (auto args = std::exchange(others_, {}); done && !args.ids.empty()) {
    args.notifier_id = notifier_;
    const auto stored = co_await sql::settle(duty, args);
    if (!stored) done = std::unexpected(stored.error());
    if (stored)
      meter_.synced.add(args.ids.size());
    else
      put_back(args);
  } else {
    put_back(args);
  }
  if (auto ids = std::exchange(unbegun_, {}); !ids.empty()) {
    if (done) done = co_await return_unbegun(duty, ids);
    if (!done) unbegun_.insert(unbegun_.end(), ids.begin(), ids.end());
  }
  meter_.waiting.set(static_cast<std::int64_t>(waiting()));
  co_return done;
}

void Results::put_back(const sql::SettleArgs& args) {
  for (std::size_t i = 0; i < args.ids.size(); ++i) {
    others_.ids.push_back(args.ids[i]);
    others_.statuses.push_back(args.statuses[i]);
    others_.reasons.push_back(args.reasons[i]);
    others_.delays.push_back(args.delays[i]);
  }
}

}  // namespace slipway::outbox
