#include "features/workspaces/kept.hpp"

#include "base/check.hpp"
#include "crypto/hash.hpp"

namespace slipway::workspaces {

namespace {

constexpr std::string_view kNoFavorite = "\"favorite\":false";
constexpr std::size_t kDigest = 16;
constexpr std::size_t kAround = 256;  // what an entry takes in the list and in the index, and its pointer's count

}  // namespace

Piece::Piece(Uuid the_stamp, std::array<Thing, 6> the_things, api::Workspace shown)
    : stamp(the_stamp), things(the_things), last_used_at(shown.last_used_at) {
  for (const auto& resource : shown.latest_build.resources)
    for (const auto& agent : resource.agents) {
      const resources::ConnectionTimes times{.created_at = agent.created_at,
                                             .first_connected_at = agent.first_connected_at,
                                             .last_connected_at = agent.last_connected_at,
                                             .disconnected_at = {},
                                             .timeout = Seconds(agent.connection_timeout_seconds)};
      agents.push_back({AgentId{agent.id}, times, agent.status, agent.disconnected_at});
    }
  const auto& job = shown.latest_build.job;
  if (job.status == api::ProvisionerJobStatus::pending) waiting = Waiting{JobId{job.id}, job.queue_position, job.queue_size};
  shown.favorite = false;
  text = api::to_json(shown);
  text.shrink_to_fit();
  const auto at = text.rfind(kNoFavorite);  // a quote inside a text has a backslash before it
  check(at != std::string::npos, "a workspace was written without its favorite");
  favorite_at = at + kNoFavorite.size() - std::string_view("false").size();
  digest = crypto::sha256(text).substr(0, kDigest);
}

std::size_t Piece::memory() const { return sizeof(Piece) + text.capacity() + agents.capacity() * sizeof(Agent) + digest.capacity() + kAround; }

std::vector<PiecePtr> Kept::find(const std::vector<WorkspaceId>& ids) {
  std::vector<PiecePtr> found;
  found.reserve(ids.size());
  const std::lock_guard lock(mutex_);
  for (const auto& id : ids) {
    const auto at = index_.find(id);
    if (at == index_.end()) {
      found.emplace_back();
      continue;
    }
    order_.splice(order_.begin(), order_, at->second);
    found.push_back(at->second->piece);
  }
  return found;
}

void Kept::put(WorkspaceId id, PiecePtr piece) {
  const std::size_t more = piece->memory();
  const std::lock_guard lock(mutex_);
  if (const auto at = index_.find(id); at != index_.end()) forget(at->second);
  if (more > most_) return;
  while (memory_ + more > most_) forget(std::prev(order_.end()));
  order_.push_front({id, std::move(piece)});
  index_[id] = order_.begin();
  memory_ += more;
}

void Kept::forget(std::list<Entry>::iterator entry) {
  memory_ -= entry->piece->memory();
  index_.erase(entry->id);
  order_.erase(entry);
}

std::size_t Kept::memory() const {
  const std::lock_guard lock(mutex_);
  return memory_;
}

void Kept::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  text.family("slipway_workspace_list_rows_total", Type::counter, "Rows of the list of workspaces, by how they came about.");
  text.sample({{"from", "kept"}}, static_cast<double>(kept.value()));
  text.sample({{"from", "renewed"}}, static_cast<double>(renewed.value()));
  text.sample({{"from", "read"}}, static_cast<double>(read.value()));
  text.one("slipway_workspace_list_unchanged_total", Type::counter, "Lists of workspaces that the caller had already.",
           static_cast<double>(unchanged.value()));
  text.one("slipway_workspace_list_kept_bytes", Type::gauge, "Memory of the rows that are kept ready.", static_cast<double>(memory()));
}

}  // namespace slipway::workspaces
