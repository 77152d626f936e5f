// A build's state comes home, in time or late.
#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "features/workspaces/workspaces.hpp"
#include "provisioner/state_version.hpp"

namespace slipway::workspaces {

namespace {

using provisioner::packed_state_version, provisioner::StateVersion;

// The build whose state a late one replaces; nothing when it is no news.
std::optional<BuildId> replaced_by(const StateVersion& late, BuildId build, const std::vector<sql::StateSince>& known) {
  for (const auto& row : known) {  // a later build's comes first
    const auto before = packed_state_version(row.state.data);
    if (row.id == build && !late.follows(before)) return std::nullopt;
    if (late.follows(before)) return row.id;
  }
  return build;
}

void note_late(const sql::PlaceOfBuild& place, const StateVersion& late, BuildId build, std::optional<BuildId> target) {
  const auto number = std::to_string(place.build_number);
  if (place.deleted && !late.empty)
    log::error("a deleted workspace's build has made resources: its state is kept with the build",
               {{"workspace", place.id.str()}, {"name", place.name}, {"build", number}});
  else if (!target)
    log::info("a late state was no news", {{"workspace", place.id.str()}, {"build", number}});
  else
    log::warn(*target == build ? "a late state was kept" : "a late state replaces that of a later build",
              {{"workspace", place.id.str()}, {"name", place.name}, {"build", number}});
}

}  // namespace

Task<Result<void>> keep_state(store::DutyTx<rbac::Duty::provisioner_daemon>& tx, BuildId build, std::string packed, bool late) {
  CO_TRY(place, co_await sql::place_of_build(tx, build));
  if (!place) co_return not_found();
  std::optional<BuildId> target = build;
  if (late) {
    CO_TRY(known, co_await sql::states_since(tx, build));
    const auto compare = [&] {
      auto version = packed_state_version(packed);
      auto chosen = replaced_by(version, build, known);
      return std::pair(std::move(version), chosen);
    };
    const auto [version, chosen] = co_await aio::blocking(compare);
    target = chosen;
    note_late(*place, version, build, target);
  }
  if (target) CO_CHECK(co_await sql::keep_state(tx, pg::Bytes{std::move(packed)}, tx.now(), *target));
  co_return Result<void>();
}

}  // namespace slipway::workspaces
