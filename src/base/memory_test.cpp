// A program of its own and without sanitizers, whose allocator would be another.
#include "base/memory.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace slipway::memory {
namespace {

constexpr std::size_t kMiB = 1 << 20;

// A load as requests make it: on each thread many blocks of all sizes, of which a few small ones outlive the rest, so that no heap
// ends where it began.
std::vector<std::string> load(std::size_t blocks) {
  std::vector<std::string> all, kept;
  for (std::size_t i = 0; i < blocks; ++i) {
    all.emplace_back(100 + (i * 7919) % 60000, 'x');
    if (i % 500 == 0) kept.emplace_back(200, 'k');
  }
  return kept;
}

std::vector<std::vector<std::string>> load_on_threads(std::size_t threads) {
  std::vector<std::vector<std::string>> kept(threads);
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i) all.emplace_back([&kept, i] { kept[i] = load(2000); });
  for (auto& one : all) one.join();
  return kept;
}

TEST(Memory, ComesBackAfterALoad) {
  keep_large_blocks_apart();
  give_back();
  const auto idle = resident();

  const auto kept = load_on_threads(8);
  const auto before = resident();
  give_back();

  EXPECT_GT(before, idle + 40 * kMiB) << "the load is too small to show anything";
  EXPECT_LT(resident(), idle + 10 * kMiB);
  EXPECT_EQ(kept.size(), 8U);
}

TEST(Memory, OfLargeBlocksComesBackAtOnce) {
  keep_large_blocks_apart();
  give_back();
  const auto idle = resident();
  for (int i = 0; i < 3; ++i) {
    std::string one(20 * kMiB, 'a');  // by default glibc would take blocks as large as this from the heap from now on
    EXPECT_GT(resident(), idle + 15 * kMiB);
  }
  std::vector<std::string> many;
  std::vector<std::string> between;
  for (int i = 0; i < 20; ++i) {
    many.emplace_back(4 * kMiB, 'b');
    between.emplace_back(1000, 'c');
  }

  many.clear();

  EXPECT_LT(resident(), idle + 10 * kMiB);
}

TEST(Thrift, IsForWhatHasGrown) {
  Thrift thrift;

  EXPECT_TRUE(thrift.worth_it(50 * kMiB, 0));
  thrift.gave_back(45 * kMiB, 2 * kMiB);
  EXPECT_FALSE(thrift.worth_it(45 * kMiB, 2 * kMiB));
  EXPECT_FALSE(thrift.worth_it(47 * kMiB, 4 * kMiB));
  EXPECT_TRUE(thrift.worth_it(48 * kMiB, 2 * kMiB));
}

TEST(Thrift, AsksForMoreGrowthWhereThereIsMore) {
  Thrift thrift;
  thrift.gave_back(320 * kMiB, 2 * kMiB);

  EXPECT_FALSE(thrift.worth_it(340 * kMiB, 2 * kMiB));
  EXPECT_TRUE(thrift.worth_it(341 * kMiB, 2 * kMiB));
}

// Given back while a load was at its height: what the load then leaves grows nothing in core.
TEST(Thrift, IsForWhatALoadLeavesThatItHasSeenAtItsHeight) {
  Thrift thrift;
  thrift.gave_back(107 * kMiB, 3 * kMiB);

  EXPECT_TRUE(thrift.worth_it(107 * kMiB, 70 * kMiB));
}

}  // namespace
}  // namespace slipway::memory
