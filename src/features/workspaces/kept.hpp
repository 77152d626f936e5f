// Rows of the list of workspaces as they were last written, each under the stamp of its listing and the marks of what else it shows, so that
// whoever reads those afresh knows whether a row is still what would be written now. What depends on the caller is not in it.
#pragma once

#include "api/gen/workspaces.hpp"
#include "base/metric.hpp"
#include "features/resources/status.hpp"

#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace slipway::workspaces {

// What a row shows besides its own: a person's name, a template's icon. The mark is another when what is shown of it is.
struct Thing {
  Uuid id;  // nil: none
  std::int64_t mark = 0;
};

// A row, and what of it the clock, heartbeats and uses change without a new stamp. Immutable.
struct Piece {
  struct Agent {
    AgentId id;
    resources::ConnectionTimes times;  // but when it was disconnected, which heartbeats tell
    std::string status;                // as the text has it, and the next
    std::optional<Time> disconnected_at;
  };
  struct Waiting {
    JobId job;
    std::int64_t position, size;
  };

  // `shown` is written as nobody's favorite.
  Piece(Uuid stamp, std::array<Thing, 6> things, api::Workspace shown);
  std::size_t memory() const;

  Uuid stamp;
  std::array<Thing, 6> things;
  Time last_used_at;
  std::vector<Agent> agents;
  std::optional<Waiting> waiting;  // for a provisioner
  std::string text;
  std::size_t favorite_at = 0;  // where the value of "favorite" begins in it
  std::string digest;           // 16 bytes
};
using PiecePtr = std::shared_ptr<const Piece>;

// Bounded by the memory that the pieces take; the one that nobody asked for the longest goes first. One a process; any loop.
class Kept {
 public:
  explicit Kept(std::int64_t bytes) : most_(bytes > 0 ? static_cast<std::size_t>(bytes) : 0) {}

  bool has_room() const { return most_ > 0; }
  // One for each id, null where there is none.
  std::vector<PiecePtr> find(const std::vector<WorkspaceId>& ids);
  void put(WorkspaceId id, PiecePtr piece);
  std::size_t memory() const;
  void write(metric::Text& text) const;

  metric::Counter kept, renewed, read;  // rows of answers: as they were; with what heartbeats changed; read anew
  metric::Counter unchanged;            // answers without rows: the caller had them

 private:
  struct Entry {
    WorkspaceId id;
    PiecePtr piece;
  };
  void forget(std::list<Entry>::iterator entry);  // with the lock held

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::size_t memory_ = 0;
  std::list<Entry> order_;  // what was asked for last comes first
  std::unordered_map<WorkspaceId, std::list<Entry>::iterator> index_;
};

}  // namespace slipway::workspaces
