// Brings finished jobs to their source, each for as long as it takes: a source that cannot be reached is asked again until it can, and
// a result that it refuses goes on without what was refused, its state last. What waits is in the holdings as well, so that the next
// process goes on with it. home: own thread, the runner's.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "provisioner/runner.hpp"

#include <list>

namespace slipway::provisioner {

inline constexpr Milliseconds kLongestPause = std::chrono::seconds(30);  // between two tries to reach the source

// What the log says of a failure of the source.
std::string words_of(const Error& error);

class Delivery {
 public:
  // `source` and what `options` refers to outlive this.
  Delivery(const asio::any_io_executor& home, JobSource& source, const RunnerOptions& options);

  // Returns when the result was taken, or is kept and will be brought by and by.
  Task<void> hand_back(JobId job, Finished done);
  // Goes on with what an earlier process kept.
  void bring(JobId job, Finished done);

  // What still waits stays in the holdings.
  Task<void> stop();

 private:
  enum class Fate { taken, later, refused, lost };
  struct Parcel {
    JobId job;
    Finished done;
    int refusals = 0;    // of a server that may mend itself
    bool plain = false;  // only the state and a failure are left of it
  };
  using Place = std::list<Parcel>::iterator;

  static Task<void> keep_bringing(Delivery* self, Place at);
  Task<void> until_stopped();
  Task<Fate> offer(Parcel& parcel);
  Fate judge(Parcel& parcel, const Error& error);
  Task<void> keep(Parcel& parcel);
  Task<void> taken(Parcel& parcel);
  void leave(const Parcel& parcel, std::string_view why) const;

  JobSource& source_;
  const RunnerOptions& options_;
  std::list<Parcel> parcels_;
  aio::Event over_;
  bool stopping_ = false;
  aio::Nursery nursery_;
};

}  // namespace slipway::provisioner
