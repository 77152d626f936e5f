// Wake-ups for those who have a chat, or their chats, open: what changed here wakes them directly, and the other servers are told of it, many
// at once and a few times a second, from outside the transactions that changed something. A wake-up carries no data: whoever is woken reads.
#pragma once

#include "aio/event.hpp"
#include "base/metric.hpp"
#include "http/home.hpp"
#include "pg/listener.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace slipway::chats {

// What rings for one stream. home: the stream's loop; lives as long as the stream.
struct Bell {
  static constexpr std::size_t kMost = 1000;  // chats by name; more are all of them

  explicit Bell(aio::Executor loop) : home(std::move(loop)), rung(home) {}
  void ring(const std::optional<ChatId>& chat);

  const aio::Executor home;
  aio::Event rung;
  std::vector<ChatId> chats;  // that something became of
  bool all = false;           // or of any
};

// One a process; called from any loop.
class News {
 public:
  static constexpr std::size_t kMostStreams = 100;  // of one person

  News();

  // For what is said in a chat, and for what becomes of a person's chats. Null: `person` has too many streams open.
  std::shared_ptr<Bell> of_chat(aio::Executor home, ChatId chat, UserId person);
  std::shared_ptr<Bell> of_owner(aio::Executor home, UserId person);

  // What is committed by now: something was said in the chat; something became of it, its end too.
  void said(ChatId chat);
  void changed(ChatId chat, UserId owner);

  // Tells the other servers, and hears them; runs until cancelled.
  Task<void> keep(http::Home& home);
  void write(metric::Text& text);

 private:
  struct Place {
    aio::Executor home;
    std::weak_ptr<Bell> bell;
  };
  using Places = std::vector<Place>;
  using Streams = std::unordered_map<std::string, Places>;
  // A chat, and which owner's it is as far as six digits tell: enough that few are woken in vain.
  struct Entry {
    ChatId chat;
    std::string owner;  // kNobody: only who has the chat open is to know
  };
  struct Outgoing;
  std::shared_ptr<Bell> open(aio::Executor home, Streams& where, const std::string& key, UserId person);
  void sweep();
  void tell(Entry entry);
  void ring(const Entry& entry);
  void ring_all();
  void hear(const pg::Wake& wake);
  std::string take();  // the next payload; empty: there is nothing to tell

  const std::string self_;  // says whose a notification is
  std::mutex mutex_;        // of what follows; never held over an await
  Streams by_chat_, by_owner_, by_person_;
  std::size_t opened_ = 0;
  std::vector<Entry> pending_;
  std::weak_ptr<Outgoing> outgoing_;
  std::atomic<std::uint64_t> told_ = 0;
};

}  // namespace slipway::chats
