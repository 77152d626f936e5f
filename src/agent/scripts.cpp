#include "agent/scripts.hpp"

#include "agent/cron.hpp"
#include "agent/duration.hpp"
#include "agent/files.hpp"
#include "aio/event.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace slipway::agent {

namespace {

constexpr int kUnknownExitCode = 255;
// The kernel takes no single argument over 128 KiB.
constexpr std::size_t kLongestArgument = 100 << 10;

bool belongs_to(const api::AgentScript& script, Stage stage) { return stage == Stage::start ? script.run_on_start : script.run_on_stop; }

std::string log_file_of(const api::AgentScript& script, const ScriptPlaces& places, const CommandEnvironment& environment) {
  const Environment variables(environment.variables.begin(), environment.variables.end());
  const auto home = variables.find("HOME");
  const std::string name = script.log_path.empty() ? "coder-script-" + script.log_source_id.str() + ".log" : script.log_path;
  return expand_path(name, home == variables.end() ? "/" : home->second, places.log_dir, variables);
}

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::start: return "start";
    case Stage::stop: return "stop";
    case Stage::cron: return "cron";
  }
  return "start";
}

std::string_view to_string(ScriptStatus status) {
  switch (status) {
    case ScriptStatus::ok: return "ok";
    case ScriptStatus::exit_failure: return "exit_failure";
    case ScriptStatus::timed_out: return "timed_out";
    case ScriptStatus::pipes_left_open: return "pipes_left_open";
  }
  return "ok";
}

struct Scripts::Run {
  Run(const asio::any_io_executor& home, api::AgentScript what, Stage when) : script(std::move(what)), stage(when), exited(home) {}

  api::AgentScript script;
  Stage stage;
  CommandEnvironment environment;
  std::vector<std::string> arguments;
  Descriptor file;
  std::string file_path;
  std::size_t file_bytes = 0;
  std::optional<aio::Process> process;
  aio::Event exited;  // the script has ended; its pipes may still be open
  aio::Exit exit;
  bool timed_out = false;
  bool pipes_left_open = false;
  ScriptStatus status = ScriptStatus::exit_failure;
};

Scripts::Scripts(asio::any_io_executor home, ScriptPlaces places, const Commands& commands, ScriptSinks sinks, ScriptLimits limits,
                 const Clock& clock)
    : places_(std::move(places)), commands_(commands), sinks_(std::move(sinks)), limits_(limits), clock_(clock), nursery_(std::move(home)) {}

// A script that talks for years fills no disk.
void Scripts::keep_in_file(Run& run, std::string_view line) {
  if (run.file_bytes > 0 && run.file_bytes + line.size() + 1 > limits_.log_bytes) {
    if (::rename(run.file_path.c_str(), (run.file_path + ".1").c_str()) != 0) return;
    const auto again = create_file(run.file_path, 0600);
    run.file = again ? Descriptor(*again) : Descriptor();
    run.file_bytes = 0;
    if (!again) return;
  }
  if (write_all(run.file.get(), line) && write_all(run.file.get(), "\n")) run.file_bytes += line.size() + 1;
}

// To the file at once: these are short appends to the page cache, cheaper than a hop to another thread.
void Scripts::say(Run& run, LogLevel level, std::string_view line) {
  if (run.file) keep_in_file(run, line);
  sinks_.log(run.script.log_source_id, {clock_.now(), std::string(line), level});
}

Result<void> Scripts::prepare(Run& run) {
  run.environment = commands_.now();
  const std::string data = places_.data_folder() + "/" + run.script.log_source_id.str();
  TRY_OK(make_own_directory(places_.data_folder(), 0755));
  TRY_OK(make_own_directory(data, 0700));
  TRY_OK(make_own_directory(places_.bin_folder(), 0755));
  run.environment.variables.emplace_back("CODER_SCRIPT_DATA_DIR", data);
  run.environment.variables.emplace_back("CODER_SCRIPT_BIN_DIR", places_.bin_folder());

  const auto log_file = log_file_of(run.script, places_, run.environment);
  if (const auto slash = log_file.rfind('/'); slash != std::string::npos && slash > 0) {
    std::error_code ignored;
    std::filesystem::create_directories(log_file.substr(0, slash), ignored);
  }
  TRY(file, create_file(log_file, 0600));
  run.file = Descriptor(file);
  run.file_path = log_file;

  run.arguments = script_arguments(run.environment.shell, run.script.script);
  if (run.script.script.size() <= kLongestArgument) return {};
  const std::string path = data + "/script";
  TRY(long_script, create_file(path, 0600));
  const Descriptor written(long_script);
  if (!write_all(written.get(), run.script.script)) return fail_internal("write " + path);
  run.arguments.pop_back();
  run.arguments.back() = path;
  return {};
}

