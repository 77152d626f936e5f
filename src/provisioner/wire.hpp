// How jobs, logs and results travel between the server and a provisioner daemon of its own process (decision 0009): the plain
// values of job.hpp as JSON, bytes in base64. A field that is absent keeps its default, an unknown one is ignored, so that
// daemon and server of neighbouring releases understand each other.
#pragma once

#include "base/result.hpp"
#include "provisioner/job.hpp"
#include "provisioner/runner.hpp"

#include <map>

namespace slipway::provisioner::wire {

// Where the server answers: kRoot + "/acquire", kRoot + "/jobs/{job}/" + what.
inline constexpr std::string_view kRoot = "/api/v2/provisionerdaemons/me";
inline constexpr std::string_view kKeyHeader = "Coder-Provisioner-Daemon-Key";
inline constexpr std::string_view kApiVersion = "1.0";

// What one request may carry. An archive is at most 10 MiB, a state 256 MiB before packing.
inline constexpr std::size_t kMostAsk = 64 << 10, kMostLogs = 4 << 20, kMostResult = 96 << 20, kMostJob = 128 << 20;
inline constexpr std::size_t kMostLines = 1000;
inline constexpr Milliseconds kMostWait = std::chrono::seconds(30), kMostBeat = std::chrono::seconds(10);

struct Acquire {
  std::string name;
  std::string version;
  std::vector<std::string> engines;
  std::map<std::string, std::string> tags;  // none: those of the key
  Uuid request;                             // names this asking; the same again gets the same job
  Uuid holder;                              // names the folder that the job will be in, the same at every start; nil: unknown
  std::int64_t wait_ms = 0;
};
// Before the first asking: the jobs of this folder that are not among `held` have not begun.
struct Begin {
  Uuid holder;
  std::vector<Uuid> held;
};
struct Wait {
  std::int64_t wait_ms = 0;
};
struct Beat {
  Orders orders = Orders::go_on;
};
struct Lines {
  std::vector<LogLine> lines;
};
struct Quota {
  std::int64_t daily_cost = 0;
};
using provisioner::Verdict;
struct End {
  Outcome outcome;
  std::optional<Failure> failure;
};

// T is JobInput or one of the above. Errors of decode: invalid, with the fields at fault.
template <class T>
std::string encode(const T& value);
template <class T>
Result<T> decode(std::string_view json);

}  // namespace slipway::provisioner::wire
