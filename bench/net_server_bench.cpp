// Requests a second of the server with a trivial handler on one loop, and the ratio to nginx answering the same from
// memory with one worker; both driven by wrk. Needs nginx and wrk on PATH.
#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "net/server.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace slipway;

namespace {

constexpr std::string_view kAnswer = R"({"ok":true})";

Task<void> handle(net::Exchange& exchange) {
  net::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = kAnswer;
  co_await exchange.send(std::move(response));
}

// Requests a second by wrk with 32 connections; 0 when wrk is missing or nobody answers.
double measure(std::uint16_t port) {
  const std::string command = fmt::format("wrk -t1 -c32 -d3s http://127.0.0.1:{}/ 2>/dev/null", port);
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return 0;
  double rate = 0;
  for (char line[256]; std::fgets(line, sizeof line, pipe);) std::sscanf(line, "Requests/sec: %lf", &rate);
  pclose(pipe);
  return rate;
}

double measure_ours() {
  aio::Loops loops(1);
  net::Server server(loops, {}, handle);
  if (!server.start()) return 0;
  const double rate = measure(server.port());
  auto stop = [](net::Server* one) -> Task<int> {
    co_await one->stop(Milliseconds(100));
    co_return 0;
  };
  loops.run(stop(&server));
  return rate;
}

double measure_nginx() {
  constexpr std::uint16_t kPort = 17911;
  char folder[] = "/tmp/slipway-bench-XXXXXX";
  if (!mkdtemp(folder)) return 0;
  const std::string home = folder, config = home + "/nginx.conf";
  std::ofstream(config) << fmt::format(
      "worker_processes 1; pid {0}/pid; error_log {0}/log; daemon off; events {{ worker_connections 256; }}\n"
      "http {{ access_log off; keepalive_requests 100000000; server {{ listen 127.0.0.1:{1}; "
      "location / {{ default_type application/json; return 200 '{2}'; }} }} }}\n",
      home, kPort, kAnswer);
  const pid_t child = fork();
  if (child == 0) {
    execlp("nginx", "nginx", "-p", folder, "-c", config.c_str(), nullptr);
    _exit(127);
  }
  double rate = 0;
  for (int attempt = 0; attempt < 3 && rate == 0; ++attempt) rate = measure(kPort);
  kill(child, SIGTERM);
  waitpid(child, nullptr, 0);
  std::filesystem::remove_all(home);
  return rate;
}

void requests_per_second(benchmark::State& state) {
  double ours = 0, peer = 0;
  for (auto _ : state) {
    ours = measure_ours();
    peer = measure_nginx();
  }
  if (ours == 0) return state.SkipWithError("wrk is not installed");
  state.counters["per_second"] = ours;
  if (peer > 0) state.counters["ratio_to_nginx"] = ours / peer;
}
BENCHMARK(requests_per_second)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace

BENCHMARK_MAIN();
