#include "net/server_loop.hpp"

#include <ctime>
#include "aio/task.hpp"

namespace slipway::net {

ServerLoop::ServerLoop(const aio::Executor& executor, std::size_t most, Manners manners)
    : executor_(executor), connections_(executor, most), background_(executor), manners_(std::move(manners)), empty_(executor) {}

void ServerLoop::join(Seated& connection) {
  connection.seat = present_.size();
  present_.push_back(&connection);
  count_.store(present_.size(), std::memory_order_relaxed);
}

void ServerLoop::leave(Seated& connection) {
  present_.back()->seat = connection.seat;
  present_[connection.seat] = present_.back();
  present_.pop_back();
  count_.store(present_.size(), std::memory_order_relaxed);
  if (present_.empty()) empty_.notify();
}

std::string_view ServerLoop::date_line() {
  const std::time_t now = std::time(nullptr);
  if (now != date_of_) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[48];
    date_line_.assign(text, std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts));
    date_of_ = now;
  }
  return date_line_;
}

Task<void> ServerLoop::sweep(Milliseconds tick) {
  asio::steady_timer timer(executor_);
  while (true) {
    timer.expires_after(tick);
    co_await timer.async_wait(asio::use_awaitable);
    const auto now = std::chrono::steady_clock::now();
    for (Seated* connection : present_) connection->expire(now);  // closes, and starts what ends later: nobody leaves in here
  }
}

void ServerLoop::drain() {
  draining_ = true;
  for (Seated* connection : present_) connection->drain();
}

Task<void> ServerLoop::stop(std::chrono::steady_clock::time_point until) {
  drain();
  while (!present_.empty()) {
    const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    co_await empty_.wait_for(left);
  }
  co_await connections_.stop();
  co_await background_.stop();
}

}  // namespace slipway::net
