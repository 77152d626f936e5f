#include "features/chats/news.hpp"

#include "base/log.hpp"
#include "features/chats/gen/chats_sql.hpp"
#include "store/db.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace slipway::chats {

namespace {

constexpr std::string_view kChannel = "chats";
constexpr Milliseconds kPause{50};       // between two notifications
constexpr std::size_t kMostChats = 200;  // of one notification, which PostgreSQL limits to 8,000 bytes
constexpr std::size_t kSelf = 8, kId = 32, kOwner = 6;
constexpr std::size_t kSweep = 256;  // streams opened between two looks at those that have gone
constexpr std::string_view kNobody = "------", kEvery = "*";

std::string digits(const Uuid& id) {
  std::string out;
  for (const char c : id.str())
    if (c != '-') out += c;
  return out;
}

std::optional<Uuid> id_of(std::string_view digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += digits[i];
  }
  return Uuid::parse(text);
}

std::string mark_of(UserId owner) { return digits(owner.uuid).substr(0, kOwner); }

template <class Streams>
std::size_t forget_gone(Streams& streams) {
  std::size_t left = 0;
  for (auto& [key, places] : streams) {
    std::erase_if(places, [](const auto& place) { return place.bell.expired(); });
    left += places.size();
  }
  std::erase_if(streams, [](const auto& one) { return one.second.empty(); });
  return left;
}

}  // namespace

void Bell::ring(const std::optional<ChatId>& chat) {
  if (chat && chats.size() < kMost)
    chats.push_back(*chat);
  else
    all = true;
  rung.notify();
}

// home: the loop that tells.
struct News::Outgoing {
  explicit Outgoing(const aio::Executor& executor) : home(executor), event(executor) {}
  const aio::Executor home;
  aio::Event event;
};

News::News() : self_(digits(Uuid::random()).substr(0, kSelf)) {}

std::shared_ptr<Bell> News::open(aio::Executor home, Streams& where, const std::string& key, UserId person) {
  const std::lock_guard lock(mutex_);
  if (++opened_ % kSweep == 0) sweep();
  auto& theirs = by_person_[person.str()];
  std::erase_if(theirs, [](const Place& place) { return place.bell.expired(); });
  if (theirs.size() >= kMostStreams) return nullptr;
  auto bell = std::make_shared<Bell>(home);
  const Place place{.home = std::move(home), .bell = bell};
  theirs.push_back(place);
  auto& there = where[key];
  std::erase_if(there, [](const Place& one) { return one.bell.expired(); });
  there.push_back(place);
  return bell;
}

std::shared_ptr<Bell> News::of_chat(aio::Executor home, ChatId chat, UserId person) {
  return open(std::move(home), by_chat_, digits(chat.uuid), person);
}

std::shared_ptr<Bell> News::of_owner(aio::Executor home, UserId person) { return open(std::move(home), by_owner_, mark_of(person), person); }

void News::sweep() {
  forget_gone(by_chat_);
  forget_gone(by_owner_);
  forget_gone(by_person_);
}

// With the lock held.
void News::ring(const Entry& entry) {
  const auto wake = [&entry](const Streams& streams, const std::string& key) {
    const auto found = streams.find(key);
    if (found == streams.end()) return;
    for (const auto& place : found->second)
      boost::asio::post(place.home, [to = place.bell, chat = entry.chat] {
        if (const auto bell = to.lock()) bell->ring(chat);
      });
  };
  wake(by_chat_, digits(entry.chat.uuid));
  if (entry.owner != kNobody) wake(by_owner_, entry.owner);
}

void News::ring_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, places] : by_person_)
    for (const auto& place : places)
      boost::asio::post(place.home, [to = place.bell] {
        if (const auto bell = to.lock()) bell->ring(std::nullopt);
      });
}

void News::tell(Entry entry) {
  const std::lock_guard lock(mutex_);
  ring(entry);
  if (pending_.size() > kMostChats) return;  // all are told to look
  pending_.push_back(std::move(entry));
  if (pending_.size() > 1) return;
  if (const auto outgoing = outgoing_.lock()) boost::asio::post(outgoing->home, [outgoing] { outgoing->event.notify(); });
}

void News::said(ChatId chat) { tell({.chat = chat, .owner = std::string(kNobody)}); }
void News::changed(ChatId chat, UserId owner) { tell({.chat = chat, .owner = mark_of(owner)}); }

std::string News::take() {
  const std::lock_guard lock(mutex_);
  const auto entries = std::exchange(pending_, {});
  if (entries.empty()) return {};
  if (entries.size() > kMostChats) return self_ + std::string(kEvery);
  std::string payload = self_;
  for (const auto& entry : entries) payload += digits(entry.chat.uuid) + entry.owner;
  return payload;
}

void News::hear(const pg::Wake& wake) {
  std::string_view rest = wake.payload;
  if (wake.missed || rest.size() < kSelf) return ring_all();
  if (rest.starts_with(self_)) return;
  rest.remove_prefix(kSelf);
  if (rest == kEvery) return ring_all();
  const std::lock_guard lock(mutex_);
  for (; rest.size() >= kId + kOwner; rest.remove_prefix(kId + kOwner))
    if (const auto chat = id_of(rest.substr(0, kId))) ring({.chat = ChatId{*chat}, .owner = std::string(rest.substr(kId, kOwner))});
}

Task<void> News::keep(http::Home& home) {
  const auto outgoing = std::make_shared<Outgoing>(home.executor);
  {
    const std::lock_guard lock(mutex_);
    outgoing_ = outgoing;
    if (!pending_.empty()) outgoing->event.notify();
  }
  auto heard = [this](const pg::Wake& wake) { hear(wake); };
  const auto subscription = home.db.listener().subscribe(home.executor, std::string(kChannel), std::move(heard));
  for (;;) {
    co_await outgoing->event.wait();
    const auto payload = take();
    if (payload.empty()) continue;
    auto duty = home.db.duty<rbac::Duty::chat_keeper>();
    const auto told = co_await sql::wake(duty, payload);
    if (told)
      ++told_;
    else  // they look by themselves every few seconds
      log::warn("could not tell the other servers of chats", {{"why", told.error().why}});
    co_await aio::sleep(kPause);
  }
}

void News::write(metric::Text& text) {
  std::size_t streams = 0;
  {
    const std::lock_guard lock(mutex_);
    streams = forget_gone(by_person_);
  }
  using Type = metric::Text::Type;
  text.one("slipway_chat_streams", Type::gauge, "Streams of chats that are open on this server.", static_cast<double>(streams));
  text.one("slipway_chat_notifications_total", Type::counter, "Notifications by which this server told the others of chats.",
           static_cast<double>(told_.load()));
}

}  // namespace slipway::chats
