// Jobs as Prometheus shows them: those that this server's own daemons run now, and those whose end this server stored, whoever ran
// them. Any thread; a job is rare enough for a lock.
#pragma once

#include "base/metric.hpp"
#include "features/jobs/gen/jobs_sql.hpp"

#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace slipway::jobs {

class Meter {
 public:
  explicit Meter(std::int64_t daemons) : daemons_(daemons) {}

  // What a workspace's build is counted under.
  struct Build {
    std::string owner, workspace, template_name, template_version, transition;
    auto operator<=>(const Build&) const = default;
  };

  // A daemon of this server has taken a job; it has ended or was given back.
  void began(const std::string& provisioner);
  void let_go(const std::string& provisioner);
  // A job has ended: told once, after the commit that ended it. One that had not begun is not counted; of an import or a dry run only the job is.
  void ended(const sql::Ended& job, bool succeeded, Time now);

  void write(metric::Text& text) const;

 private:
  // Of one preset (empty: none) of a template.
  struct Made {
    std::string organization, template_name, preset;
    auto operator<=>(const Made&) const = default;
  };
  // A new workspace, somebody's or a pool's; whoever takes one out of a pool is counted by those.
  void started(const sql::Ended& job, Time now);
  void write_started(metric::Text& text) const;

  template <class... Key>
  using Tallies = std::map<std::tuple<Key...>, metric::Tally>;

  const std::int64_t daemons_;
  mutable std::mutex mutex_;                                              // all of the rest, never held over an await
  std::map<std::string, std::int64_t> current_;                           // by provisioner; 0 once seen
  Tallies<std::string, std::string> jobs_;                                // provisioner, status
  Tallies<std::string, std::string, std::string, std::string> builds_;    // template, version, transition, status
  std::map<std::pair<Build, std::string>, std::uint64_t> built_;          // and status
  std::map<std::pair<Made, std::string_view>, metric::Tally> creations_;  // and type
  std::map<Made, std::uint64_t> created_;
};

}  // namespace slipway::jobs
