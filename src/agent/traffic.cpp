#include "agent/traffic.hpp"

#include "aio/task.hpp"

namespace slipway::agent {

namespace {

class Counted : public net::Stream {
 public:
  Counted(std::unique_ptr<net::Stream> inner, std::shared_ptr<Traffic> traffic, TrafficKind kind, bool local)
      : inner_(std::move(inner)), traffic_(std::move(traffic)), kind_(kind), local_(local) {
    if (kind_) ++((*traffic_).*kind_);
  }
  ~Counted() override {
    if (kind_) --((*traffic_).*kind_);
  }

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    auto got = co_await inner_->read_some(into);
    if (got && *got > 0) count(local_, *got);
    co_return got;
  }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    auto done = co_await inner_->write(bytes, more);
    if (done) count(!local_, bytes.size() + more.size());
    co_return done;
  }
  Task<Result<void>> shutdown_send() override { return inner_->shutdown_send(); }
  void close() noexcept override { inner_->close(); }

 private:
  void count(bool out_of_workspace, std::size_t bytes) {
    (out_of_workspace ? traffic_->tx_bytes : traffic_->rx_bytes) += static_cast<std::int64_t>(bytes);
    ++(out_of_workspace ? traffic_->tx_packets : traffic_->rx_packets);
  }

  std::unique_ptr<net::Stream> inner_;
  std::shared_ptr<Traffic> traffic_;
  TrafficKind kind_;
  bool local_;
};

}  // namespace

std::unique_ptr<net::Stream> counted_local(std::unique_ptr<net::Stream> inner, std::shared_ptr<Traffic> traffic, TrafficKind kind) {
  return std::make_unique<Counted>(std::move(inner), std::move(traffic), kind, true);
}

std::unique_ptr<net::Stream> counted_tunnel(std::unique_ptr<net::Stream> inner, std::shared_ptr<Traffic> traffic, TrafficKind kind) {
  return std::make_unique<Counted>(std::move(inner), std::move(traffic), kind, false);
}

api::AgentStats take_stats(Traffic& traffic, std::chrono::microseconds latency) {
  api::AgentStats out;
  out.connection_count = traffic.open();
  if (out.connection_count > 0) out.connections_by_proto["TCP"] = out.connection_count;
  out.connection_median_latency_ms = latency.count() > 0 ? static_cast<double>(latency.count()) / 1000 : -0.001;
  out.rx_packets = std::exchange(traffic.rx_packets, 0);
  out.rx_bytes = std::exchange(traffic.rx_bytes, 0);
  out.tx_packets = std::exchange(traffic.tx_packets, 0);
  out.tx_bytes = std::exchange(traffic.tx_bytes, 0);
  out.session_count_reconnecting_pty = traffic.terminals;
  out.session_count_ssh = traffic.ssh;
  out.session_count_vscode = traffic.vscode;
  out.session_count_jetbrains = traffic.jetbrains;
  return out;
}

void give_back(Traffic& traffic, const api::AgentStats& stats) {
  traffic.rx_packets += stats.rx_packets;
  traffic.rx_bytes += stats.rx_bytes;
  traffic.tx_packets += stats.tx_packets;
  traffic.tx_bytes += stats.tx_bytes;
}

}  // namespace slipway::agent
