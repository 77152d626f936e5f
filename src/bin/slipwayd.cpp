#include "aio/loops.hpp"
#include "base/log.hpp"
#include "base/private_file.hpp"
#include "base/private_memory.hpp"
#include "server/provisioner_daemon.hpp"
#include "server/server.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

namespace {

using namespace slipway;

constexpr int kTryLater = 75;  // EX_TEMPFAIL of sysexits.h: whoever supervises us may start us again

Task<int> serve(aio::Loops& loops, server::Config config) {
  auto server = co_await server::Server::start(loops, std::move(config));
  if (!server) {
    std::fprintf(stderr, "slipwayd: %s %s\n%s\n", server.error().say.c_str(), server.error().detail.c_str(), server.error().why.c_str());
    co_return server.error().code == Code::unavailable ? kTryLater : 1;
  }
  std::printf("Slipway is ready: %s\n", (*server)->url().c_str());
  std::fflush(stdout);
  boost::asio::signal_set signals(co_await aio::executor(), SIGINT, SIGTERM);
  co_await signals.async_wait(aio::tuple);
  log::info("stopping");
  co_await (*server)->stop();
  co_return 0;
}

// The exit code of what could be parsed no further: nothing to run.
template <class Parsed>
std::optional<int> nothing_to_run(const Result<Parsed>& parsed, const char* program) {
  if (!parsed) {
    std::fprintf(stderr, "%s: %s\n", program, parsed.error().say.c_str());
    return 2;
  }
  if (parsed->print.empty()) return std::nullopt;
  std::fputs(parsed->print.c_str(), stdout);
  return 0;
}

void set_up_log(log::Format format, bool verbose) { log::setup(format, verbose ? log::Level::debug : log::Level::info); }

int provisioner(int argc, char** argv) {
  auto parsed = server::parse_daemon_config(argc, argv);
  if (const auto code = nothing_to_run(parsed, "slipwayd provisioner")) return *code;
  set_up_log(parsed->config.log_format, parsed->config.verbose);
  aio::Loops loops(1);
  return loops.run(server::run_daemon(std::move(parsed->config)));
}

int control_plane(int argc, char** argv) {
  auto parsed = server::parse_config(argc, argv);
  if (const auto code = nothing_to_run(parsed, "slipwayd")) return *code;
  set_up_log(parsed->config.log_format, parsed->config.verbose);
  aio::Loops loops(parsed->config.threads > 0 ? static_cast<std::size_t>(parsed->config.threads) : std::max(1U, std::thread::hardware_concurrency()));
  return loops.run(serve(loops, std::move(parsed->config)));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  slipway::keep_files_private();
  slipway::keep_memory_private();
  try {
    return argc > 1 && std::string_view(argv[1]) == "provisioner" ? provisioner(argc - 1, argv + 1) : control_plane(argc, argv);
  } catch (const std::exception& bug) {
    log::error("slipwayd ends", {{"why", bug.what()}});
    return 1;
  }
}
