// The files of one Terraform job: its private folder, what an earlier init of the same template left for reuse, and
// what an interrupted build of the same workspace left behind. All functions block: call them through aio::blocking.
#pragma once

#include "base/result.hpp"
#include "provisioner/job.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

struct Quarter;

// A job's folder. Its template/ and out/ are given to the account that builds, once all is in them; the folder itself stays ours, so
// that nobody can put something else in their place. Removed, on the blocking pool, when this goes; a build's is kept until its state is
// elsewhere: see keep().
class WorkFolder {
 public:
  // `quarter` is the folder of an organization's builds, `passage` the mode of what builds only pass through.
  static Result<WorkFolder> create(const std::string& quarter, const JobInput& input, unsigned passage = 0700);
  explicit WorkFolder(std::string root) : root_(std::move(root)) {}
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&& other) noexcept;
  ~WorkFolder();

  // Leaves the folder where it is, so that the next build of the workspace finds its state.
  void leave_behind() { root_.clear(); }

  const std::string& root() const { return root_; }
  std::string template_folder() const { return root_ + "/template"; }
  std::string state_file() const { return template_folder() + "/terraform.tfstate"; }
  std::string out_folder() const { return root_ + "/out"; }
  std::string plan_file() const { return out_folder() + "/plan"; }

 private:
  std::string root_;
};

// Holds the folder for as long as anybody may need its state, and beyond, unless it is dropped.
std::shared_ptr<Kept> keep(WorkFolder folder);
// The one that an earlier process left of this job; null: none.
std::shared_ptr<Kept> kept_folder(const std::string& cache, const JobId& job);

// What end_interrupted() does to a process that still works: interrupts it, leaves it alone, kills it with its group.
enum class Push { ask, wait, force };

// The jobs whose folders an earlier process left.
std::vector<JobId> interrupted_jobs(const std::string& cache);
// The state in the folder of such a job, plain, once no process works there any more. Nothing: not yet.
std::optional<std::string> end_interrupted(const std::string& cache, const JobId& job, Push push);

// The newest state that the job's folder holds: what Terraform could not put in its place counts first. Empty: none. Whoever builds
// may have put anything there, so links and what is no plain file count as nothing.
std::string state_left_in(const std::string& job_folder);

// Whether a file that Terraform reads as configuration, or takes values from, has that word in it.
bool configuration_mentions(const std::string& template_folder, std::string_view word);
std::string read_whole(const std::string& path, std::size_t most = 256 << 20);  // empty when absent

// What init made for a template, kept by a key of all that init depends on. Providers and modules are the builds' own: shell commands,
// run as builds are, bring them there and back. The notes are ours.
class InitCache {
 public:
  // `tool`: the program, its version and its configuration, as one text. Reads the template, so nobody may have built in it yet.
  InitCache(const Quarter& quarter, const JobInput& input, std::string_view template_folder, std::string_view tool);

  bool present() const;  // false: not there, too old, or broken
  // To be run in the template's folder.
  std::vector<std::string> restore_command() const;
  std::vector<std::string> keep_command() const;
  std::string note(std::string_view name) const;  // a text kept beside it; empty: none
  void keep_note(std::string_view name, std::string_view text) const;
  void tidy() const;  // drops what was not used for longest

 private:
  std::string cache_, notes_;
  std::string folder_, note_folder_;
};

// A state that an interrupted build of this workspace left in its folder, when it is newer than `known`. The folders
// of builds that are over are removed. `busy` is set when a process of that build still runs: come back later.
struct Leftover {
  std::optional<std::string> state;
  bool busy = false;
};
Leftover leftover_state(const std::string& quarter, const JobInput& input, std::string_view known);

// Marks which process works in the folder, for leftover_state() of a later server.
void note_process(const WorkFolder& folder, int pid);

}  // namespace slipway::provisioner
