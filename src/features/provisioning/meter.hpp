// Jobs of this server's daemons, as Prometheus shows them. Any thread; a job is rare enough for a lock.
#pragma once

#include "base/ids.hpp"
#include "base/metric.hpp"

#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace slipway::provisioning {

class Meter {
 public:
  explicit Meter(std::int64_t daemons) : daemons_(daemons) {}

  // What a workspace's build is counted under.
  struct Build {
    std::string owner, workspace, template_name, template_version, transition;
    auto operator<=>(const Build&) const = default;
  };

  void began(JobId job, std::string provisioner);
  // Of an import or a dry run only the job is counted. A job that never began here is no news.
  void ended(JobId job, bool succeeded, const Build* build);

  void write(metric::Text& text) const;

 private:
  struct Running {
    std::string provisioner;
    std::chrono::steady_clock::time_point since;
  };
  template <class... Key>
  using Tallies = std::map<std::tuple<Key...>, metric::Tally>;

  const std::int64_t daemons_;
  mutable std::mutex mutex_;  // all of the rest, never held over an await
  std::map<JobId, Running> running_;
  std::map<std::string, std::int64_t> current_;                         // by provisioner; 0 once seen
  Tallies<std::string, std::string> jobs_;                              // provisioner, status
  Tallies<std::string, std::string, std::string, std::string> builds_;  // template, version, transition, status
  std::map<std::pair<Build, std::string>, std::uint64_t> built_;        // and status
};

}  // namespace slipway::provisioning
