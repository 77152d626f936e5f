#include "features/inbox/news.hpp"

#include "base/log.hpp"
#include "features/inbox/wire.hpp"
#include "features/notifications/notifications.hpp"
#include "store/db.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace slipway::inbox {

namespace {

constexpr Seconds kSlow{1};  // for one frame

}  // namespace

void Mailbox::put(std::shared_ptr<const Note> note) {
  const bool slow = saying && std::chrono::steady_clock::now() - *saying >= kSlow;
  if (notes.size() < (slow ? kMost : kBurst))
    notes.push_back(std::move(note));
  else
    full = true;
  arrived.notify();
}

// What notifications named since it was last looked. home: the loop that keeps.
struct News::Arrived {
  explicit Arrived(const aio::Executor& home) : event(home) {}
  aio::Event event;
  std::vector<Uuid> lines;
  bool missed = false;
};

std::shared_ptr<Mailbox> News::open(aio::Executor home, UserId person) {
  auto mailbox = std::make_shared<Mailbox>(home);
  const std::lock_guard lock(mutex_);
  mailbox->ready = listening_;
  auto& here = open_[person];
  std::erase_if(here, [](const Place& place) { return place.mailbox.expired(); });
  here.push_back({std::move(home), mailbox});
  if (open_.size() > 2 * swept_) {
    std::erase_if(open_, [](const auto& one) { return std::ranges::all_of(one.second, [](const Place& place) { return place.mailbox.expired(); }); });
    swept_ = std::max<std::size_t>(open_.size(), 64);
  }
  return mailbox;
}

std::vector<News::Place> News::places(UserId person) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(person);
  if (found == open_.end()) return {};
  std::erase_if(found->second, [](const Place& place) { return place.mailbox.expired(); });
  if (!found->second.empty()) return found->second;
  open_.erase(found);
  return {};
}

std::optional<Uuid> News::line_of(std::string_view payload) {
  const auto between = payload.find('/');
  if (between == payload.npos) return std::nullopt;
  const auto person = Uuid::parse(payload.substr(0, between)), line = Uuid::parse(payload.substr(between + 1));
  if (!person || !line || places(UserId{*person}).empty()) return std::nullopt;
  return *line;
}

void News::miss_all() {
  std::vector<Place> all;
  {
    const std::lock_guard lock(mutex_);
    listening_ = true;
    for (const auto& [person, here] : open_) all.insert(all.end(), here.begin(), here.end());
  }
  for (const auto& place : all)
    asio::post(place.home, [to = place.mailbox] {
      if (const auto mailbox = to.lock()) {
        mailbox->missed = mailbox->ready;  // who was not told anything yet has missed nothing
        mailbox->ready = true;
        mailbox->arrived.notify();
      }
    });
}

void News::hand_out(std::vector<sql::Line> lines, const std::string& access_url) {
  for (auto& line : lines) {
    if (!line.id || !line.user_id) continue;
    const auto person = *line.user_id;
    const auto unread = line.unread;
    const auto note = std::make_shared<const Note>(Note{.notification = to_wire(std::move(line), access_url), .unread_count = unread});
    for (const auto& place : places(person))
      asio::post(place.home, [to = place.mailbox, note] {
        if (const auto mailbox = to.lock()) mailbox->put(note);
      });
  }
}

Task<void> News::keep(http::Home& home) {
  const auto arrived = std::make_shared<Arrived>(home.executor);
  auto hear = [this, arrived](const pg::Wake& wake) {
    const auto line = line_of(wake.payload);
    if (line) arrived->lines.push_back(*line);
    arrived->missed = arrived->missed || wake.missed;
    if (line || wake.missed) arrived->event.notify();
  };
  const auto subscription = home.db.listener().subscribe(home.executor, std::string(notifications::kInboxNews), std::move(hear));
  for (;;) {
    co_await arrived->event.wait();
    if (std::exchange(arrived->missed, false)) miss_all();
    const auto ids = std::exchange(arrived->lines, {});
    if (ids.empty()) continue;
    auto duty = home.db.duty<rbac::Duty::notifier>();
    auto lines = co_await sql::fresh(duty, ids);
    if (lines) {
      hand_out(std::move(*lines), home.site->access_url);
      continue;
    }
    log::warn("could not read new lines of inboxes: their streams begin anew", {{"why", lines.error().why}});
    miss_all();
  }
}

}  // namespace slipway::inbox
