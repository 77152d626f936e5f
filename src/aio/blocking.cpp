#include "aio/blocking.hpp"

#include <boost/asio/thread_pool.hpp>

namespace slipway::aio {

Executor blocking_pool() {
  static asio::thread_pool pool(4);
  return pool.get_executor();
}

}  // namespace slipway::aio
