// The servers that run on this database now: this one's row, kept alive while it runs, and the key that they share.
// One a process. home: the loop of the Home given.
#pragma once

#include "http/home.hpp"
#include "tunnel/relay.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace slipway::tunnels {

inline constexpr Seconds kReplicaBeat{5};
// A replica that has not said so for this long holds no tunnel.
inline constexpr Seconds kReplicaAlive{30};

class Replicas {
 public:
  Replicas(ReplicaId id, std::string relay_address, std::string version);

  ReplicaId id() const { return id_; }
  // Writes this server's row; tunnels may be held from then on.
  Task<Result<void>> begin(http::Home& home);
  // Keeps the row alive and forgets servers long silent; runs until cancelled.
  Task<void> keep(http::Home& home);
  // Says that this server has stopped.
  Task<void> end(http::Home& home);

  // What replicas prove themselves with; made by whichever needs it first. Any loop.
  Task<Result<std::shared_ptr<tunnel::RelayKey>>> key(http::Home& home);
  const std::string& relay_address() const { return relay_address_; }
  // When the row was last written, by the database's clock; nothing before begin(). Any loop.
  std::optional<Time> last_beat() const;

 private:
  Task<Result<void>> save(http::Home& home);

  ReplicaId id_;
  std::string relay_address_, version_, hostname_;
  std::mutex mutex_;  // key_ only, never held over an await
  std::shared_ptr<tunnel::RelayKey> key_;
  std::atomic<Time::rep> beat_ = 0;  // since the epoch; 0: never
};

}  // namespace slipway::tunnels
