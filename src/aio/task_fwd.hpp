// Task<T> without what it costs to include: for headers. A .cpp with co_await includes aio/task.hpp.
#pragma once

namespace boost::asio {
class any_io_executor;
template <typename T, typename Executor>
class awaitable;
}  // namespace boost::asio

namespace slipway {

namespace asio = boost::asio;

// A coroutine that is awaited exactly once, by the function that made it.
template <class T>
using Task = asio::awaitable<T, asio::any_io_executor>;

}  // namespace slipway
