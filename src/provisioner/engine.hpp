// What runs a job: `terraform` drives the real tool, `replay` answers from recordings. An engine holds no job state;
// one is shared by all daemons of a process. home: the loop of the caller of run().
#pragma once

#include "aio/task_fwd.hpp"
#include "base/result.hpp"
#include "provisioner/cancel.hpp"
#include "provisioner/job.hpp"
#include "provisioner/quarters.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::provisioner {

// The stage words that existing clients know.
namespace stage {
inline constexpr std::string_view kSetup = "Setting up";
inline constexpr std::string_view kParse = "Parsing template parameters";
inline constexpr std::string_view kPersistent = "Detecting persistent resources";
inline constexpr std::string_view kEphemeral = "Detecting ephemeral resources";
inline constexpr std::string_view kPlan = "Planning infrastructure";
inline constexpr std::string_view kQuota = "Commit quota";
inline constexpr std::string_view kStart = "Starting workspace";
inline constexpr std::string_view kStop = "Stopping workspace";
inline constexpr std::string_view kDelete = "Deleting workspace";
inline constexpr std::string_view kCleanUp = "Cleaning Up";
}  // namespace stage

// Where a job's news goes while it runs.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void log(LogLine line) = 0;  // must not block; a bounded buffer
  // Asked after the plan when JobInput::check_plan is set; a Failure stops the job before apply.
  virtual Task<std::optional<Failure>> planned(const Outcome& plan);
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;
  // Never throws for what a template can do; every way to fail is a Failure with a whole sentence.
  virtual Task<Finished> run(const JobInput& input, Sink& sink, Cancel& cancel) = 0;
  // How jobs are kept apart from the server and from one another, for the log. Errors: they cannot be as they should.
  struct Apart {
    bool kept = true;
    std::string how;
  };
  virtual Task<Result<Apart>> isolation();
  // The jobs that an earlier process began here and did not end. Blocks; asked before the first run().
  virtual std::vector<JobId> interrupted() { return {}; }
  // Ends one of them: waits until what still works for it is done, and brings the state that it left. Always a failure.
  virtual Task<Finished> salvage(const JobId& job);
  // What a job of an earlier process left here; null when there is nothing. Blocks.
  virtual std::shared_ptr<Kept> kept_of(const JobId&) { return nullptr; }
};

// How a job fails whose process ended in the middle.
Failure interrupted_failure();

struct TerraformOptions {
  std::string binary;                                     // path or name; empty: tofu, then terraform, on PATH
  std::string cache_directory;                            // the organizations' folders: jobs, homes, caches
  std::string download_directory;                         // what can be fetched again: providers, modules; empty: in cache_directory
  std::string cli_config_file;                            // the operator's .tofurc, if any: its methods, credentials and hosts are heeded
  std::string mirror_directory;                           // filesystem mirror of providers; empty: looked for beside the tool
  Isolation isolation = Isolation::automatic;             // which account builds run under (quarters.hpp)
  std::vector<std::string> build_groups;                  // further groups of that account
  std::vector<std::string> secrets;                       // files and folders that builds never see
  std::vector<std::string> pass_prefixes;                 // more environment to pass on, beside the built-in list
  Milliseconds graceful_limit = std::chrono::minutes(3);  // from SIGINT to SIGKILL
  Milliseconds job_limit = std::chrono::hours(4);         // a job that runs longer is ended
};

struct ToolVersion {
  std::string program;  // OpenTofu, Terraform
  std::string version;
  std::string path;
};

std::unique_ptr<Engine> make_terraform_engine(TerraformOptions options);
std::unique_ptr<Engine> make_replay_engine();
// Runs `<binary> version -json` and judges it. Errors: a sentence that says what to install or configure.
Task<Result<ToolVersion>> check_terraform(const TerraformOptions& options);

// State as it is stored: compressed, with a mark so that a plain one is taken as it is.
std::string pack(std::string_view plain);
Result<std::string> unpack(std::string_view packed, std::size_t most = 256 << 20);

}  // namespace slipway::provisioner
