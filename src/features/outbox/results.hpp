// What came of messages, on its way to the store. home: own thread.
#pragma once

#include "features/outbox/compose.hpp"
#include "features/outbox/meter.hpp"
#include "store/db.hpp"

#include <optional>

namespace slipway::outbox {

struct Outcome {
  enum class Is { sent, temporary, permanent, inhibited, unbegun } is;
  std::string reason = {};
  std::optional<Seconds> wait = {};  // that the receiver asked for
};

struct RetryRule {
  std::int64_t most_attempts = 5;
  Seconds interval{300};
};
// Until the next attempt after the `attempt`th failed: the interval times 1, 2, 4, then always 8, `jitter` (-1 to 1) tenths of it off, and not
// before the receiver wants it, which is an hour at most.
double delay_after(const RetryRule& rule, int attempt, std::optional<Seconds> wanted, double jitter);

class Results {
 public:
  Results(Uuid notifier, RetryRule rule, Meter& meter) : notifier_(notifier), rule_(rule), meter_(meter) {}

  void add(const Letter& letter, Outcome outcome);
  const Uuid& notifier() const { return notifier_; }
  std::size_t waiting() const { return sent_.size() + others_.ids.size() + unbegun_.size(); }
  // A statement for what was sent, one for what was not, one for what was not begun. Errors: what is not written stays, and may be tried again.
  Task<Result<void>> write(store::Db& db, const std::shared_ptr<store::Cost>& cost);
  // When the first of what was written so far is to be tried again.
  std::optional<std::chrono::steady_clock::time_point> next() const { return next_; }
  void forget_next() { next_.reset(); }

 private:
  void add_failure(const Letter& letter, Outcome outcome, Meter::OfKind* kind);
  void put(const Letter& letter, std::string_view status, std::string reason, double delay);
  void put_back(const sql::SettleArgs& args);
  Task<Result<void>> return_unbegun(store::DutyStore<rbac::Duty::notifier>& duty, const std::vector<Uuid>& ids);

  Uuid notifier_;
  RetryRule rule_;
  Meter& meter_;
  std::vector<Uuid> sent_, unbegun_;
  sql::SettleArgs others_;
  std::optional<std::chrono::steady_clock::time_point> next_;
};

Way way_of(const Letter& letter);

}  // namespace slipway::outbox
