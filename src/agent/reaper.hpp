// As PID 1 of a container the agent would inherit every orphan: a small parent process reaps them and passes signals on.
#pragma once

#include "aio/task_fwd.hpp"

#include <vector>

namespace slipway::agent {

// In PID 1: forks, and returns only in the child, which is to be the agent; the parent reaps, forwards signals, and exits
// as the child does. Elsewhere: does nothing. Call it before any thread is started.
void become_child_of_reaper();

// The children that this process has from the program it was before an exec.
std::vector<int> inherited_children();
// Takes in their ends as they come, until the last one has ended.
Task<void> reap_inherited(std::vector<int> children);

// The parent's part, for any child. The exit status to leave with.
int reap_until(int child);

}  // namespace slipway::agent
