// What to do with one pool at a moment: pure, so that all of its rules are tested without a database.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "formats/pool_hours.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::prebuilds {

// A prebuilt workspace nobody has taken, and its latest build.
struct Member {
  WorkspaceId id{};
  Time created_at{};
  BuildId build{};
  std::int32_t build_number = 1;
  std::string transition = "start";  // start, stop, delete
  std::string status = "succeeded";  // of the build's job
  TemplateVersionId version{};
  bool by_system = true;  // built by the pools' owner, not by an administrator
  Time built_at{};
  std::optional<Time> completed_at;
  bool taken = true;  // a provisioner has had the job
  JobId job{};
  std::int32_t delete_failures = 0;  // deletes in a row that came to nothing
  bool ready = false;                // there are agents, and all of them are ready

  bool is(std::string_view act, std::string_view end) const { return transition == act && status == end; }
  bool busy() const { return status == "pending" || status == "running" || status == "canceling"; }
};

struct Pool {
  PresetId id{};
  TemplateVersionId version{}, active_version{};
  bool active = true;                // of its template's active version; the template is neither deleted nor deprecated
  std::int32_t usual = 0;            // its size while no schedule says otherwise
  Seconds expires_after{0};          // 0: never
  std::optional<Time> stale_before;  // what was made before is to be made again
  bool limited = false;              // marked: its builds failed in a row
  std::string zone;
  std::vector<formats::PoolHours> hours;
  std::vector<Member> members;
};

struct Rules {
  Seconds backoff{60};
  Seconds lookback{3600};
  std::int32_t failure_limit = 3;  // 0: none
};

struct Counts {
  std::int32_t desired = 0, actual = 0, expired = 0, eligible = 0, extraneous = 0;
  std::int32_t starting = 0, stopping = 0, deleting = 0, failed = 0, pending = 0;  // pending: of those starting, not taken by a provisioner
};

enum class Why { inactive, expired, surplus, failed, retried };
std::string_view to_string(Why why);

struct Removal {
  std::size_t member;  // in Pool::members
  Why why;
};

struct Plan {
  Counts counts;
  int row = 7;                     // of the decision table: the first that applies
  std::int32_t wanted = 0;         // members short, whatever holds their creation back
  std::int32_t create = 0;         // to add now
  std::vector<Removal> remove;     // oldest first within a reason
  std::vector<JobId> cancel;       // builds that nobody has taken, of versions that are active no more
  std::int32_t failures = 0;       // within the lookback
  std::optional<Time> held_until;  // the end of a backoff, while one holds creation back
  bool at_limit = false;           // so many failures in a row that nothing is created
  bool mark_limited = false, mark_healthy = false;
  std::optional<Time> next;  // when this would say something else by itself
  std::string schedule;      // the schedule's line that sets `desired`
  std::vector<std::string> troubles;

  bool acts() const { return create > 0 || !remove.empty() || !cancel.empty() || mark_limited || mark_healthy; }
};

// Rows of the decision table, from the top: 1 creation waits after failures; 2 cancel what waits for a version that was replaced; 3 remove
// all of a preset that is not active; 4 remove what expired; 5 remove what is too much, the oldest first; 6 add what is missing; 7 nothing.
// Failures and failed deletes are cleared away besides: the newest failures of an active preset stay for whoever looks for their cause.
Plan plan(const Pool& pool, const Rules& rules, Time now);

// When a deletion that failed `failures` times in a row is tried again, after its last end.
Seconds delete_again_after(const Rules& rules, std::int32_t failures);

}  // namespace slipway::prebuilds
