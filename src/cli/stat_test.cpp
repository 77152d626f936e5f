// stat: what is read from the kernel, how it is written, and the commands.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cli/machine.hpp"
#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

constexpr double kGi = 1024.0 * 1024 * 1024;

class Kernel : public testing::Test {
 protected:
  Kernel() : root_(std::filesystem::temp_directory_path() / fmt::format("stat-{}-{}", ::getpid(), ++made)) {}
  ~Kernel() override { std::filesystem::remove_all(root_); }
  void put(const std::string& path, const std::string& content) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << content;
  }
  Machine machine() const { return Machine(root_.string(), Milliseconds(1)); }

 private:
  static inline int made = 0;
  const std::filesystem::path root_;
};

TEST(UsageText, HasAsManyDecimalsAsTellSomething) {
  const auto cores = [](double used, std::optional<double> total = {}) { return text_of({.used = used, .total = total, .unit = "cores"}); };

  EXPECT_EQ(cores(0), "0 cores");
  EXPECT_EQ(cores(0.12345), "0.123 cores");
  EXPECT_EQ(cores(0.5), "0.5 cores");
  EXPECT_EQ(cores(1.236, 4), "1.24/4 cores (31%)");
  EXPECT_EQ(cores(12.34, 64), "12.3/64 cores (19%)");
  EXPECT_EQ(cores(123.4, 0), "123/0 cores");
  EXPECT_EQ(text_of({.used = 3.5 * kGi, .total = 16 * kGi, .unit = "B"}, "Gi"), "3.5/16 GiB (22%)");
  EXPECT_EQ(text_of({.used = 1536, .total = {}, .unit = "B"}, "Ki"), "1.5 KiB");
}

TEST(UsageText, AsJsonIsInWholeUnitsAndNullWithoutALimit) {
  EXPECT_EQ(json_of({.used = 3 * kGi, .total = 16 * kGi, .unit = "B"}), R"({"total":17179869184,"unit":"B","used":3221225472})");
  EXPECT_EQ(json_of({.used = 1, .total = {}, .unit = "cores"}), R"({"total":null,"unit":"cores","used":1})");
}

TEST_F(Kernel, OfAMachineTellsItsMemoryAndItsProcessors) {
  put("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n");
  put("proc/stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 50 0 50 350 50 0 0 0 0 0\ncpu1 50 0 50 350 50 0 0 0 0 0\nintr 1\n");

  const auto memory = machine().host_memory();
  const auto cpu = machine().host_cpu();

  ASSERT_TRUE(memory && cpu);
  EXPECT_EQ(memory->used, 12 * kGi);
  EXPECT_EQ(memory->total, 16 * kGi);
  EXPECT_EQ(cpu->total, 2);
  EXPECT_EQ(cpu->used, 0) << "no time passed between the two looks";
  EXPECT_FALSE(machine().in_container());
}

TEST_F(Kernel, ThatTellsNothingIsAnErrorAndNoZero) {
  EXPECT_FALSE(machine().host_cpu());
  EXPECT_FALSE(machine().host_memory());
  EXPECT_FALSE(machine().container_cpu());
  EXPECT_FALSE(machine().container_memory());
}

TEST_F(Kernel, OfAContainerIsKnownByItsTraces) {
  put("proc/1/cgroup", "0::/init.scope\n");
  EXPECT_FALSE(machine().in_container());
  put("proc/1/cgroup", "0::/kubepods/burstable/pod1\n");
  EXPECT_TRUE(machine().in_container());
  put("proc/1/cgroup", "0::/\n");
  EXPECT_FALSE(machine().in_container());
  put("sys/fs/cgroup/cgroup.type", "domain\n");
  EXPECT_TRUE(machine().in_container());
}

