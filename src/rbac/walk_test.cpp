// Every numbered fact of docs/guide/authorization.md has a test that is named for it: Facts.F07_…
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace slipway::rbac {
namespace {

// The numbers of the facts that a file of tests names.
std::set<int> facts_in(const std::filesystem::path& file) {
  std::stringstream read;
  read << std::ifstream(file).rdbuf();
  const auto text = read.str();
  const std::string mark = "Facts, F";
  std::set<int> numbers;
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) numbers.insert(std::atoi(text.c_str() + at + mark.size()));
  return numbers;
}

TEST(Walk, EveryFactHasATestOfItsName) {
  const std::filesystem::path root = SLIPWAY_SOURCE_DIR;
  std::set<int> found;
  for (const auto& folder : {root / "src/rbac", root / "tests/whole"})
    for (const auto& file : std::filesystem::directory_iterator(folder))
      if (file.path().string().ends_with("_test.cpp")) found.merge(facts_in(file.path()));

  for (int fact = 1; fact <= 35; ++fact) EXPECT_TRUE(found.contains(fact)) << "fact " << fact;
}

}  // namespace
}  // namespace slipway::rbac
