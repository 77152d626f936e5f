#include "agent/resource_monitor.hpp"

#include "agent/fake_server.hpp"

namespace slipway::agent {
namespace {

using namespace testing_support;

struct Machine {
  Folder folder;

  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(folder / name).parent_path());
    folder.write(name, text);
  }
  void host(int total_kb, int available_kb) const {
    put("proc/meminfo", fmt::format("MemTotal: {} kB\nMemFree: 1 kB\nMemAvailable: {} kB\n", total_kb, available_kb));
  }
};

TEST(MemoryUsage, OfAContainerIsWithinItsOwnLimit) {
  const Machine machine;
  machine.host(1000, 900);
  machine.put("sys/fs/cgroup/memory.current", "400000\n");
  machine.put("sys/fs/cgroup/memory.max", "500000\n");
  machine.put("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 100000\n");

  const auto usage = memory_usage(machine.folder.path());

  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->used, 300000);
  EXPECT_EQ(usage->total, 500000);
}

TEST(MemoryUsage, OfAContainerWithoutALimitIsOfTheHost) {
  const Machine machine;
  machine.host(1000, 900);
  machine.put("sys/fs/cgroup/memory.current", "400000\n");
  machine.put("sys/fs/cgroup/memory.max", "max\n");

  EXPECT_EQ(memory_usage(machine.folder.path())->total, 1000 * 1024);
}

TEST(MemoryUsage, OfTheOlderKernelInterfaceIsBoundedByTheHost) {
  const Machine machine;
  machine.host(1000, 900);
  machine.put("sys/fs/cgroup/memory/memory.usage_in_bytes", "400000\n");
  machine.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  machine.put("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 50000\n");

  const auto usage = memory_usage(machine.folder.path());

  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->used, 350000);
  EXPECT_EQ(usage->total, 1000 * 1024);
}

TEST(MemoryUsage, OfAMachineIsWhatCannotBeGivenBack) {
  const Machine machine;
  machine.host(1000, 900);

  EXPECT_EQ(memory_usage(machine.folder.path())->used, 100 * 1024);
  EXPECT_EQ(memory_usage(Folder().path()), std::nullopt);
}

TEST(VolumeUsage, IsOfTheFileSystemOfAPath) {
  const auto root = volume_usage("/");

  ASSERT_TRUE(root);
  EXPECT_GT(root->total, root->used);
  EXPECT_EQ(volume_usage("/no/such/folder"), std::nullopt);
}

TEST(ResourceMonitor, SendsTheNewestPointsOnceThereAreEnough) {
  on_loop([]() -> Task<void> {
    Bench bench(manifest());
    bench.server.set("resource-monitors", 200,
                     R"({"datapoints":2,"collection_interval_seconds":1,"push_every":1,"memory":{"enabled":true},)"
                     R"("volumes":[{"path":"/","enabled":true},{"path":"/proc","enabled":false}]})");
    bench.start(co_await aio::executor());

    const auto told = [&] { return bench.server.seen("resource-usage").size() >= 2; };
    EXPECT_TRUE(co_await until(told));

    const auto usage = json::parse(bench.server.seen("resource-usage").back().body);
    const auto& points = usage.at("datapoints").as_array();
    EXPECT_EQ(points.size(), 2U);
    EXPECT_GT(points.at(1).at("memory").at("total").as_int64(), 0);
    EXPECT_EQ(points.at(1).at("volumes").as_array().size(), 1U);
    EXPECT_EQ(points.at(1).at("volumes").at(0).at("path").as_string(), "/");
    co_await bench.agent->shut_down();
  });
}

TEST(ResourceMonitor, SendsNothingWhereNothingIsWatched) {
  EXPECT_FALSE(watches({}));
  EXPECT_FALSE(watches({.memory = api::AgentMemoryMonitor{.enabled = false}, .volumes = {{.path = "/", .enabled = false}}}));
  EXPECT_TRUE(watches({.volumes = {{.path = "/", .enabled = true}}}));
}

}  // namespace
}  // namespace slipway::agent
