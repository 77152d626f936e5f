// Session::wait, for the files that await something: it brings the coroutine headers with it.
#pragma once

#include "aio/task.hpp"
#include "cli/session.hpp"

namespace slipway::cli {

template <class T>
T Session::wait(Task<T> task) {
  std::optional<T> out;
  auto keep = [](Task<T> work, std::optional<T>& result) -> Task<void> { result = co_await std::move(work); };
  run(keep(std::move(task), out));
  return std::move(*out);
}

}  // namespace slipway::cli
