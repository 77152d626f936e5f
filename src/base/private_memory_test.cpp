#include "base/private_memory.hpp"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace slipway {
namespace {

// In a child: it cannot be taken back for this process.
TEST(PrivateMemory, IsNotTracedAndLeavesNoCore) {
  const pid_t child = ::fork();
  if (child == 0) {
    keep_memory_private();
    rlimit core{1, 1};
    ::getrlimit(RLIMIT_CORE, &core);
    struct stat environment{};
    ::stat("/proc/self/environ", &environment);
    ::_exit(::prctl(PR_GET_DUMPABLE) == 0 && core.rlim_max == 0 && environment.st_uid == 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace slipway
