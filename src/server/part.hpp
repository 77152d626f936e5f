// Long-lived work. Everything that outlives a request is a Part: started in the order in which parts were added, its loops
// supervised, stopped in phases. Nobody else writes stop sequences. home: loop 0.
#pragma once

#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "base/metric.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace slipway::server {

using Until = std::chrono::steady_clock::time_point;

// Runs until cancelled. An exception out of it is logged and counted, and the loop begun again after a pause that grows while it
// fails at once; so is one that returns, for a loop has no end of its own.
struct Loop {
  std::string name;
  std::size_t at = 0;  // the loop of aio::Loops that it lives on
  std::function<Task<void>()> run;
};

// The phases of an end; all parts go through each at the same time. A step may be cut (cancelled) at the time it is given.
enum class Phase {
  take_no_more,  // accept nothing new
  drain,         // let what runs come to its end
  end,           // the part's loops have ended: write down what is left
  close,         // what the others stood on
};

struct Part {
  using Step = std::function<Task<void>(Until)>;

  std::string name;
  // Null: nothing to do. After an error the part's own steps are run all the same: they look at what there is.
  std::function<Task<Result<void>>()> start = {};
  std::vector<Loop> loops = {};  // begun once start has succeeded
  Step take_no_more = {}, drain = {}, end = {}, close = {};
};

struct Patience {
  Milliseconds grace{30'000};       // from stop() to the end of drain
  Milliseconds no_more{5'000};      // of the grace, for take_no_more
  Milliseconds end{5'000};          // for each of end and close, whatever went before
  Milliseconds cut{1'000};          // how long a step that is cut may take to unwind
  Milliseconds first_pause{1'000};  // of a loop that failed; doubled up to a minute
};

class PartList {
 public:
  PartList(aio::Loops& loops, Patience patience);
  ~PartList();

  void add(Part part);
  // Errors: the first part's; what had started is then stopped, in reverse.
  Task<Result<void>> start();
  // True: all ended. False: a part did not, though it was cut; nothing that it may still touch can be destroyed. Idempotent.
  Task<bool> stop();
  // How often each loop was begun again. Any loop.
  void write(metric::Text& text) const;

 private:
  struct Running;
  struct Supervised;

  Task<void> begin_loops(Running& running);
  Task<void> run_phases(std::vector<Running*> parts, Until drained);
  Task<bool> run_phase(Phase phase, const std::vector<Running*>& parts, Until until);
  Task<void> undo();
  Until end_of(Phase phase, Until drained) const;

  aio::Loops& loops_;
  Patience patience_;
  std::vector<std::unique_ptr<Running>> parts_;
  std::size_t started_ = 0;
  bool stopped_ = false, whole_ = true;
};

}  // namespace slipway::server