Task<PhaseOutcome> Scripts::run_all(std::vector<api::AgentScript> scripts, Stage stage) {
  PhaseOutcome outcome;
  const auto home = co_await aio::executor();
  std::vector<std::shared_ptr<Run>> runs;
  for (auto& script : scripts)
    if (belongs_to(script, stage)) runs.push_back(std::make_shared<Run>(home, std::move(script), stage));
  auto left = std::make_shared<std::size_t>(runs.size());
  auto all_done = std::make_shared<aio::Event>(home);
  auto each = [](Scripts* self, std::shared_ptr<Run> run, std::shared_ptr<std::size_t> count, std::shared_ptr<aio::Event> done) -> Task<void> {
    co_await self->one(std::move(run));
    if (--*count == 0) done->notify();
  };
  for (const auto& run : runs)
    if (!nursery_.start(each, this, run, left, all_done)) --*left;
  while (*left > 0) co_await all_done->wait();
  for (const auto& run : runs) {
    outcome.timed_out = outcome.timed_out || run->status == ScriptStatus::timed_out;
    outcome.failed = outcome.failed || run->status == ScriptStatus::exit_failure;
  }
  co_return outcome;
}

// One run from its preparation to its report.
Task<void> Scripts::one(std::shared_ptr<Run> run) {
  ScriptTiming timing{.script = run->script.id, .started_at = clock_.now(), .ended_at = {}, .stage = run->stage};
  running_.insert(run.get());
  co_await run_into(run);
  running_.erase(run.get());
  timing.ended_at = clock_.now();
  timing.exit_code = run->exit.exited ? run->exit.code : kUnknownExitCode;
  timing.status = run->status;
  log::info("a script has ended", {{"script", run->script.display_name},
                                   {"stage", std::string(to_string(run->stage))},
                                   {"status", std::string(to_string(run->status))},
                                   {"exit_code", std::to_string(timing.exit_code)}});
  sinks_.completed(timing);
}

Task<void> Scripts::run_into(std::shared_ptr<Run> run) {
  if (auto ready = prepare(*run); !ready) {
    say(*run, LogLevel::error, "The script could not be prepared: " + ready.error().why);
    co_return;
  }
  auto options = process_options(run->environment, run->arguments);
  if (!options.argv[0].contains('/')) options.argv[0] = aio::find_program(options.argv[0]).value_or(options.argv[0]);
  options.keep_group = true;  // a service that a start script leaves behind is what the script is for
  auto started = aio::Process::start(co_await aio::executor(), options);
  if (!started) {
    say(*run, LogLevel::error, started.error().say);
    co_return;
  }
  run->process = std::move(*started);
  run->status = co_await run_process(*run);
  run->process.reset();
}

Task<ScriptStatus> Scripts::run_process(Run& run) {
  using namespace asio::experimental::awaitable_operators;
  co_await (watch(run) || read_all(run));
  if (run.timed_out) {
    say(run, LogLevel::error,
        fmt::format("The script was stopped: it ran longer than its limit of {} s.", from_nanoseconds(run.script.timeout).count() / 1000.0));
    co_return ScriptStatus::timed_out;
  }
  if (!run.exit.ok()) co_return ScriptStatus::exit_failure;
  if (!run.pipes_left_open) co_return ScriptStatus::ok;
  say(run, LogLevel::error,
      fmt::format("WARNING: script exited successfully, but output pipes were not closed after {}s.", limits_.pipe_grace.count() / 1000));
  say(run, LogLevel::error, "A process that the script left behind still holds its output, and can write to it no more.");
  say(run, LogLevel::error, "Send the output of such a process elsewhere (`command >/tmp/command.log 2>&1 &`), or give it a script of its own.");
  co_return ScriptStatus::pipes_left_open;
}

