#include "agent/agent.hpp"

#include "agent/backoff.hpp"
#include "agent/chance.hpp"
#include "agent/identity.hpp"
#include "agent/reaper.hpp"
#include "agent/resident.hpp"
#include "agent/resource_monitor.hpp"
#include "agent/watchdog.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "net/websocket.hpp"
#include "tunnel/farewell.hpp"
#include "tunnel/transport.hpp"

#include <boost/asio/signal_set.hpp>

#include <unistd.h>

namespace slipway::agent {

namespace {

constexpr Milliseconds kLastWords = Seconds(5);
constexpr Milliseconds kUsualInterval = Seconds(30);
constexpr Milliseconds kSettled = Seconds(2);  // after start-up, its last report included

// Puts back what was taken for a report that did not arrive, also when the round ends meanwhile.
struct Taken {
  Traffic& traffic;
  const std::optional<api::AgentStats>& stats;
  bool told = false;
  ~Taken() {
    if (!told && stats) give_back(traffic, *stats);
  }
};

// The words that the server closed the connection with.
Task<void> hear_farewell(net::WebSocket& socket, std::shared_ptr<std::string> heard) {
  co_await socket.close(net::close_code::going_away);
  *heard = socket.close_reason();
}

RoundEnd how_ended(const Result<void>& ended, const std::string& farewell) {
  if (farewell == tunnel::kReplaced) return RoundEnd::replaced;
  return !ended && ended.error().code == Code::unauthenticated ? RoundEnd::refused : RoundEnd::broken;
}

void tell_of_end(const Result<void>& ended, RoundEnd how, Milliseconds pause) {
  const log::Field next{"next_try", fmt::format("in {:.1f} s", static_cast<double>(pause.count()) / 1000)};
  if (how == RoundEnd::replaced)
    log::warn("another agent has connected with the same token and took this one's place; only one of them should run", {next});
  else if (how == RoundEnd::refused)
    log::warn("the server does not know this agent; its workspace was deleted or rebuilt, or the server's data is of an older day",
              {{"why", ended.error().why}, next});
  else if (ended)
    log::info("the connection has ended", {next});
  else if (ended.error().code != Code::cancelled)
    log::warn("not connected", {{"say", ended.error().say}, {"why", ended.error().why}, next});
}

// One of its own for each agent of this machine.
std::string unit_socket_of(const Options& options) {
  if (!options.socket_path.empty() || options.log_dir.empty()) return options.socket_path;
  return fmt::format("{}/agent-{}.sock", options.log_dir, ::getpid());
}

ScriptPlaces places_of(const Options& options) { return {.log_dir = options.log_dir, .data_dir = options.script_data_dir}; }

}  // namespace

Agent::Agent(asio::any_io_executor home, Options options, std::string executable, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      metadata_client_(home),
      server_(home, options_.url),
      banners_(server_),
      units_(unit_socket_of(options_)),
      commands_(current_user(), std::move(executable), options_.url, places_of(options_).bin_folder(), units_.path()),
      outbox_(home),
      scripts_(home, places_of(options_), commands_,
               {.log = [this](const Uuid& source, LogLine line) { outbox_.add_log(source, std::move(line)); },
                .completed = [this](const ScriptTiming& timing) { outbox_.add_timing(timing); }},
               {}, clock),
      service_(home, commands_, outbox_, traffic_, clock, &banners_, HeldLimits{.keep = options_.hold_connections}),
      nursery_(home) {}

void Agent::start() {
  if (options_.resumes && *options_.resumes == Lifecycle::created) options_.resumes.reset();
  if (options_.resumes) {
    outbox_.resume(*options_.resumes);
    reached_ = *options_.resumes;
    nursery_.start(reap_inherited, inherited_children());
  }
  auto listen = [](Agent* self) -> Task<void> { co_await self->units_.run(self->nursery_); };
  nursery_.start(listen, this);
  auto stay = [](Agent* self) -> Task<void> { co_await self->stay_connected(); };
  nursery_.start(stay, this);
}

Task<void> Agent::stay_connected() {
  using std::chrono::steady_clock;
  Pauses pauses;
  while (true) {
    farewell_->clear();
    const auto ended = co_await one_round();
    const auto lived = std::exchange(connected_, false) ? steady_clock::now() - connected_since_ : steady_clock::duration();
    if (claimed_) {
      co_await begin_again();
      continue;
    }
    const auto how = how_ended(ended, *farewell_);
    const auto asked = tunnel::reconnect_within(*farewell_);
    pause_ = asked ? pauses.as_asked(*asked, chance()) : pauses.after(how, std::chrono::floor<Milliseconds>(lived), chance());
    tell_of_end(ended, how, pause_);
    co_await aio::sleep(pause_);
    pause_ = {};
  }
}

// One connection from its token to its end. The first part that ends takes the others with it.
Task<Result<void>> Agent::one_round() {
  using namespace asio::experimental::awaitable_operators;
  CO_TRY(token, co_await obtain_token(metadata_client_, server_, options_));
  server_.set_token(std::move(token));
  CO_TRY(socket, co_await server_.open_tunnel());
  connected_ = true;
  connected_since_ = std::chrono::steady_clock::now();
  log::info("connected", {{"url", options_.url}});
  auto transport = tunnel::over_websocket(std::move(socket), [heard = farewell_](net::WebSocket& ended) { return hear_farewell(ended, heard); });
  tunnel::Acceptor acceptor(co_await aio::executor(), std::move(transport), service_.handlers());
  auto ended = co_await (acceptor.run() || outbox_.send_logs(server_) || outbox_.send_reports(server_) || serve_manifest(acceptor));
  co_return std::visit([](auto& outcome) { return std::move(outcome); }, ended);
}

Task<Result<api::AgentManifest>> Agent::fetch_manifest() {
  Backoff backoff;
  while (true) {
    auto got = co_await server_.manifest();
    if (got || got.error().code == Code::unauthenticated || !worth_retrying(got.error())) co_return got;
    co_await aio::sleep(backoff.next(chance()));
  }
}

Task<Result<void>> Agent::serve_manifest(tunnel::Acceptor& acceptor) {
  using namespace asio::experimental::awaitable_operators;
  CO_TRY(manifest, co_await fetch_manifest());
  commands_.update(manifest, server_.token().reveal());
  service_.set_names(manifest.owner_name, manifest.workspace_name, manifest.agent_name);
  const api::AgentStartup startup{.version = std::string(kVersion), .expanded_directory = commands_.directory(), .subsystems = options_.subsystems};
  if (const auto told = co_await server_.report_startup(startup); !told) {
    if (told.error().code == Code::unauthenticated) co_return told;
    log::warn("the start could not be reported", {{"why", told.error().why}});
  }
  if (!manifest_scripts_ && !stopping_) {
    manifest_scripts_ = manifest.scripts;
    if (!options_.resumes) started_as_ = manifest.agent_id;
    auto begin = [](Agent* self, std::vector<api::AgentScript> scripts, int life) -> Task<void> {
      if (self->options_.resumes) co_return self->resume(scripts);
      co_await self->start_up(std::move(scripts), life);
    };
    nursery_.start(begin, this, manifest.scripts, life_);
  }
  const auto home = co_await aio::executor();
  Metadata metadata(home, commands_, clock_);
  AppHealth health(home);
  ResourceMonitor resources({}, clock_);
  // Their children must have ended before they go, also when this round is cancelled.
  std::exception_ptr thrown;
  Result<void> outcome;
  try {
    auto ended = co_await (metadata.run(manifest.metadata, server_) || health.run(manifest.apps, server_) || resources.run(server_) ||
                           report_stats(acceptor) || await_claim());
    outcome = std::visit([](auto& one) { return std::move(one); }, ended);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await metadata.stop();
  co_await health.stop();
  if (thrown) std::rethrow_exception(thrown);
  co_return outcome;
}

Task<Result<void>> Agent::report_stats(tunnel::Acceptor& acceptor) {
  auto interval = kUsualInterval;
  std::optional<api::AgentStats> stats;
  bool told_of_something = false;
  while (true) {
    if (!stats || traffic_->anything() || told_of_something) {
      told_of_something = traffic_->anything();
      if (stats) stats = take_stats(*traffic_, acceptor.latency());
      Taken taken{*traffic_, stats};
      const auto next = co_await server_.report_stats(stats);
      taken.told = next.has_value();
      if (!next && next.error().code == Code::unauthenticated) co_return std::unexpected(next.error());
      if (!next) log::warn("statistics could not be reported", {{"why", next.error().why}});
      if (next && next->count() > 0) interval = std::max(*next, Milliseconds(100));
    }
    stats.emplace();
    co_await aio::sleep(interval);
  }
}

// Ends only when the workspace was claimed. Every agent asks; nearly all are told at once that there is nothing to wait for.
Task<Result<void>> Agent::await_claim() {
  Backoff backoff;
  while (claimable_) {
    const auto heard = co_await server_.await_claim(started_as_);
    if (heard && *heard) {
      claimed_ = true;
      co_return Result<void>();
    }
    if (heard) backoff.reset();
    if (!heard && !worth_retrying(heard.error()) && heard.error().code != Code::cancelled) {
      claimable_ = false;
      break;
    }
    co_await aio::sleep(backoff.next(chance()));
  }
  while (true) co_await aio::sleep(std::chrono::hours(24));
}

// What runs was the pool's: it ends, and the start scripts of the new owner's manifest run as in a process that has just begun.
Task<void> Agent::begin_again() {
  log::info("the workspace was claimed: the agent starts up again, for its owner");
  ++life_;
  service_.hang_up();
  co_await scripts_.interrupt();
  claimed_ = false;
  if (stopping_) co_return;
  scripts_.begin_again();
  units_.forget();
  outbox_.begin_again();
  reached_ = outbox_.state();
  options_.resumes.reset();
  manifest_scripts_.reset();
}

void Agent::advance(Lifecycle to) {
  outbox_.advance(to, clock_.now());
  reached_ = outbox_.state();
}

// The run before this one has started what is to be started, or died of it.
void Agent::resume(const std::vector<api::AgentScript>& scripts) {
  if (outbox_.state() == Lifecycle::starting) advance(Lifecycle::start_error);
  log::warn("the agent goes on after a restart of its own", {{"state", std::string(to_string(outbox_.state()))}});
  scripts_.start_cron(scripts);
}

Task<void> Agent::start_up(std::vector<api::AgentScript> scripts, int life) {
  advance(Lifecycle::starting);
  const auto outcome = co_await scripts_.run_all(scripts, Stage::start);
  if (stopping_ || life != life_) co_return;
  advance(after_start(outcome));
  scripts_.start_cron(scripts);
  co_await aio::sleep(kSettled);
  let_go_of_start_up_code();
}

Task<void> Agent::shut_down() {
  stopping_ = true;
  advance(Lifecycle::shutting_down);
  co_await scripts_.interrupt();
  PhaseOutcome outcome;
  if (manifest_scripts_) outcome = co_await scripts_.run_all(*manifest_scripts_, Stage::stop);
  advance(after_stop(outcome));

  co_await service_.stop();
  const auto give_up = std::chrono::steady_clock::now() + kLastWords;
  while (connected_ && !outbox_.empty() && std::chrono::steady_clock::now() < give_up) co_await aio::sleep(Milliseconds(20));
  co_await nursery_.stop();
  co_await scripts_.stop();
  co_await server_.stop();
  co_await metadata_client_.stop();
}

Task<int> run_agent(Options options, std::string executable) {
  using namespace asio::experimental::awaitable_operators;
  asio::signal_set signals(co_await aio::executor(), SIGINT, SIGTERM);
  log::info("the agent starts", {{"version", std::string(kVersion)}, {"url", options.url}});
  Agent agent(co_await aio::executor(), std::move(options), std::move(executable));
  agent.start();
  auto stuck = [&agent](const std::string& doing) {
    if (agent.reached() >= Lifecycle::shutting_down) std::_Exit(1);
    begin_again(doing, to_string(agent.reached()));
  };
  Watchdog watchdog(co_await aio::executor(), stuck);
  co_await signals.async_wait(aio::tuple);
  log::info("the agent shuts down; a second signal ends it at once");
  auto second = [](asio::signal_set& from) -> Task<void> {
    co_await from.async_wait(aio::tuple);
    // Only the wait for stop scripts is cut short by it; what is cancelled instead comes here too, and goes on.
    if ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) std::_Exit(1);
  };
  co_await (agent.shut_down() || second(signals));
  co_await watchdog.stop();
  co_return 0;
}

}  // namespace slipway::agent
