#include "server/provisioner_daemon.hpp"

#include "aio/blocking.hpp"
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "base/version.hpp"
#include "net/url.hpp"
#include "provisioner/holdings.hpp"
#include "provisioner/remote_source.hpp"
#include "server/engine.hpp"
#include "server/settings.hpp"

#include <unistd.h>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace slipway::server {

namespace {

constexpr Milliseconds kLongestPause = std::chrono::seconds(30);

std::vector<Setting> settings(DaemonConfig& c) {
  const std::string own = "SLIPWAY_PROVISIONER_DAEMON_";
  std::vector<Setting> all = {
      {"url", {"CODER_URL"}, "", "", "Address of the server.", text(c.url)},
      {"key", {"CODER_PROVISIONER_DAEMON_KEY"}, "", "", "Provisioner key; better given by its variable or --key-file.", secret(c.key), own},
      {"name", {"CODER_PROVISIONER_DAEMON_NAME"}, "", "", "What the daemon is called; the host's name otherwise.", text(c.name), own},
      {"tags",
       {"CODER_PROVISIONER_DAEMON_TAGS", "CODER_PROVISIONERD_TAGS"},
       "",
       "",
       "Take jobs of these tags of the key only, such as region=eu,gpu=yes.",
       pairs(c.tags),
       own},
      {"daemons", {}, "", "", "Jobs to run at once.", number(c.daemons, 1, 100), own},
      {"terraform", {}, "", "", "Path of the tofu or terraform to run; else it is found on PATH.", text(c.terraform)},
      {"cache-dir", {"CODER_CACHE_DIRECTORY"}, "", "", "Where jobs work and providers are kept.", text(c.cache_dir), own},
      {"ca-file", {}, "", "", "PEM certificates of authorities to trust besides the system's.", text(c.ca_file), own},
      {"drain", {}, "", "", "How long running jobs may go on after SIGTERM.", duration(c.drain), own},
      {"shutdown-grace", {}, "", "", "How long interrupted jobs may take to end after that.", duration(c.shutdown_grace), own},
      {"log-format", {}, "", "", "human, json, or auto: human on a terminal.", format(c.log_format)},
      {"verbose", {"CODER_VERBOSE"}, "", "", "Log more.", flag(c.verbose)},
  };
  std::ranges::move(build_settings(c.provider_mirror, c.build_isolation, c.build_groups), std::back_inserter(all));
  return with_files(std::move(all));
}

std::string host_name() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return *host ? host : "provisioner";
}

std::string default_cache() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (xdg && *xdg) return std::string(xdg) + "/slipway/provisioner";
  return ::geteuid() == 0 ? "/var/cache/slipway/provisioner" : std::string(home ? home : ".") + "/.cache/slipway/provisioner";
}

Result<void> fill_defaults(DaemonConfig& c) {
  if (c.key.empty())
    return fail(Code::invalid,
                "A provisioner key is needed: --key-file, or SLIPWAY_PROVISIONER_DAEMON_KEY. Make one: slipway provisioner keys create NAME.");
  while (c.url.ends_with('/')) c.url.pop_back();
  const auto url = net::parse_url(c.url);
  if (!url || (url->scheme != "http" && url->scheme != "https"))
    return fail(Code::invalid, fmt::format("--url \"{}\" is not the address of a server, such as https://slipway.example.com.", c.url));
  if (c.name.empty()) c.name = host_name();
  if (c.name.size() > 60) return fail(Code::invalid, "--name has at most 60 characters.");
  if (c.cache_dir.empty()) c.cache_dir = default_cache();
  return {};
}

