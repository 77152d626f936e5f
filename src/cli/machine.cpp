#include "cli/machine.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/text.hpp"

namespace slipway::cli {
namespace {

constexpr std::string_view kGroups = "/sys/fs/cgroup";
constexpr double kNoLimitOfOld = 9223372036854771712.0;  // what the first version of cgroups says for none
constexpr int kMostParents = 10;

std::unexpected<Error> untold(std::string_view what) { return fail(Code::unavailable, fmt::format("The kernel does not tell the {} here.", what)); }

// The number after `name` on its line: "name value", or "name: value".
std::optional<double> value_of(const std::optional<std::string>& content, std::string_view name) {
  if (!content) return std::nullopt;
  for (const auto line : text::split(*content, '\n')) {
    const auto words = text::words(line, " \t:");
    if (words.size() >= 2 && words[0] == name) return text::number<double>(words[1]);
  }
  return std::nullopt;
}

double scale_of(std::string_view prefix) {
  constexpr std::array<std::string_view, 4> kPrefixes{"Ki", "Mi", "Gi", "Ti"};
  double scale = 1;
  for (const auto known : kPrefixes) {
    scale *= 1024;
    if (prefix == known) return scale;
  }
  return 1;
}

// As many decimals as tell something, and no zeros after them.
std::string digits_of(double number) {
  auto out = fmt::format("{:.{}f}", number, number < 1 ? 3 : number < 10 ? 2 : number < 100 ? 1 : 0);
  if (out.find('.') == out.npos) return out;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out;
}

boost::json::value json_number(double number) {
  if (number == std::floor(number) && std::abs(number) < 9e15) return static_cast<std::int64_t>(number);
  return number;
}

// What all processors did since the start, in ticks; how many of them there are.
struct Ticks {
  double busy = 0, all = 0;
  int processors = 0;
};

std::optional<Ticks> ticks_of(const std::optional<std::string>& content) {
  if (!content) return std::nullopt;
  Ticks out;
  for (const auto line : text::split(*content, '\n')) {
    const auto words = text::words(line, " ");
    if (words.empty() || !words[0].starts_with("cpu")) continue;
    if (words[0] != "cpu") {
      ++out.processors;
      continue;
    }
    // user nice system idle iowait irq softirq steal; time of guests is in user's and nice's already.
    for (std::size_t i = 1; i < words.size() && i <= 8; ++i) {
      const double spent = text::number<double>(words[i]).value_or(0);
      out.all += spent;
      if (i != 4 && i != 5) out.busy += spent;
    }
  }
  if (out.all <= 0 || out.processors == 0) return std::nullopt;
  return out;
}

}  // namespace

std::string text_of(const Usage& usage, std::string_view prefix) {
  const double scale = scale_of(prefix);
  auto out = digits_of(usage.used / scale);
  if (usage.total) out += "/" + digits_of(*usage.total / scale);
  out += fmt::format(" {}{}", scale > 1 ? prefix : "", usage.unit);
  if (usage.total && *usage.total > 0) out += fmt::format(" ({:.0f}%)", usage.used / *usage.total * 100);
  return out;
}

std::string json_of(const Usage& usage) {
  const boost::json::object out{
      {"total", usage.total ? json_number(*usage.total) : boost::json::value()}, {"unit", usage.unit}, {"used", json_number(usage.used)}};
  return boost::json::serialize(out);
}

std::optional<std::string> Machine::read(const std::string& path) const {
  std::ifstream in(root_ + path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return out;
}

std::optional<double> Machine::number_in(const std::string& path) const {
  const auto content = read(path);
  return content ? text::number<double>(text::trim(*content)) : std::nullopt;
}

bool Machine::in_container() const {
  const auto first = read("/proc/1/cgroup").value_or("");
  for (const auto* mark : {"docker", ".slice", "lxc", "kubepods"})
    if (first.contains(mark)) return true;
  return read("/var/run/secrets/kubernetes.io/serviceaccount/token") || read("/proc/mounts").value_or("").contains("sysboxfs") ||
         read(std::string(kGroups) + "/cgroup.type");
}

Result<Usage> Machine::host_cpu() const {
  const auto before = ticks_of(read("/proc/stat"));
  std::this_thread::sleep_for(pause_);
  const auto after = ticks_of(read("/proc/stat"));
  if (!before || !after) return untold("use of the processors");
  const double all = after->all - before->all, processors = after->processors;
  return Usage{.used = all > 0 ? (after->busy - before->busy) / all * processors : 0, .total = processors, .unit = "cores"};
}

Result<Usage> Machine::host_memory() const {
  const auto content = read("/proc/meminfo");
  const auto total = value_of(content, "MemTotal"), available = value_of(content, "MemAvailable");
  if (!total || !available) return untold("use of the memory");
  return Usage{.used = (*total - *available) * 1024, .total = *total * 1024, .unit = "B"};
}

bool Machine::has_unified_groups() const { return read(std::string(kGroups) + "/cgroup.controllers").has_value(); }

// The folder of this process's group. In a container of its own name space that is the top one, whatever the path says.
std::string Machine::group_of_this() const {
  const auto content = read("/proc/self/cgroup").value_or("");
  for (const auto line : text::split(content, '\n')) {
    if (!line.starts_with("0::/")) continue;
    auto folder = std::string(kGroups) + std::string(line.substr(3));
    while (folder.ends_with('/')) folder.pop_back();
    if (read(folder + "/cpu.stat")) return folder;
  }
  return std::string(kGroups);
}

std::optional<double> Machine::cpu_seconds() const {
  if (has_unified_groups()) {
    const auto spent = value_of(read(group_of_this() + "/cpu.stat"), "usage_usec");
    return spent ? std::optional(*spent / 1e6) : std::nullopt;
  }
  const auto spent = number_in(std::string(kGroups) + "/cpuacct/cpuacct.usage");
  return spent ? std::optional(*spent / 1e9) : std::nullopt;
}

// What the own group says, or the nearest above it that says something.
template <class Read>
std::optional<double> Machine::nearest(Read read_in) const {
  auto folder = group_of_this();
  for (int i = 0; i <= kMostParents && folder.size() >= kGroups.size(); ++i, folder = folder.substr(0, folder.rfind('/')))
    if (const auto found = read_in(folder)) return found;
  return std::nullopt;
}

std::optional<double> Machine::cpu_limit() const {
  const auto share = [](std::optional<double> quota, std::optional<double> period) {
    return quota && period && *quota > 0 && *period > 0 ? std::optional(*quota / *period) : std::nullopt;
  };
  if (!has_unified_groups())
    return share(number_in(std::string(kGroups) + "/cpu/cpu.cfs_quota_us"), number_in(std::string(kGroups) + "/cpu/cpu.cfs_period_us"));
  return nearest([&](const std::string& folder) -> std::optional<double> {
    const auto content = read(folder + "/cpu.max").value_or("");
    const auto words = text::words(content, " \n");
    if (words.size() != 2) return std::nullopt;
    return share(text::number<double>(words[0]), text::number<double>(words[1]));
  });
}

Result<Usage> Machine::container_cpu() const {
  const auto began = std::chrono::steady_clock::now();
  const auto before = cpu_seconds();
  std::this_thread::sleep_for(pause_);
  const auto after = cpu_seconds();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!before || !after) return untold("container's use of the processors");
  return Usage{.used = took.count() > 0 ? std::max(0.0, *after - *before) / took.count() : 0, .total = cpu_limit(), .unit = "cores"};
}

std::optional<double> Machine::memory_limit() const {
  if (!has_unified_groups()) {
    const auto limit = number_in(std::string(kGroups) + "/memory/memory.limit_in_bytes");
    return limit && *limit < kNoLimitOfOld ? limit : std::nullopt;
  }
  return nearest([&](const std::string& folder) { return number_in(folder + "/memory.max"); });
}

Result<Usage> Machine::container_memory() const {
  const bool unified = has_unified_groups();
  const auto folder = unified ? group_of_this() : std::string(kGroups) + "/memory";
  const auto used = number_in(folder + (unified ? "/memory.current" : "/memory.usage_in_bytes"));
  if (!used) return untold("container's use of the memory");
  const auto idle = value_of(read(folder + "/memory.stat"), unified ? "inactive_file" : "total_inactive_file").value_or(0);
  return Usage{.used = std::max(0.0, *used - idle), .total = memory_limit(), .unit = "B"};
}

Result<Usage> disk_usage(const std::string& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return fail(Code::not_found, fmt::format("not found: \"{}\"", path));
  const auto bytes = [&](auto blocks) { return static_cast<double>(blocks) * static_cast<double>(info.f_frsize); };
  return Usage{.used = bytes(info.f_blocks - info.f_bfree), .total = bytes(info.f_blocks), .unit = "B"};
}

}  // namespace slipway::cli
