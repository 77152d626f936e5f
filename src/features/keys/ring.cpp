#include "aio/event.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "features/keys/plan.hpp"
#include "http/home.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <mutex>

namespace slipway::keys {

namespace {

// Nobody waits for a refresh while older keys are known: they are good for longer than this.
constexpr Seconds kOld = kLook + Seconds(60);

constexpr Seconds kPatience{15};

using Keys = std::shared_ptr<const std::vector<Key>>;

// Somebody on any loop who waits for a fetch that another one makes.
struct Waiter {
  aio::Executor home;
  std::weak_ptr<aio::Event> event;
};

}  // namespace

struct Ring::State {
  State(std::string_view of, const Clock& the_clock, Fetch the_fetch) : feature(of), clock(the_clock), fetch(std::move(the_fetch)) {}

  const std::string feature;
  const Clock& clock;
  const Fetch fetch;
  std::mutex mutex;  // what follows; never held over an await
  Keys keys = std::make_shared<const std::vector<Key>>();
  std::optional<Time> read, asked;  // when it last went well, and when it was last tried
  bool fetching = false;
  std::vector<Waiter> waiters;

  Keys known() {
    const std::lock_guard lock(mutex);
    return keys;
  }
  static bool within(const std::optional<Time>& since, Seconds limit, Time now) { return since && *since <= now && now - *since < limit; }
  bool is_old(Time now) {
    const std::lock_guard lock(mutex);
    return !fetching && !within(read, kOld, now) && !within(asked, kLookAgain, now);
  }
  bool may_look_again(Time now) {
    const std::lock_guard lock(mutex);
    return fetching || !within(asked, kLookAgain, now);
  }
  // Whether the caller is the one who fetches; otherwise `event` is told when that is done.
  bool begin(const aio::Executor& home, const std::shared_ptr<aio::Event>& event) {
    const std::lock_guard lock(mutex);
    if (fetching) {
      waiters.push_back({home, event});
      return false;
    }
    fetching = true;
    asked = clock.now();
    return true;
  }
  // However it came to its end.
  void end() {
    std::vector<Waiter> all;
    {
      const std::lock_guard lock(mutex);
      fetching = false;
      all.swap(waiters);
    }
    for (const auto& waiter : all)
      boost::asio::post(waiter.home, [event = waiter.event] {
        if (const auto there = event.lock()) there->notify();
      });
  }
  static Task<Result<void>> fetch_now(std::shared_ptr<State> self, http::Home& home) {
    const OnExit done([&self] { self->end(); });
    CO_TRY(fresh, co_await self->fetch(home));
    self->take(std::move(fresh));
    co_return Result<void>();
  }
  void take(std::vector<Key> fresh) {
    auto now = std::make_shared<const std::vector<Key>>(std::move(fresh));
    const std::lock_guard lock(mutex);
    keys = std::move(now);
    read = clock.now();
  }
};

Ring::Ring(std::string_view feature, const Clock& clock, Fetch fetch) : state_(std::make_shared<State>(feature, clock, std::move(fetch))) {}
Ring::~Ring() = default;

// One fetches for all who need it at the time. It ends whatever becomes of its caller, because the others wait for it.
Task<Result<void>> Ring::refresh(http::Home& home) {
  const auto state = state_;
  const auto event = std::make_shared<aio::Event>(home.executor);
  if (state->begin(home.executor, event)) co_return co_await aio::shielded(State::fetch_now(state, home));
  (void)co_await event->wait_for(kPatience);
  co_return Result<void>();
}

Task<Result<Key>> Ring::signing(http::Home& home) {
  const auto state = state_;
  const bool old = state->is_old(state->clock.now());
  if (old || !signing_key(*state->known(), state->clock.now())) {
    const auto read = co_await refresh(home);
    if (!read) log::warn("could not read the keys of this deployment", {{"feature", state->feature}, {"why", read.error().why}});
  }
  const auto known = state->known();
  if (const auto* key = signing_key(*known, state->clock.now())) co_return *key;
  co_return fail(Code::unavailable, "There is no key to sign with at the moment. Try again in a minute.");
}

Task<std::optional<Key>> Ring::numbered(http::Home& home, std::int32_t sequence) {
  const auto state = state_;
  const auto find = [&state, sequence]() -> std::optional<Key> {
    const auto known = state->known();
    const auto found = std::ranges::find(*known, sequence, &Key::sequence);
    if (found == known->end() || !is_good(*found, state->clock.now())) return std::nullopt;
    return *found;
  };
  if (sequence < 1) co_return std::nullopt;
  auto found = find();
  const auto now = state->clock.now();
  if (found ? !state->is_old(now) : !state->may_look_again(now)) co_return found;
  const auto read = co_await refresh(home);
  if (!read) log::warn("could not read the keys of this deployment", {{"feature", state->feature}, {"why", read.error().why}});
  co_return find();
}

}  // namespace slipway::keys