// Returns only when the pipes were left open: otherwise read_all() ends first.
Task<void> Scripts::watch(Run& run) {
  using namespace asio::experimental::awaitable_operators;
  const auto limit = from_nanoseconds(run.script.timeout);
  if (limit.count() > 0) {
    auto first = co_await (run.process->wait() || aio::sleep(limit));
    if (first.index() == 1) {
      run.timed_out = run.process->running();
      co_await run.process->stop(SIGINT, limits_.interrupt_grace);
      // stop() leaves this whole chain of coroutines deaf to cancellation, by which read_all() ends the wait below.
      co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    }
  }
  run.exit = co_await run.process->wait();
  run.exited.notify();
  co_await aio::sleep(limits_.pipe_grace);
  run.pipes_left_open = true;
}

Task<void> Scripts::read_all(Run& run) {
  using namespace asio::experimental::awaitable_operators;
  co_await (read_stream(run, aio::Channel::output) && read_stream(run, aio::Channel::errors));
  co_await run.exited.wait();
}

Task<void> Scripts::read_stream(Run& run, aio::Channel channel) {
  constexpr std::size_t kLongestLine = 16 << 10;
  const bool output = channel == aio::Channel::output;
  aio::LineSplitter lines(kLongestLine);
  const aio::LineSplitter::Sink sink = [&](std::string_view line) { say(run, output ? LogLevel::info : LogLevel::error, line); };
  std::array<char, 8192> buffer{};
  // A cancelled read is the wait for open pipes running out: what has come so far still counts.
  while (true) {
    auto got = output ? co_await run.process->read_output(buffer) : co_await run.process->read_errors(buffer);
    if (!got || *got == 0) break;
    lines.feed(std::string_view(buffer.data(), *got), sink);
  }
  lines.finish(sink);
}

void Scripts::start_cron(const std::vector<api::AgentScript>& scripts) {
  for (const auto& script : scripts)
    if (!script.cron.empty()) {
      auto keep = [](Scripts* self, std::shared_ptr<api::AgentScript> mine, int generation) -> Task<void> {
        co_await self->keep_schedule(std::move(mine), generation);
      };
      nursery_.start(keep, this, std::make_shared<api::AgentScript>(script), generation_);
    }
}

Task<void> Scripts::keep_schedule(std::shared_ptr<api::AgentScript> script, int generation) {
  const auto cron = Cron::parse(script->cron);
  if (!cron) {
    sinks_.log(script->log_source_id, {clock_.now(), "This script will not run: " + cron.error().say, LogLevel::error});
    co_return;
  }
  while (const auto due = cron->next(clock_.now())) {
    // In short steps, so that a clock that is set meanwhile counts.
    while (clock_.now() < *due && generation == generation_)
      co_await aio::sleep(std::clamp(std::chrono::ceil<Milliseconds>(*due - clock_.now()), Milliseconds(1), Milliseconds(30000)));
    if (stopping_ || generation != generation_) co_return;
    co_await one(std::make_shared<Run>(co_await aio::executor(), *script, Stage::cron));
  }
}

Task<void> Scripts::interrupt() {
  const auto give_up = std::chrono::steady_clock::now() + limits_.interrupt_grace;
  stopping_ = true;
  const auto all = [this](int number) {
    for (Run* run : running_)
      if (run->process) run->process->signal(number);
  };
  all(SIGINT);
  bool killed = false;
  while (!running_.empty()) {
    co_await aio::sleep(Milliseconds(20));
    if (!killed && std::chrono::steady_clock::now() >= give_up) {
      all(SIGKILL);
      killed = true;
    }
  }
}

void Scripts::begin_again() {
  stopping_ = false;
  ++generation_;
}

Task<void> Scripts::stop() { co_await nursery_.stop(); }

}  // namespace slipway::agent
