#include "features/apps/lines.hpp"

#include "aio/event.hpp"
#include "http/home.hpp"
#include "net/http1.hpp"
#include "net/tls.hpp"

#include <list>
#include <unordered_map>

namespace slipway::apps {

// The last answer, and whether somebody asks right now.
struct Right {
  explicit Right(const aio::Executor& home) : answered(home) {}
  std::chrono::steady_clock::time_point asked = std::chrono::steady_clock::time_point::min();
  bool holds = true, asking = false;
  aio::Event answered;
};

namespace {

using Steady = std::chrono::steady_clock;

std::shared_ptr<net::TlsContext> trusting_anybody() {
  auto made = net::make_tls_client({.verify = false});
  return made ? std::move(*made) : nullptr;
}

// One asks, the others wait for the answer; who asks may be cut off in the middle.
struct Asking {
  explicit Asking(Right& right) : of(right) { of.asking = true; }
  ~Asking() {
    of.asking = false;
    of.answered.notify();
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  Right& of;
};

}  // namespace

struct Lines::Share : std::enable_shared_from_this<Lines::Share> {
  Share(const aio::Executor& executor, metric::Gauge& all) : home(executor), sweep(executor), kept(all) {}
  ~Share() { kept.add(-static_cast<std::int64_t>(idle.size())); }

  struct Idle {
    Key key;
    std::unique_ptr<net::Http1> line;
    Steady::time_point since;
  };
  using Place = std::list<Idle>::iterator;

  std::unique_ptr<net::Http1> take(const Key& key) {
    const auto found = by_key.find(key);
    if (found == by_key.end()) return nullptr;
    auto line = std::move(found->second.back()->line);
    drop(found->second.back());
    return line;
  }

  static Task<void> end(std::shared_ptr<Share> self) {
    self->sweep.cancel();
    while (!self->idle.empty()) self->drop(self->idle.begin());
    self->sweeping = false;
    co_return;
  }

  void drop(Place place) {
    const auto found = by_key.find(place->key);
    std::erase(found->second, place);
    if (found->second.empty()) by_key.erase(found);
    idle.erase(place);
    kept.add(-1);
  }

  // The oldest is in front, and looked at again when its time is over.
  void drop_expired(Milliseconds kept_for) {
    const auto now = Steady::now();
    while (!idle.empty() && now - idle.front().since >= kept_for) drop(idle.begin());
    sweeping = !idle.empty();
    if (!sweeping) return;
    sweep.expires_at(idle.front().since + kept_for);
    sweep.async_wait([weak = weak_from_this(), kept_for](const boost::system::error_code& error) {
      if (const auto share = weak.lock(); share && !error) share->drop_expired(kept_for);
    });
  }

  std::shared_ptr<Right> right(const std::string& name) {
    auto& place = known[name];
    auto found = place.lock();
    if (!found) place = found = std::make_shared<Right>(home);
    // A new question makes room for itself: no more places are kept than twice what is open.
    if (known.size() > 2 * last_swept) {
      std::erase_if(known, [](const auto& one) { return one.second.expired(); });
      last_swept = std::max<std::size_t>(known.size(), 64);
    }
    return found;
  }

  aio::Executor home;
  std::list<Idle> idle;
  std::map<Key, std::vector<Place>> by_key;
  asio::steady_timer sweep;
  metric::Gauge& kept;
  bool sweeping = false;
  std::unordered_map<std::string, std::weak_ptr<Right>> known;
  std::size_t last_swept = 64;
};

Lines::Lines(LinesLimits limits) : limits_(limits), tls_(trusting_anybody()) {}
Lines::~Lines() = default;

Lines::Share& Lines::share_of(http::Home& home) {
  const std::lock_guard lock(mutex_);
  auto& share = shares_[home.index];
  if (!share) share = std::make_shared<Share>(home.executor, kept_);
  return *share;
}

std::unique_ptr<net::Http1> Lines::take(http::Home& home, const Key& key) {
  auto line = share_of(home).take(key);
  if (line) reused_.add();
  return line;
}

void Lines::keep(http::Home& home, const Key& key, std::unique_ptr<net::Http1> line) {
  if (stopped_) return;
  auto& share = share_of(home);
  line->trim();
  auto& same = share.by_key[key];
  share.idle.push_back({.key = key, .line = std::move(line), .since = Steady::now()});
  same.push_back(std::prev(share.idle.end()));
  kept_.add(1);
  if (same.size() > limits_.kept_each) share.drop(same.front());
  if (share.idle.size() > limits_.kept_all) share.drop(share.idle.begin());
  if (!share.sweeping) share.drop_expired(limits_.kept_for);
}

void Lines::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  text.one("slipway_app_connections_kept", Type::gauge, "Connections to apps that wait for their next request.", static_cast<double>(kept_.value()));
  text.one("slipway_app_connections_reused_total", Type::counter, "Requests to apps that went by a connection that was kept.",
           static_cast<double>(reused_.value()));
}

Task<void> Lines::stop() {
  stopped_ = true;
  std::vector<std::shared_ptr<Share>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [index, share] : shares_) all.push_back(share);
  }
  for (const auto& share : all) co_await aio::on(share->home, Share::end(share));
}

std::shared_ptr<Right> Lines::right(http::Home& home, const std::string& name) { return share_of(home).right(name); }

Task<bool> holds(std::shared_ptr<Right> right, Steady::time_point since, std::function<Task<bool>()> ask) {
  while (right->asking) co_await right->answered.wait_for(Seconds(1));
  if (right->asked >= since) co_return right->holds;
  const Asking now(*right);
  const auto as_of = Steady::now();
  right->holds = co_await ask();
  right->asked = as_of;
  co_return right->holds;
}

}  // namespace slipway::apps
