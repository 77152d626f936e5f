#include "agent/resident.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace slipway::agent {
namespace {

// Resident KiB of this program's own file in memory.
long resident_of_program() {
  std::ifstream maps("/proc/self/smaps");
  long sum = 0;
  bool ours = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("-") < 20 && line.find(' ') > 16) ours = line.find("agent_test") != line.npos;
    if (ours && line.starts_with("Rss:")) sum += std::stol(line.substr(4));
  }
  return sum;
}

TEST(Resident, CodeThatIsNotRunningIsLetGo) {
  const long before = resident_of_program();

  let_go_of_start_up_code();

  EXPECT_LT(resident_of_program(), before * 3 / 4);
}

}  // namespace
}  // namespace slipway::agent
