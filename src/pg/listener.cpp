#include "pg/listener.hpp"

#include "aio/nursery.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "pg/session.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <random>
#include <set>
#include <unordered_map>

namespace slipway::pg {

namespace {

constexpr Milliseconds kFirstPause{100}, kLongestPause{5000};
// After this long without a notification the connection is tried, so that a peer that vanished is noticed.
constexpr Milliseconds kQuiet{30000}, kAnswer{10000};

}  // namespace

struct Listener::Subscription::Entry {
  asio::any_io_executor where;
  std::string channel, payload;
  Callback callback;
  std::weak_ptr<Impl> listener;
  std::atomic<bool> ended = false;
};

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  using Entry = std::shared_ptr<Subscription::Entry>;
  // Who waits for what of one channel; under "" who waits for everything.
  struct Channel {
    std::unordered_map<std::string, std::vector<Entry>> by_payload;
    bool listened = false;  // on the connection there is now
  };

  Impl(asio::any_io_executor home_executor, ConnectOptions wanted) : home(std::move(home_executor)), options(std::move(wanted)), nursery(home) {
    options.application_name = "slipway-listener";
  }

  void add(Entry entry);
  void remove(const Entry& entry);
  void tell(const Entry& entry, Wake wake);
  void tell(const Channel& channel, const std::string& payload, const std::string& said);
  static Task<void> run(std::shared_ptr<Impl> self);
  Task<Outcome<void>> serve(Session& session);
  Task<Outcome<void>> catch_up(Session& session);
  Task<Outcome<void>> still_there(Session& session);

  asio::any_io_executor home;
  ConnectOptions options;
  aio::Nursery nursery;
  std::map<std::string, Channel, std::less<>> channels;
  std::set<std::string> changed;  // channels whose LISTEN or UNLISTEN is still to be sent
  Session* session = nullptr;     // while connected
  bool running = false;
  bool stopping = false;
};

void Listener::Impl::add(Entry entry) {
  if (stopping) return;
  Channel& channel = channels[entry->channel];
  // What is listened to already may have spoken before this one came.
  if (channel.listened)
    tell(entry, {.missed = true});
  else
    changed.insert(entry->channel);
  channel.by_payload[entry->payload].push_back(std::move(entry));
  if (channel.listened) return;
  if (!std::exchange(running, true)) nursery.start(run, shared_from_this());
  if (session) session->interrupt();
}

void Listener::Impl::remove(const Entry& entry) {
  const auto found = channels.find(entry->channel);
  if (found == channels.end()) return;
  auto& waiting = found->second.by_payload;
  const auto same = waiting.find(entry->payload);
  if (same == waiting.end() || std::erase(same->second, entry) == 0 || !same->second.empty()) return;
  waiting.erase(same);
  if (!waiting.empty()) return;
  channels.erase(found);
  changed.insert(entry->channel);
  if (session) session->interrupt();
}

void Listener::Impl::tell(const Entry& entry, Wake wake) {
  asio::post(entry->where, [entry, wake = std::move(wake)] {
    if (!entry->ended) entry->callback(wake);
  });
}

void Listener::Impl::tell(const Channel& channel, const std::string& payload, const std::string& said) {
  const auto found = channel.by_payload.find(payload);
  if (found == channel.by_payload.end()) return;
  for (const auto& entry : found->second) tell(entry, {.payload = said});
}

Task<void> Listener::Impl::run(std::shared_ptr<Impl> self) {
  static std::atomic<unsigned> seed = 1;
  std::minstd_rand random(seed++);
  auto pause = kFirstPause;
  for (;;) {
    auto opened = co_await Session::open(self->options);
    SqlFailure why;
    if (opened) {
      pause = kFirstPause;
      for (auto& [name, channel] : self->channels) {
        channel.listened = false;
        self->changed.insert(name);
      }
      self->session = &*opened;
      const OnExit gone([&self] { self->session = nullptr; });
      auto ended = co_await self->serve(*opened);
      why = std::move(ended).error();
    } else {
      why = std::move(opened).error();
    }
    log::warn("the connection for notifications was lost", {{"why", why.message}});
    co_await aio::sleep(pause / 2 + Milliseconds(random() % static_cast<unsigned>(pause.count())));
    pause = std::min(pause * 2, kLongestPause);
  }
}

// Until the connection breaks: then its failure.
Task<Outcome<void>> Listener::Impl::serve(Session& current) {
  for (;;) {
    CO_CHECK(co_await catch_up(current));
    auto got = co_await current.notification(kQuiet);
    if (!got) co_return std::unexpected(std::move(got).error());
    if (*got) {
      if (const auto found = channels.find((*got)->channel); found != channels.end()) {
        const std::string& said = (*got)->payload;
        tell(found->second, {}, said);
        if (!said.empty()) tell(found->second, said, said);
      }
    } else if (changed.empty()) {
      CO_CHECK(co_await still_there(current));
    }
  }
}

Task<Outcome<void>> Listener::Impl::catch_up(Session& current) {
  while (!changed.empty()) {
    const std::string channel = *changed.begin();
    changed.erase(changed.begin());
    const bool wanted = channels.contains(channel);
    auto done = co_await current.run((wanted ? "listen " : "unlisten ") + quote_identifier(channel));
    if (!done) co_return std::unexpected(std::move(done).error());
    const auto found = channels.find(channel);
    if (found == channels.end()) continue;
    // All of the channel's, also those told before: a second look costs little, a missed one costs a wake-up.
    found->second.listened = wanted;
    for (const auto& [payload, entries] : found->second.by_payload)
      for (const auto& entry : entries) tell(entry, {.missed = true});
  }
  co_return Outcome<void>();
}

Task<Outcome<void>> Listener::Impl::still_there(Session& current) {
  auto ask = [](Session& asked) -> Task<Result<void>> {
    auto done = co_await asked.run("select 1");
    if (!done) co_return std::unexpected(to_error(done.error()));
    co_return Result<void>();
  };
  auto answered = co_await aio::with_deadline(kAnswer, "PostgreSQL does not answer", ask(current));
  if (!answered) co_return lost(answered.error().say);
  co_return Outcome<void>();
}

Listener::Subscription& Listener::Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  end();
  entry_ = std::move(other.entry_);
  return *this;
}

void Listener::Subscription::end() {
  const auto entry = std::exchange(entry_, nullptr);
  if (!entry) return;
  entry->ended = true;
  if (auto impl = entry->listener.lock()) {
    asio::post(impl->home, [weak = entry->listener, entry] {
      if (auto still = weak.lock()) still->remove(entry);
    });
  }
}

Listener::Listener(asio::any_io_executor home, ConnectOptions options) : impl_(std::make_shared<Impl>(std::move(home), std::move(options))) {}

Listener::~Listener() { check(impl_->stopping, "a Listener was destroyed while running: await stop() first"); }

Listener::Subscription Listener::subscribe(asio::any_io_executor where, std::string channel, std::string payload, Callback callback) {
  Subscription made;
  made.entry_ = std::make_shared<Subscription::Entry>();
  made.entry_->where = std::move(where);
  made.entry_->channel = std::move(channel);
  made.entry_->payload = std::move(payload);
  made.entry_->callback = std::move(callback);
  made.entry_->listener = impl_;
  asio::post(impl_->home, [weak = std::weak_ptr(impl_), entry = made.entry_] {
    auto impl = weak.lock();
    if (impl && !entry->ended) impl->add(entry);
  });
  return made;
}

Task<void> Listener::stop() {
  auto impl = impl_;
  impl->stopping = true;
  co_await impl->nursery.stop();
  impl->channels.clear();
}

}  // namespace slipway::pg
