// One io_context and one thread per core. A connection lives on one loop for life, so its code needs no locks.
#pragma once

#include "aio/task.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <thread>

namespace slipway::aio {

class Loops {
 public:
  explicit Loops(std::size_t count = std::max(1U, std::thread::hardware_concurrency()));
  ~Loops();  // stops and joins

  std::size_t size() const { return loops_.size(); }
  Executor at(std::size_t index) { return loops_[index]->context.get_executor(); }
  Executor next() { return at(next_++ % loops_.size()); }

  // Runs `main` on loop 0 and returns its result once it has ended; the calling thread only waits.
  int run(Task<int> main);

 private:
  struct Loop {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;
  };
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace slipway::aio