Result<std::string> authorities(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream in(path);
  if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", path));
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

// A folder of its own below the cache: the name without what a path could mistake.
std::string folder_of(const std::string& name) {
  std::string out;
  for (char c : name) out += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '_';
  return out;
}

// Told by signals: the first one ends the daemon, the second one its patience.
struct Stop {
  explicit Stop(const asio::any_io_executor& home) : signals(home, SIGINT, SIGTERM), event(home) {}
  boost::asio::signal_set signals;
  aio::Event event;
  int asked = 0;
  provisioner::Runner* runner = nullptr;
};

Task<void> listen(Stop* stop) {
  for (;;) {
    co_await stop->signals.async_wait(asio::use_awaitable);
    if (++stop->asked > 1 && stop->runner) stop->runner->hurry();
    stop->event.notify();
  }
}

// The key's name, once the server can be asked. Errors: the server refuses it; cancelled when told to stop before.
Task<Result<std::string>> greeted(provisioner::RemoteSource& source, const std::string& url, Stop& stop) {
  for (Milliseconds pause{500};; pause = std::min(pause * 2, kLongestPause)) {
    auto name = co_await source.key_name();
    if (name) co_return name;
    const auto& error = name.error();
    if (error.code == Code::unauthenticated || error.code == Code::forbidden)
      co_return fail(Code::unauthenticated, fmt::format("{} does not know this provisioner key.", url),
                     "Make one: slipway provisioner keys create NAME.");
    if (error.code == Code::not_found || error.code == Code::invalid)
      co_return fail(Code::invalid, fmt::format("{} does not answer as a Slipway server.", url), error.say);
    log::warn("the server cannot be reached yet", {{"url", url}, {"why", error.say}});
    co_await stop.event.wait_for(pause);
    if (stop.asked > 0) co_return fail(Code::cancelled, "Told to stop.");
  }
}

int complain(const Error& error) {
  std::fprintf(stderr, "slipwayd provisioner: %s %s\n", error.say.c_str(), error.detail.c_str());
  return 1;
}

Task<int> work(const DaemonConfig& config, provisioner::RemoteSource& source, provisioner::Engine& terraform, provisioner::Holdings& holdings,
               Stop& stop) {
  auto greeting = co_await greeted(source, config.url, stop);
  if (!greeting) co_return greeting.error().code == Code::cancelled ? 0 : complain(greeting.error());
  const auto replay = provisioner::make_replay_engine();
  provisioner::RunnerOptions options;
  options.daemons = static_cast<int>(config.daemons);
  options.name_prefix = config.name;
  options.holdings = &holdings;
  options.drain = config.drain;
  options.shutdown_grace = config.shutdown_grace;
  provisioner::Runner runner(co_await aio::executor(), source, {&terraform, replay.get()}, options);
  runner.start();
  stop.runner = &runner;
  std::printf("Slipway provisioner %s is ready: jobs of %s with the key %s\n", config.name.c_str(), config.url.c_str(), greeting->c_str());
  std::fflush(stdout);
  while (stop.asked == 0) co_await stop.event.wait();
  log::info("stopping", {{"running jobs", std::to_string(runner.busy())}});
  co_await runner.stop();
  stop.runner = nullptr;
  co_return 0;
}

}  // namespace

Result<DaemonParsed> parse_daemon_config(int argc, const char* const* argv) {
  DaemonParsed parsed;
  TRY(given, read_settings("slipwayd provisioner", settings(parsed.config), {}, argc, argv));
  if (given.version) parsed.print = fmt::format("slipwayd {}\n", kVersion);
  if (given.help)
    parsed.print =
        "slipwayd provisioner - run the builds of one organization, next to the infrastructure they build on\n\n"
        "  slipwayd provisioner [start] --url https://slipway.example.com --key-file /etc/slipway/key\n\n"
        "It takes jobs whose tags its key has, runs tofu or terraform for them and brings the results to the server. It needs to reach\n"
        "the server, nothing needs to reach it. Make a key: slipway provisioner keys create NAME --tag region=eu.\n"
        "After SIGTERM it takes no new job and waits for the running ones; a second signal interrupts them.\n\n" +
        help_of(settings(parsed.config));
  if (!parsed.print.empty()) return parsed;
  TRY_OK(fill_defaults(parsed.config));
  for (const auto& [flag, path] : given.files) parsed.config.secret_files.push_back(path);
  for (const auto& [text, names] : given.notices) parsed.notices.emplace_back(text, names);
  return parsed;
}

Task<int> run_daemon(DaemonConfig config) {
  const auto home = co_await aio::executor();
  const EngineConfig asked{.terraform = config.terraform,
                           .provider_mirror = config.provider_mirror,
                           .isolation = config.build_isolation,
                           .groups = config.build_groups,
                           .cache = config.cache_dir + "/" + folder_of(config.name),
                           .secrets = config.secret_files};
  auto made = co_await make_engine(asked);
  if (!made.found) co_return complain(made.found.error());
  const auto& engine = made.engine;
  auto roots = authorities(config.ca_file);
  if (!roots) co_return complain(roots.error());

  const auto hold = [folder = asked.cache] { return provisioner::Holdings::open(folder); };
  auto holdings = co_await aio::blocking(hold);
  if (!holdings) co_return complain(holdings.error());

  provisioner::RemoteOptions remote{.url = config.url,
                                    .key = config.key,
                                    .tags = config.tags,
                                    .version = std::string(kVersion),
                                    .holder = (*holdings)->id(),
                                    .extra_roots_pem = *roots};
  const auto source = provisioner::make_remote_source(home, std::move(remote));
  Stop stop(home);
  aio::Nursery nursery(home);
  nursery.start(listen, &stop);
  const int code = co_await work(config, *source, *engine, **holdings, stop);
  co_await nursery.stop();
  co_await source->stop();
  co_return code;
}

}  // namespace slipway::server
