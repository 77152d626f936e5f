// The servers that run on this database now: this one's row, kept alive while it runs, and the key that they share.
// One a process. home: the loop of the Home given.
#pragma once

#include "http/call.hpp"
#include "tunnel/relay.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

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

  using Key = std::shared_ptr<tunnel::RelayKey>;
  // What replicas prove themselves with, the newest one; made by whichever needs it first. Any loop.
  Task<Result<Key>> key(http::Home& home);
  // A proof that was good: the key that it was made with, and its number.
  struct Proven {
    Key key;
    std::string number;
  };
  // The newest key and the one before it are good; a proof by neither may be by one that has come since they were read. Errors:
  // unauthenticated. Any loop.
  Task<Result<Proven>> prove(http::Call& call);
  // When the row was last written, by the database's clock; nothing before begin(). Any loop.
  std::optional<Time> last_beat() const;

 private:
  struct KnownKey {
    std::string secret;
    Key key;  // knows which proofs were used: the same one for as long as the secret is good
  };

  Task<Result<void>> save(http::Home& home);
  Task<Result<void>> read_keys(http::Home& home);
  std::vector<KnownKey> known_keys();
  Result<Proven> judge(http::Call& call);
  bool may_look_again();

  ReplicaId id_;
  std::string relay_address_, version_, hostname_;
  std::mutex mutex_;                                                   // keys_ and looked_again_, never held over an await
  std::vector<KnownKey> keys_;                                         // the newest first
  std::optional<std::chrono::steady_clock::time_point> looked_again_;  // for keys, because of a proof that none fitted
  std::atomic<Time::rep> beat_ = 0;                                    // since the epoch; 0: never
};

}  // namespace slipway::tunnels
