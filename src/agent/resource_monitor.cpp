#include "agent/resource_monitor.hpp"

#include "agent/backoff.hpp"
#include "agent/chance.hpp"
#include "agent/files.hpp"
#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <sys/statvfs.h>

#include <algorithm>

namespace slipway::agent {

namespace {

constexpr Milliseconds kForever = std::chrono::hours(24);

std::optional<std::int64_t> number_in(const std::string& path) {
  const auto text = read_small_file(path, 4096);
  return text ? text::number<std::int64_t>(text::trim(*text)) : std::nullopt;
}

// The value of a line "name value ..." or "name: value ...", as it stands.
std::optional<std::int64_t> line_of(const std::string& path, std::string_view name) {
  const auto content = read_small_file(path, 64 << 10).value_or("");
  for (const auto line : text::split(content, '\n')) {
    const auto words = text::words(line, " \t:");
    if (words.size() >= 2 && words[0] == name) return text::number<std::int64_t>(words[1]);
  }
  return std::nullopt;
}

struct Group {
  const char* used;
  const char* most;
  const char* counts;
  const char* reclaimable;
};
constexpr Group kGroups[] = {
    {"/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.stat", "inactive_file"},
    {"/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.stat",
     "total_inactive_file"},
};

}  // namespace

std::optional<api::AgentUsage> memory_usage(const std::string& root) {
  constexpr std::int64_t kKilo = 1024;
  const auto host = line_of(root + "/proc/meminfo", "MemTotal"), free = line_of(root + "/proc/meminfo", "MemAvailable");
  for (const auto& group : kGroups) {
    const auto used = number_in(root + group.used);
    if (!used) continue;
    auto total = number_in(root + group.most);  // "max", or more than there is: no limit of its own
    if (host && (!total || *total > *host * kKilo)) total = *host * kKilo;
    if (!total) continue;
    return api::AgentUsage{.used = std::max<std::int64_t>(0, *used - line_of(root + group.counts, group.reclaimable).value_or(0)), .total = *total};
  }
  if (!host || !free) return std::nullopt;
  return api::AgentUsage{.used = (*host - *free) * kKilo, .total = *host * kKilo};
}

std::optional<api::AgentUsage> volume_usage(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0 || info.f_blocks == 0) return std::nullopt;
  const auto bytes = [&](auto blocks) { return static_cast<std::int64_t>(blocks * info.f_frsize); };
  return api::AgentUsage{.used = bytes(info.f_blocks - info.f_bfree), .total = bytes(info.f_blocks)};
}

bool watches(const api::AgentResourceMonitors& monitors) {
  return (monitors.memory && monitors.memory->enabled) || std::ranges::any_of(monitors.volumes, &api::AgentVolumeMonitor::enabled);
}

Task<Result<api::AgentResourceMonitors>> ResourceMonitor::ask(ControlPlane& server) {
  Backoff backoff;
  while (true) {
    auto got = co_await server.resource_monitors();
    if (got || got.error().code == Code::unauthenticated) co_return got;
    // A server that knows no monitors watches nothing.
    if (!worth_retrying(got.error())) co_return api::AgentResourceMonitors{};
    co_await aio::sleep(backoff.next(chance()));
  }
}

Task<void> ResourceMonitor::take_point(const api::AgentResourceMonitors& monitors) {
  auto look = [&] {
    api::AgentUsagePoint point{.collected_at = clock_.now(), .memory = {}, .volumes = {}};
    if (monitors.memory && monitors.memory->enabled) point.memory = memory_usage(root_);
    for (const auto& volume : monitors.volumes) {
      const auto usage = volume.enabled ? volume_usage(volume.path) : std::nullopt;
      if (usage) point.volumes.push_back({.path = volume.path, .used = usage->used, .total = usage->total});
    }
    return point;
  };
  auto point = co_await aio::blocking(look);
  points_.push_back(std::move(point));
  while (std::ssize(points_) > std::max<std::int64_t>(1, monitors.datapoints)) points_.pop_front();
}

Task<Result<void>> ResourceMonitor::run(ControlPlane& server) {
  CO_TRY(monitors, co_await ask(server));
  while (!watches(monitors)) co_await aio::sleep(kForever);
  const auto interval = std::max<std::int64_t>(1, monitors.collection_interval_seconds);
  std::int64_t since_told = monitors.push_every;  // so that the first whole window is told at once
  while (true) {
    co_await take_point(monitors);
    if (std::ssize(points_) >= monitors.datapoints && ++since_told >= monitors.push_every) {
      since_told = 0;
      api::AgentResourceUsage usage{.datapoints = {points_.begin(), points_.end()}};
      const auto told = co_await server.report_usage(std::move(usage));
      if (!told && told.error().code == Code::unauthenticated) co_return told;
      if (!told) log::warn("what is in use could not be reported", {{"why", told.error().why}});
    }
    co_await aio::sleep(Seconds(interval));
  }
}

}  // namespace slipway::agent