TEST_F(Kernel, OfUnifiedGroupsTellsTheOwnGroupAndTheNearestLimitAboveIt) {
  put("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  put("proc/self/cgroup", "1:name=systemd:/else\n0::/pod/box\n");
  put("sys/fs/cgroup/pod/box/cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
  put("sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  put("sys/fs/cgroup/pod/box/memory.current", "3221225472\n");
  put("sys/fs/cgroup/pod/box/memory.stat", "anon 5\ninactive_file 1073741824\n");
  put("sys/fs/cgroup/pod/box/memory.max", "max\n");
  put("sys/fs/cgroup/pod/memory.max", "4294967296\n");

  const auto cpu = machine().container_cpu();
  const auto memory = machine().container_memory();

  ASSERT_TRUE(cpu && memory);
  EXPECT_EQ(cpu->total, 1.5);
  EXPECT_EQ(cpu->used, 0);
  EXPECT_EQ(memory->used, 2 * kGi);
  EXPECT_EQ(memory->total, 4 * kGi);
}

// In a name space of its own the path is that of another tree.
TEST_F(Kernel, OfUnifiedGroupsWithoutALimitHasNoTotal) {
  put("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  put("proc/self/cgroup", "0::/somewhere/else\n");
  put("sys/fs/cgroup/cpu.stat", "usage_usec 1\n");
  put("sys/fs/cgroup/cpu.max", "rubbish\n");
  put("sys/fs/cgroup/memory.current", "1073741824\n");
  put("sys/fs/cgroup/memory.max", "max\n");

  const auto cpu = machine().container_cpu();
  const auto memory = machine().container_memory();

  ASSERT_TRUE(cpu && memory);
  EXPECT_EQ(cpu->total, std::nullopt);
  EXPECT_EQ(memory->total, std::nullopt);
  EXPECT_EQ(memory->used, kGi);
}

TEST_F(Kernel, OfGroupsOfOldTellsTheSame) {
  put("sys/fs/cgroup/cpuacct/cpuacct.usage", "2500000000\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "3221225472\n");
  put("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 1073741824\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "4294967296\n");

  EXPECT_EQ(machine().container_cpu().value().total, 0.5);
  EXPECT_EQ(machine().container_memory().value().used, 2 * kGi);
  EXPECT_EQ(machine().container_memory().value().total, 4 * kGi);

  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");

  EXPECT_EQ(machine().container_cpu().value().total, std::nullopt);
  EXPECT_EQ(machine().container_memory().value().total, std::nullopt);
}

// One core that is busy all the time it is watched, by the clock and not by the kernel's period.
TEST(MachineCpu, IsWhatIsBusyWhileItLooks) {
  std::atomic<bool> over = false;
  std::thread busy([&over] {
    while (!over) continue;
  });
  const auto usage = Machine({}, Milliseconds(300)).host_cpu();
  over = true;
  busy.join();

  ASSERT_TRUE(usage);
  EXPECT_GT(usage->used, 0.2);
  EXPECT_LE(usage->used, *usage->total);
}

using Stat = Talk;

TEST_F(Stat, TellsOneThingInOneLineWithoutAServer) {
  const auto memory = run({"stat", "mem", "--host", "--prefix", "Mi"}, false), disk = run({"stat", "disk", "-o", "json"}, false);

  EXPECT_EQ(memory.code, 0) << memory.err;
  EXPECT_TRUE(memory.out.contains(" MiB (")) << memory.out;
  EXPECT_EQ(memory.out.find('\n'), memory.out.size() - 1);
  EXPECT_TRUE(disk.out.contains("\"unit\"") && disk.out.contains("\"used\"")) << disk.out;
  EXPECT_EQ(asked(), std::vector<std::string>());
}

TEST_F(Stat, TellsAllInATableAndAsAList) {
  const auto table = run({"stat"}, false), list = run({"stat", "--output", "json"}, false);

  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_TRUE(table.out.starts_with("HOST CPU")) << table.out;
  for (const auto* name : {"\"host_cpu\"", "\"host_memory\"", "\"home_disk\"", "\"container_cpu\"", "\"container_memory\""})
    EXPECT_TRUE(list.out.contains(name)) << list.out;
  EXPECT_TRUE(list.out.starts_with("[")) << list.out;
}

TEST_F(Stat, SaysWhatIsWrongWithWhatItWasAsked) {
  const auto nowhere = run({"stat", "disk", "--path", "/nope"}, false), prefix = run({"stat", "mem", "--prefix", "X"}, false);

  EXPECT_NE(nowhere.code, 0);
  EXPECT_TRUE(nowhere.err.contains("not found: \"/nope\"")) << nowhere.err;
  EXPECT_NE(prefix.code, 0);
  EXPECT_TRUE(prefix.err.contains("invalid choice: X, should be one of [Ki,Mi,Gi,Ti]")) << prefix.err;
}

}  // namespace
}  // namespace slipway::cli
