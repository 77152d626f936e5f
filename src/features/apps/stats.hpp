// How much apps are used: each request that is carried, and each terminal, is counted in memory and stored with others of its minute.
// Collecting waits for nobody. One a process; any loop. Outlives its sessions.
#pragma once

#include "base/metric.hpp"
#include "features/apps/token.hpp"
#include "http/home.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <span>
#include <tuple>
#include <utility>

namespace slipway::apps {

inline constexpr Seconds kStatsEvery{30}, kStatsLimit{15}, kShortVisit{60};
inline constexpr std::size_t kStatsBatch = 1024;

// One row: what was used by whom, from when until when. A row that is told again under its session replaces what was told before.
struct Stat {
  UserId user;
  WorkspaceId workspace;
  AgentId agent;
  Method method = Method::path;
  std::string slug_or_port;  // "terminal" for terminals
  Uuid session;
  Time started{}, ended{};
  std::int64_t requests = 0;

  bool operator==(const Stat&) const = default;
};

class Stats {
 public:
  // Stores at most kStatsBatch rows.
  using Store = std::function<Task<Result<void>>(http::Home&, std::vector<Stat>)>;
  Stats(const Clock& clock, Store store) : clock_(clock), store_(std::move(store)) {}

  // One request or terminal, which ends with this.
  class Session {
   public:
    Session(Session&& other) noexcept : of_(std::exchange(other.of_, nullptr)), at_(other.at_) {}
    Session& operator=(Session&&) = delete;
    ~Session() {
      if (of_) of_->end(at_);
    }

   private:
    friend class Stats;
    Session(Stats* of, std::list<Stat>::iterator at) : of_(of), at_(at) {}
    Stats* of_;
    std::list<Stat>::iterator at_;
  };
  [[nodiscard]] Session begin(const Claims& claims);

  // What somebody else counted, as it is to be stored.
  void add(Stat stat);
  // Stores what has come up; what cannot be stored is kept for the next time, and comes first then.
  Task<Result<void>> flush(http::Home& home);
  // Flushes every half a minute; runs until cancelled.
  Task<void> keep(http::Home& home);
  void write(metric::Text& text) const;

 private:
  // Short visits of one minute, to one app, by one person, one way.
  using Minute = std::tuple<UserId, WorkspaceId, AgentId, Method, std::string, Time>;
  struct Group {
    Stat stat;
    bool told = false;  // as it is now
  };

  void end(std::list<Stat>::iterator session);
  void count(Stat ended);
  void put(Stat stat);
  std::vector<Stat> take(Time now);
  void keep_for_later(std::span<Stat> failed);

  const Clock& clock_;
  Store store_;
  mutable std::mutex mutex_;  // what follows; never held over an await
  std::list<Stat> open_;
  std::map<Minute, Group> minutes_;
  std::map<std::tuple<UserId, AgentId, Uuid>, Stat> waiting_;  // to be stored next
  std::atomic<std::uint64_t> dropped_ = 0, stored_ = 0;
};

// Into the database of this server.
Stats::Store store_stats();

}  // namespace slipway::apps
