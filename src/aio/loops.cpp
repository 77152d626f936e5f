#include "aio/loops.hpp"

#include "aio/blocking_drain.hpp"

#include <boost/asio/use_future.hpp>

namespace slipway::aio {

Loops::Loops(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& loop = *loops_.emplace_back(std::make_unique<Loop>());
    loop.thread = std::thread([&loop] { loop.context.run(); });
  }
}

Loops::~Loops() {
  for (auto& loop : loops_) loop->work.reset();
  for (auto& loop : loops_) loop->context.stop();
  for (auto& loop : loops_) loop->thread.join();
  // A blocking task that has just delivered its result still unwinds on its own thread, holding this loop's executor.
  drain_blocking_pools();
}

int Loops::run(Task<int> main) { return asio::co_spawn(at(0), std::move(main), asio::use_future).get(); }

}  // namespace slipway::aio
