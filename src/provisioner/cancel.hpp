// How a running job is told to stop: asked first (Terraform ends its current step and keeps its state), forced when
// that takes too long. home: the loop of the job; the server posts to it.
#pragma once

#include "aio/task_fwd.hpp"

#include <memory>

namespace slipway::provisioner {

class Cancel {
 public:
  explicit Cancel(const asio::any_io_executor& home);
  ~Cancel();
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;

  void ask();
  void force();  // asks too
  bool asked() const { return asked_; }
  bool forced() const { return forced_; }

  // Wait until the level is reached; at once when it already is.
  Task<void> when_asked();
  Task<void> when_forced();

 private:
  struct Wake;
  std::unique_ptr<Wake> wake_;
  bool asked_ = false;
  bool forced_ = false;
};

}  // namespace slipway::provisioner
