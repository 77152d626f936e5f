#include "features/chats/limits.hpp"

#include "base/log.hpp"
#include "features/chats/gen/chats_sql.hpp"
#include "store/db.hpp"

#include <boost/asio/post.hpp>

namespace slipway::chats {

namespace {

constexpr Seconds kGood{30};
constexpr std::size_t kBatch = 100, kMostKnown = 20'000;

}  // namespace

// home: the loop that counts.
struct Limits::Wanted {
  explicit Wanted(const aio::Executor& executor) : home(executor), event(executor) {}
  const aio::Executor home;
  aio::Event event;
};

void Limits::count_if_old(UserId person, Count& count) {
  if (count.asked || (count.as_of != Steady::time_point() && Steady::now() - count.as_of < kGood)) return;
  count.asked = true;
  wanted_.push_back(person);
  if (wanted_.size() > 1) return;
  if (const auto keeper = keeper_.lock()) boost::asio::post(keeper->home, [keeper] { keeper->event.notify(); });
}

void Limits::forget_old() {
  if (counts_.size() <= kMostKnown) return;
  std::erase_if(counts_, [](const auto& one) { return !one.second.asked && Steady::now() - one.second.as_of >= kGood; });
}

bool Limits::reached(UserId person) {
  if (most_ <= 0) return false;
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(person.uuid);
  if (found == counts_.end() || found->second.chats < most_) return false;
  count_if_old(person, found->second);
  return true;
}

void Limits::made(UserId person) {
  if (most_ <= 0) return;
  const std::lock_guard lock(mutex_);
  forget_old();
  auto& count = counts_[person.uuid];
  ++count.chats;
  count_if_old(person, count);
}

std::vector<UserId> Limits::take() {
  const std::lock_guard lock(mutex_);
  if (wanted_.size() <= kBatch) return std::exchange(wanted_, {});
  std::vector<UserId> some(wanted_.end() - kBatch, wanted_.end());
  wanted_.resize(wanted_.size() - kBatch);
  return some;
}

// What could not be counted is asked for again by the next who makes one.
Task<void> Limits::count(http::Home& home, std::vector<UserId> people) {
  auto duty = home.db.duty<rbac::Duty::chat_keeper>();
  const auto held = co_await sql::held(duty, static_cast<std::int32_t>(most_), people);
  if (!held) log::warn("could not count the chats of people", {{"why", held.error().why}});
  const std::lock_guard lock(mutex_);
  for (const auto person : people) counts_[person.uuid].asked = false;
  if (!held) co_return;
  for (const auto& row : *held) counts_[row.owner_id.uuid] = {.chats = row.chats, .as_of = Steady::now()};
}

Task<void> Limits::keep(http::Home& home) {
  const auto keeper = std::make_shared<Wanted>(home.executor);
  {
    const std::lock_guard lock(mutex_);
    keeper_ = keeper;
    if (!wanted_.empty()) keeper->event.notify();
  }
  for (;;) {
    co_await keeper->event.wait();
    for (auto people = take(); !people.empty(); people = take()) co_await count(home, std::move(people));
  }
}

}  // namespace slipway::chats
