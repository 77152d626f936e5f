// New lines of inboxes on their way to those who have theirs open. Each line that somebody here waits for is read once for the whole
// process, however many streams its person has open, and handed to each of them on its own loop. One a process.
#pragma once

#include "aio/event.hpp"
#include "api/gen/notifications.hpp"
#include "features/inbox/gen/inbox_sql.hpp"
#include "http/home.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace slipway::inbox {

// A line, and how much its person has not read.
using Note = api::GetInboxNotificationResponse;

// What waits for one stream. home: the stream's loop; lives as long as the stream.
struct Mailbox {
  static constexpr std::size_t kMost = 16, kBurst = 1000;  // for whoever is slow; for whoever keeps up, when many come at once

  explicit Mailbox(aio::Executor loop) : home(std::move(loop)), arrived(home) {}
  void put(std::shared_ptr<const Note> note);

  const aio::Executor home;
  aio::Event arrived;
  std::deque<std::shared_ptr<const Note>> notes;
  std::optional<std::chrono::steady_clock::time_point> saying;  // since when one is on its way to the stream
  bool ready = false;                                           // what is written from now on comes here
  bool full = false;                                            // there was no room for one
  bool missed = false;                                          // news may have been lost: whoever listens lists anew
};

class News {
 public:
  // It is told of what is written for this person, as soon as it is ready. On the loop that is given.
  std::shared_ptr<Mailbox> open(aio::Executor home, UserId person);
  // Reads and hands out; runs until cancelled.
  Task<void> keep(http::Home& home);

 private:
  struct Place {
    aio::Executor home;
    std::weak_ptr<Mailbox> mailbox;
  };
  struct Arrived;
  // The person and the line that a payload names, if somebody here waits for them.
  std::optional<Uuid> line_of(std::string_view payload);
  std::vector<Place> places(UserId person);
  void miss_all();
  void hand_out(std::vector<sql::Line> lines, const std::string& access_url);

  std::mutex mutex_;  // of what follows; never held over an await
  std::map<UserId, std::vector<Place>> open_;
  bool listening_ = false;
  std::size_t swept_ = 64;  // people who were left when those who had gone were last looked for
};

}  // namespace slipway::inbox
