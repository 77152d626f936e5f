#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "base/log.hpp"
#include "base/log_outlets.hpp"
#include "base/memory.hpp"
#include "base/open_files.hpp"
#include "base/private_file.hpp"
#include "base/private_memory.hpp"
#include "server/provisioner_daemon.hpp"
#include "server/proxy.hpp"
#include "server/server.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace {

using namespace slipway;

constexpr int kTryLater = 75;  // EX_TEMPFAIL of sysexits.h: whoever supervises us may start us again

// A hangup asks for what can be exchanged without a restart.
Task<void> heed(boost::asio::signal_set* hangups, server::Server* running) {
  for (;;) {
    co_await hangups->async_wait(asio::use_awaitable);
    log::info("reading the configuration and its files again");
    co_await running->reload();
  }
}

Task<int> serve(aio::Loops& loops, server::Config config) {
  auto server = co_await server::Server::start(loops, std::move(config));
  if (!server) {
    std::fprintf(stderr, "slipwayd: %s %s\n%s\n", server.error().say.c_str(), server.error().detail.c_str(), server.error().why.c_str());
    co_return server.error().code == Code::unavailable ? kTryLater : 1;
  }
  const auto home = co_await aio::executor();
  aio::Nursery beside(home);
  boost::asio::signal_set signals(home, SIGINT, SIGTERM), hangups(home, SIGHUP);  // before anybody is told that it can be stopped
  std::printf("Slipway is ready: %s\n", (*server)->url().c_str());
  std::fflush(stdout);
  beside.start(heed, &hangups, server->get());
  co_await signals.async_wait(aio::tuple);
  log::info("stopping");
  auto hurry = [](boost::asio::signal_set* again, server::Server* running) -> Task<void> {
    co_await again->async_wait(asio::use_awaitable);
    running->hurry();
  };
  beside.start(hurry, &signals, server->get());
  if (!co_await (*server)->stop()) std::_Exit(1);
  co_await beside.stop();
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

using Notices = std::vector<std::pair<std::string, std::string>>;

void set_up_log(log::Format format, bool verbose, const Notices& notices) {
  log::setup(format, verbose ? log::Level::debug : log::Level::info);
  for (const auto& [text, names] : notices) log::warn(text, {{"names", names}});
}

using Words = std::vector<const char*>;

int provisioner(Words words) {
  if (words.size() > 1 && std::string_view(words[1]) == "start") words.erase(words.begin() + 1);
  auto parsed = server::parse_daemon_config(static_cast<int>(words.size()), words.data());
  if (const auto code = nothing_to_run(parsed, "slipwayd provisioner")) return *code;
  set_up_log(parsed->config.log_format, parsed->config.verbose, parsed->notices);
  aio::Loops loops(1);
  return loops.run(server::run_daemon(std::move(parsed->config)));
}

aio::Loops loops_for(const server::Config& config) {
  return aio::Loops(config.threads > 0 ? static_cast<std::size_t>(config.threads) : std::max(1U, std::thread::hardware_concurrency()));
}

int proxy(Words words) {
  if (words.size() > 1 && (std::string_view(words[1]) == "start" || std::string_view(words[1]) == "server")) words.erase(words.begin() + 1);
  auto parsed = server::parse_proxy_config(static_cast<int>(words.size()), words.data());
  if (const auto code = nothing_to_run(parsed, "slipwayd proxy")) return *code;
  set_up_log(parsed->config.base.log_format, parsed->config.base.verbose, parsed->notices);
  auto loops = loops_for(parsed->config.base);
  return loops.run(server::run_proxy(loops, std::move(parsed->config)));
}

int control_plane(const Words& words) {
  auto parsed = server::parse_config(static_cast<int>(words.size()), words.data());
  if (const auto code = nothing_to_run(parsed, "slipwayd")) return *code;
  if (const auto open = log::write_to(parsed->config.log_outlets); !open) {
    std::fprintf(stderr, "slipwayd: %s\n", open.error().say.c_str());
    return 2;
  }
  log::let_through(server::wanted_lines(parsed->config));
  set_up_log(parsed->config.log_format, parsed->config.verbose, parsed->notices);
  std::signal(SIGHUP, SIG_IGN);  // until it is heeded: one that comes too early changes nothing
  auto loops = loops_for(parsed->config);
  return loops.run(serve(loops, std::move(parsed->config)));
}

int check_config(const Words& words) {
  const auto parsed = server::parse_config(static_cast<int>(words.size()), words.data());
  if (const auto code = nothing_to_run(parsed, "slipwayd check-config")) return *code;
  for (const auto& [text, names] : parsed->notices) std::printf("%s: %s\n", text.c_str(), names.c_str());
  std::puts("A server starts with this configuration.");
  return 0;
}

int builtin_url(const Words& words) {
  const auto parsed = server::parse_config(static_cast<int>(words.size()), words.data());
  if (const auto code = nothing_to_run(parsed, "slipwayd postgres-builtin-url")) return *code;
  std::ifstream in(parsed->config.data_dir + "/postgres.url");
  std::string url;
  if (!std::getline(in, url)) {
    std::fprintf(stderr, "slipwayd postgres-builtin-url: no server has run a PostgreSQL of its own under %s.\n", parsed->config.data_dir.c_str());
    return 2;
  }
  std::printf("psql \"%s\"\n", url.c_str());
  return 0;
}

// Words that start something elsewhere: said so, rather than taken for a flag's value.
std::string_view not_yet(std::string_view word) {
  if (word == "create-admin-user") return "it is not built yet; the first person to open the dashboard becomes the owner";
  if (word == "dbcrypt") return "tokens in the database are not encrypted yet, so there is nothing to rotate";
  if (word == "postgres-builtin-serve") return "it is not built; a server without --postgres-url runs the database";
  return {};
}

int run(Words words) {
  const auto first = [&words] { return words.size() > 1 ? std::string_view(words[1]) : std::string_view(); };
  const auto drop = [&words] { words.erase(words.begin() + 1); };
  if (first() == "server") drop();
  const std::string_view word = first();
  if (const auto why = not_yet(word); !why.empty()) {
    std::fprintf(stderr, "slipwayd %s: %s.\n", words[1], std::string(why).c_str());
    return 2;
  }
  if (word == "provisioner" || word == "provisionerd") return drop(), provisioner(std::move(words));
  if (word == "proxy" || word == "wsproxy") return drop(), proxy(std::move(words));
  if (word == "check-config") return drop(), check_config(words);
  if (word == "postgres-builtin-url") return drop(), builtin_url(words);
  return control_plane(words);
}

}  // namespace

int main(int argc, char** argv) {
  slipway::memory::keep_large_blocks_apart();
  std::signal(SIGPIPE, SIG_IGN);
  slipway::keep_files_private();
  slipway::keep_memory_private();
  slipway::raise_open_files();
  try {
    return run(Words(argv, argv + argc));
  } catch (const std::exception& bug) {
    log::error("slipwayd ends", {{"why", bug.what()}});
    return 1;
  }
}
