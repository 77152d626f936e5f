// The daemons: each takes a job, runs it, streams its log, keeps its lease alive, and hands the result back.
// The server implements JobSource over its store; `slipwayd provisioner` over HTTP. home: one loop.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"
#include "provisioner/engine.hpp"
#include "provisioner/job.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::provisioner {

class Holdings;

enum class Orders { go_on, cancel, abandon };  // abandon: the job is no longer ours, forget it

class JobSource {
 public:
  virtual ~JobSource() = default;
  // The next job for this daemon; waits up to `patience` for one, less after stop_waiting(). Nothing when none came.
  // May be cancelled while it waits; once it has taken a job it must return it.
  virtual Task<Result<std::optional<JobInput>>> acquire(const std::string& daemon, Milliseconds patience) = 0;
  // Keeps the lease, then waits up to `patience` for somebody to want the job stopped. May be cancelled while it waits.
  virtual Task<Result<Orders>> heartbeat(const JobId& job, Milliseconds patience) = 0;
  virtual Task<Result<void>> logs(const JobId& job, std::vector<LogLine> batch) = 0;
  // After the plan, for jobs with check_plan whose plan costs something; a Failure in the verdict stops the job, and so does an error.
  virtual Task<Result<Verdict>> commit_quota(const JobId& job, std::int64_t daily_cost) = 0;
  // Hand over what the job brought; either may be called again with the same, should an answer get lost. Of a job that was ended
  // meanwhile a newer state is still taken, and nothing else. Errors: invalid or too_large when this result will never be taken;
  // not_found, gone, unauthenticated or forbidden when nothing of this job will; anything else may pass.
  virtual Task<Result<void>> complete(const JobId& job, Outcome outcome) = 0;
  virtual Task<Result<void>> fail(const JobId& job, Failure failure, Outcome partial) = 0;
  // Gives back a job that came while shutting down; nothing of it has run. Without an override it is failed.
  virtual Task<Result<void>> release(const JobId& job);
  // Called before the first acquire. `held` are the jobs whose results still come; any other that daemons of this folder had taken was
  // lost before it began and goes back to the queue.
  virtual Task<Result<void>> begin(std::vector<JobId> held);
  // The runner stops: every acquire in progress should return soon.
  virtual void stop_waiting() {}
};

struct RunnerOptions {
  int daemons = 3;
  std::string name_prefix = "daemon";
  Milliseconds patience = std::chrono::seconds(30);  // of one acquire
  Milliseconds heartbeat = std::chrono::seconds(5);
  Milliseconds log_flush = std::chrono::milliseconds(100);
  std::size_t log_batch_lines = 500;
  std::size_t log_batch_bytes = 256 << 10;
  std::size_t log_longest_line = 16 << 10;                // longer lines are cut, with a mark
  std::size_t log_most_bytes = 8 << 20;                   // of one job; beyond it one line says so and the rest is dropped
  Milliseconds retry = std::chrono::seconds(1);           // after a failed call, doubled up to 30 s
  Milliseconds drain{0};                                  // stop(): running jobs may end by themselves for so long
  Milliseconds shutdown_grace = std::chrono::minutes(1);  // stop(): then they are asked to end, then forced
  Milliseconds abandon_limit = std::chrono::minutes(4);   // a job that is no longer ours, asked to end, is forced then
  Holdings* holdings = nullptr;                           // where results wait that nobody takes; null: in memory. Outlives the runner
};

class Runner {
 public:
  // `engines` and `source` outlive the runner.
  Runner(asio::any_io_executor home, JobSource& source, std::vector<Engine*> engines, RunnerOptions options);
  ~Runner();
  // Hands over what earlier processes of the same folder left, and takes jobs.
  void start();
  // No job is asked for any more; running ones go on.
  void take_no_more();
  // Takes no new job, waits for the running ones, cancels them gracefully, then hard. What nobody takes back waits in the holdings.
  Task<void> stop();
  // A stop() in progress waits no longer for running jobs to end by themselves.
  void hurry();
  int busy() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::provisioner
