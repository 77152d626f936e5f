// Lines of the audit trail that no transaction took along, on disk until the database has them: files of one JSON object a
// line in a folder that several servers may share. A file is locked by the server that writes it, so that another one (or
// the same, started again) takes over what a killed one left. Every function may be called from any thread, and blocks.
#pragma once

#include "base/result.hpp"
#include "store/trail.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace slipway::audit {

class Journal {
 public:
  // `folder` is made, readable by its owner alone. At most `limit` bytes wait for the database.
  explicit Journal(std::string folder, std::size_t limit = std::size_t{64} << 20);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Once this has returned, the line outlives the process, however it ends. Errors: unavailable (no space, no folder, limit).
  Result<void> append(const store::TrailLine& line);

  // A file that nobody writes any more, its lock held.
  struct Ended {
    std::string path;
    int file = -1;
    std::vector<store::TrailLine> lines;  // without those that were cut off in mid-writing
  };
  // Ends the present file if it has lines, and takes every file whose server is gone.
  std::vector<Ended> take();
  // The database has its lines: the file goes.
  void forget(Ended& ended);
  // It has not: the file stays, for a later take().
  void leave(Ended& ended);

 private:
  Result<void> begin();  // with the lock held

  std::string folder_;
  std::size_t limit_;
  std::mutex lock_;
  std::string path_;
  int file_ = -1;
  std::size_t size_ = 0, waiting_ = 0;  // of the present file; of ended ones
};

}  // namespace slipway::audit
