// Runs the scripts of the manifest: in parallel at start and stop, by cron in between. Output goes line by
// line to a file and to the log sink. home: own thread; stop() must have returned before it goes.
#pragma once

#include "agent/commands.hpp"
#include "agent/lifecycle.hpp"
#include "agent/log_queue.hpp"
#include "aio/nursery.hpp"
#include "aio/subprocess.hpp"

#include <functional>
#include <set>

namespace slipway::agent {

enum class Stage { start, stop, cron };
enum class ScriptStatus { ok, exit_failure, timed_out, pipes_left_open };
std::string_view to_string(Stage stage);
std::string_view to_string(ScriptStatus status);

struct ScriptTiming {
  Uuid script;
  Time started_at;
  Time ended_at;
  int exit_code = 0;
  Stage stage = Stage::start;
  ScriptStatus status = ScriptStatus::ok;
};

struct ScriptSinks {
  std::function<void(const Uuid& source, LogLine line)> log;
  std::function<void(const ScriptTiming& timing)> completed;
};

struct ScriptPlaces {
  std::string log_dir;
  std::string data_dir;
  std::string data_folder() const { return data_dir + "/coder-script-data"; }
  std::string bin_folder() const { return data_folder() + "/bin"; }
};

struct ScriptLimits {
  Milliseconds interrupt_grace = Seconds(10);  // between the interrupt of a timeout and the kill
  Milliseconds pipe_grace = Seconds(10);       // for output to end after the script has
  std::size_t log_bytes = 5 << 20;             // of a log file; then it becomes <name>.1, of which there is one
};

class Scripts {
 public:
  Scripts(asio::any_io_executor home, ScriptPlaces places, const Commands& commands, ScriptSinks sinks, ScriptLimits limits = {},
          const Clock& clock = system_clock());

  // Runs all scripts of that stage at once and waits for each.
  Task<PhaseOutcome> run_all(std::vector<api::AgentScript> scripts, Stage stage);
  // From now on runs each script that has a cron expression when it is due; never two runs of one at a time.
  void start_cron(const std::vector<api::AgentScript>& scripts);
  // Interrupts whatever runs, kills what is left after the grace, and returns once every run has ended. From then on cron
  // starts nothing; run_all() still works, for the stop scripts.
  Task<void> interrupt();
  // After interrupt(): takes scripts again. The schedules from before stay ended.
  void begin_again();
  Task<void> stop();

 private:
  struct Run;
  Task<void> run_into(std::shared_ptr<Run> run);
  Task<ScriptStatus> run_process(Run& run);
  Task<void> watch(Run& run);
  Task<void> read_all(Run& run);
  Task<void> read_stream(Run& run, aio::Channel channel);
  Task<void> keep_schedule(std::shared_ptr<api::AgentScript> script, int generation);
  Task<void> one(std::shared_ptr<Run> run);
  Result<void> prepare(Run& run);
  void keep_in_file(Run& run, std::string_view line);
  void say(Run& run, LogLevel level, std::string_view line);

  ScriptPlaces places_;
  const Commands& commands_;
  ScriptSinks sinks_;
  ScriptLimits limits_;
  const Clock& clock_;
  std::set<Run*> running_;
  bool stopping_ = false;
  int generation_ = 0;  // of schedules: those of an older one end
  aio::Nursery nursery_;
};

}  // namespace slipway::agent
