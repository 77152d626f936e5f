// What runs jobs: the source that hands the queue's jobs to the built-in daemons, the routes for daemons elsewhere, and the watch
// over silent ones.
#pragma once

#include "http/home.hpp"
#include "provisioner/runner.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace slipway::http {
class Routes;
}
namespace slipway::jobs {
class Meter;
}

namespace slipway::prebuilds {
class ClaimMeter;
}

namespace slipway::provisioning {

struct SourceOptions {
  std::string access_url;
  std::string agent_url;  // empty: access_url
  std::string version;
  std::vector<std::string> organizations = {};  // names of those whose jobs the built-in daemons run besides the default one's; "*": all
  std::vector<std::string> engines = {"terraform", "replay"};
  std::shared_ptr<const std::atomic<bool>> stopping;      // true: daemons that wait for a job are sent away
  Seconds session_lifetime = std::chrono::hours(24 * 7);  // of the owner's token that a build is given
  Uuid holder;                                            // of the built-in daemons' folder (provisioner::Holdings)
  jobs::Meter* meter = nullptr;                           // counts the jobs; null: nobody does
  prebuilds::ClaimMeter* claims = nullptr;                // counts the claims; null: nobody does
};

// Jobs without tags, of the organizations that are served, straight from the store. home: the loop it was made for.
std::unique_ptr<provisioner::JobSource> make_store_source(http::Home& home, SourceOptions options);

// Where daemons of their own processes take jobs and bring results (decision 0009), each with its organization's key.
void add_routes(http::Routes& routes, SourceOptions options);

// How long what builds leave behind is kept.
struct Kept {
  Seconds daemons = std::chrono::days(30);      // after they were last there
  Seconds logs = std::chrono::days(90);         // after the job's end; of a workspace's newest build for good
  Seconds states = std::chrono::days(90);       // that a newer one has replaced
  Seconds unused_files = std::chrono::days(1);  // archives that nothing was made of
};
Task<void> purge_once(http::Home& home, const Kept& kept);
// Once an hour. Runs until cancelled.
Task<void> purge(http::Home& home);

// Fails running jobs whose daemon went silent and pending ones that nobody took; one replica at a time does the work, any
// may. Time in which the database could not be asked is nobody's silence. Runs until cancelled.
Task<void> reap(http::Home& home, jobs::Meter& meter, Seconds silent_after, Seconds pending_after);

}  // namespace slipway::provisioning
