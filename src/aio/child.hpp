// Inside aio only: what a process that has just been forked does until it is another program.
#pragma once

#include "aio/subprocess.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <vector>

namespace slipway::aio {

// Steps of the child between fork and exec, told to the parent over a pipe when one fails.
// `born` is no failure: its number is the pid of the process in the new pid namespace, which takes the first one's place.
enum class ChildStep : int { group = 1, terminal, streams, directory, identity, exec, namespaces, view, born };

const char* name_of(ChildStep step);

struct ChildReport {
  int step;
  int number;
};

// All that the child needs, prepared before fork: after it only async-signal-safe calls are allowed.
struct ChildPlan {
  const ConfinementPlan* confinement = nullptr;
  bool other_processes = false;
  bool reaps_by_ignoring = false;
  bool no_new_privileges = false;
  bool enter_as_ourselves = false;
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* directory = nullptr;
  int streams[3] = {-1, -1, -1};  // -1: leave as inherited
  int terminal = -1;
  bool new_session = false;
  int parent_death_signal = 0;
  pid_t parent = 0;
  const ProcessIdentity* identity = nullptr;
  std::vector<gid_t> groups;
  int report = -1;
  int most_files = 1024;
  rlim_t files_before = 0;  // 0: as ours
};

// Forks with every signal blocked, so that no handler of ours runs in the child, which never comes back. Its number, or -1 and errno.
pid_t fork_quietly(const ChildPlan& plan);

}  // namespace slipway::aio
