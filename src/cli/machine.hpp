// What this machine, and the container around this program, have in use: processors, memory, disk. Linux: /proc and the cgroups.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace slipway::cli {

struct Usage {
  double used = 0;
  std::optional<double> total;  // none where nothing limits it
  std::string_view unit;        // "B" or "cores"
};

// "1.3/8 GiB (16%)". `prefix` ("", "Ki", "Mi", "Gi" or "Ti") is what to count in.
std::string text_of(const Usage& usage, std::string_view prefix = {});
// {"total":number or null,"unit":…,"used":number}, in whole units.
std::string json_of(const Usage& usage);

class Machine {
 public:
  // `root` is before /sys and /proc. `pause` lies between the two looks that a share of time takes.
  explicit Machine(std::string root = {}, Milliseconds pause = Milliseconds(100)) : root_(std::move(root)), pause_(pause) {}

  bool in_container() const;
  // Errors: unavailable where the kernel does not tell.
  Result<Usage> host_cpu() const;
  Result<Usage> host_memory() const;
  Result<Usage> container_cpu() const;
  Result<Usage> container_memory() const;

 private:
  std::optional<std::string> read(const std::string& path) const;
  std::optional<double> number_in(const std::string& path) const;
  bool has_unified_groups() const;
  std::string group_of_this() const;
  std::optional<double> cpu_seconds() const;
  template <class Read>
  std::optional<double> nearest(Read read_in) const;
  std::optional<double> cpu_limit() const;
  std::optional<double> memory_limit() const;

  std::string root_;
  Milliseconds pause_;
};

// Of the file system that `path` is on. Errors: not_found.
Result<Usage> disk_usage(const std::string& path);

}  // namespace slipway::cli
