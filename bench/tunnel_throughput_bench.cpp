// Bytes through a tunnel in memory beside the same bytes through a plain pipe, the time to open a stream, and what an idle
// tunnel costs (budget: 64 KB for all that the server keeps of a connected agent, of which this is one part).
#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "net/message.hpp"
#include "net/pipe.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/session.hpp"

#include <benchmark/benchmark.h>

#include <deque>
#include <fstream>

#include <malloc.h>
#include <unistd.h>

namespace slipway::tunnel {
namespace {

struct Lane {
  explicit Lane(const aio::Executor& home) : readable(home), writable(home) {}
  std::deque<std::string> messages;
  bool ended = false;
  aio::Event readable, writable;
};

class Memory final : public Transport {
 public:
  Memory(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out) : in_(std::move(in)), out_(std::move(out)) {}
  Task<Result<std::string>> read() override {
    while (in_->messages.empty()) {
      if (in_->ended) co_return fail(Code::gone, "Closed.");
      co_await in_->readable.wait();
    }
    std::string message = std::move(in_->messages.front());
    in_->messages.pop_front();
    in_->writable.notify();
    co_return message;
  }
  Task<Result<void>> write(std::string message) override {
    while (out_->messages.size() > 8) co_await out_->writable.wait();
    out_->messages.push_back(std::move(message));
    out_->readable.notify();
    co_return Result<void>();
  }
  Task<void> close() override {
    out_->ended = true;
    out_->readable.notify();
    co_return;
  }

 private:
  std::shared_ptr<Lane> in_, out_;
};

Task<void> run_session(Session* session) { (void)co_await session->run(); }
Task<void> run_acceptor(Acceptor* acceptor) { (void)co_await acceptor->run(); }

Task<void> swallow(std::shared_ptr<net::Stream> stream) {
  std::vector<char> buffer(64 * 1024);
  while (true) {
    const auto count = co_await stream->read_some(buffer);
    if (!count || *count == 0) co_return;
  }
}

Task<void> serve_opening(Opening opening) { co_await swallow(std::shared_ptr<net::Stream>(opening.accept())); }

struct Joined {
  explicit Joined(const aio::Executor& home) : nursery(home) {
    auto down = std::make_shared<Lane>(home), up = std::make_shared<Lane>(home);
    session = std::make_unique<Session>(home, std::make_unique<Memory>(up, down));
    acceptor = std::make_unique<Acceptor>(home, std::make_unique<Memory>(down, up), Handlers{.connect = {}, .open = serve_opening, .request = {}});
    nursery.start(run_session, session.get());
    nursery.start(run_acceptor, acceptor.get());
  }
  Task<void> stop() {
    co_await session->stop();
    co_await acceptor->stop();
    co_await nursery.stop();
  }
  aio::Nursery nursery;
  std::unique_ptr<Session> session;
  std::unique_ptr<Acceptor> acceptor;
};

constexpr std::size_t kBytes = 64 << 20;

Task<void> pour(net::Stream& stream) {
  const std::string piece(64 * 1024, 'x');
  for (std::size_t sent = 0; sent < kBytes; sent += piece.size()) (void)co_await stream.write(piece, {});
  (void)co_await stream.shutdown_send();
}

Task<int> through_tunnel(benchmark::State* state) {
  Joined joined(co_await aio::executor());
  for (auto _ : *state) {
    auto stream = *co_await joined.session->open("sink", "/");
    co_await pour(*stream);
    std::array<char, 1> end;
    (void)co_await stream->read_some(end);
  }
  co_await joined.stop();
  co_return 0;
}

Task<int> through_pipe(benchmark::State* state) {
  auto home = co_await aio::executor();
  for (auto _ : *state) {
    aio::Nursery nursery(home);
    auto [near, far] = net::make_pipe(home);
    nursery.start(swallow, std::shared_ptr<net::Stream>(std::move(far)));
    co_await pour(*near);
    while (nursery.size() > 0) co_await aio::sleep(Milliseconds(0));
    co_await nursery.stop();
  }
  co_return 0;
}

Task<int> opening(benchmark::State* state) {
  Joined joined(co_await aio::executor());
  for (auto _ : *state) {
    auto stream = *co_await joined.session->open("sink", "/");
    (void)co_await stream->shutdown_send();
  }
  co_await joined.stop();
  co_return 0;
}

std::size_t resident() {
  std::size_t pages = 0, here = 0;
  std::ifstream("/proc/self/statm") >> pages >> here;
  return here * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

Task<int> idle(benchmark::State* state) {
  auto home = co_await aio::executor();
  constexpr std::size_t kTunnels = 500;
  for (auto _ : *state) {
    const auto before = ::mallinfo2().uordblks;
    const auto resident_before = resident();
    std::vector<std::unique_ptr<Joined>> all;
    for (std::size_t i = 0; i < kTunnels; ++i) all.push_back(std::make_unique<Joined>(home));
    for (const auto& one : all) (void)co_await one->session->ping();
    // Both ends live here; one of them is what a server or an agent has.
    state->counters["bytes_per_end"] = static_cast<double>(::mallinfo2().uordblks - before) / (2 * kTunnels);
    state->counters["resident_per_end"] = static_cast<double>(resident() - resident_before) / (2 * kTunnels);
    for (const auto& one : all) co_await one->stop();
  }
  co_return 0;
}

template <Task<int> (*body)(benchmark::State*)>
void run(benchmark::State& state) {
  aio::Loops loops(1);
  loops.run(body(&state));
  if constexpr (body == through_tunnel || body == through_pipe) state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBytes));
}

BENCHMARK(run<through_tunnel>)->Name("tunnel/bytes")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(run<through_pipe>)->Name("tunnel/bytes_plain_pipe")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(run<opening>)->Name("tunnel/open_stream")->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(run<idle>)->Name("tunnel/idle_memory")->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace slipway::tunnel

BENCHMARK_MAIN();
