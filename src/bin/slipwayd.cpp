#include "aio/loops.hpp"
#include "base/log.hpp"
#include "server/server.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

namespace {

using namespace slipway;

Task<int> serve(aio::Loops& loops, server::Config config) {
  auto server = co_await server::Server::start(loops, std::move(config));
  if (!server) {
    std::fprintf(stderr, "slipwayd: %s %s\n%s\n", server.error().say.c_str(), server.error().detail.c_str(), server.error().why.c_str());
    co_return 1;
  }
  std::printf("Slipway is ready: %s\n", (*server)->url().c_str());
  std::fflush(stdout);
  boost::asio::signal_set signals(co_await aio::executor(), SIGINT, SIGTERM);
  co_await signals.async_wait(aio::tuple);
  log::info("stopping");
  co_await (*server)->stop();
  co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  auto parsed = server::parse_config(argc, argv);
  if (!parsed) {
    std::fprintf(stderr, "slipwayd: %s\n", parsed.error().say.c_str());
    return 2;
  }
  if (!parsed->print.empty()) {
    std::fputs(parsed->print.c_str(), stdout);
    return 0;
  }
  log::setup(parsed->config.log_format, parsed->config.verbose ? log::Level::debug : log::Level::info);
  try {
    aio::Loops loops(parsed->config.threads > 0 ? static_cast<std::size_t>(parsed->config.threads) : std::max(1U, std::thread::hardware_concurrency()));
    return loops.run(serve(loops, std::move(parsed->config)));
  } catch (const std::exception& bug) {
    log::error("slipwayd ends", {{"why", bug.what()}});
    return 1;
  }
}
