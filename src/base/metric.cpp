#include "base/metric.hpp"

#include "base/check.hpp"

#include <fmt/format.h>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmath>
#include <fstream>
#include <sstream>

namespace slipway::metric {

namespace {

std::size_t bucket_of(std::span<const double> bounds, std::chrono::nanoseconds took) {
  const double seconds = static_cast<double>(took.count()) / 1e9;
  std::size_t at = 0;
  while (at < bounds.size() && seconds > bounds[at]) ++at;
  return at;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quoted && c == '"')) out += '\\';
    out += c;
  }
}

std::string joined(Labels labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

std::string_view name_of(Text::Type type) { return type == Text::Type::counter ? "counter" : type == Text::Type::gauge ? "gauge" : "histogram"; }

// Fields of /proc/self/stat from the third on: the second is the program's name and may hold spaces.
std::vector<std::string> stat_fields() {
  std::ifstream in("/proc/self/stat");
  std::string all((std::istreambuf_iterator<char>(in)), {});
  std::istringstream rest(all.substr(std::min(all.rfind(')') + 1, all.size())));
  return {std::istream_iterator<std::string>(rest), {}};
}

double boot_time() {
  std::ifstream in("/proc/stat");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

std::size_t open_files() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (!folder) return 0;
  std::size_t found = 0;
  while (const dirent* entry = ::readdir(folder)) found += entry->d_name[0] != '.';
  ::closedir(folder);
  return found - 1;  // the folder itself is open while it is read
}

}  // namespace

Tally::Tally(std::span<const double> upper_bounds) : bounds(upper_bounds) {
  check(bounds.size() <= kMostBuckets, "a histogram has too many buckets");
}

void Tally::observe(std::chrono::nanoseconds took) {
  ++counts[bucket_of(bounds, took)];
  sum += took;
}

void Tally::add(const Tally& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  sum += other.sum;
}

std::uint64_t Tally::count() const {
  std::uint64_t all = 0;
  for (const auto each : counts) all += each;
  return all;
}

Histogram::Histogram(std::span<const double> upper_bounds) : bounds_(upper_bounds) {
  check(bounds_.size() <= kMostBuckets, "a histogram has too many buckets");
}

void Histogram::observe(std::chrono::nanoseconds took) {
  counts_[bucket_of(bounds_, took)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(took.count(), std::memory_order_relaxed);
}

Tally Histogram::read() const {
  Tally out(bounds_);
  for (std::size_t i = 0; i < counts_.size(); ++i) out.counts[i] = counts_[i].load(std::memory_order_relaxed);
  out.sum = std::chrono::nanoseconds(sum_.load(std::memory_order_relaxed));
  return out;
}

void Text::family(std::string_view name, Type type, std::string_view help) {
  check(families_.emplace(name).second, "a metric is written twice");
  family_ = name;
  series_.clear();
  out_ += fmt::format("# HELP {} ", name);
  append_escaped(out_, help, false);
  out_ += fmt::format("\n# TYPE {} {}\n", name, name_of(type));
}

void Text::line(std::string_view suffix, std::string_view labels, double value) {
  out_ += family_;
  out_ += suffix;
  if (!labels.empty()) {
    out_ += '{';
    out_ += labels;
    out_ += '}';
  }
  out_ += ' ';
  out_ += number(value);
  out_ += '\n';
}

void Text::sample(Labels labels, double value) {
  const std::string text = joined(labels);
  check(series_.insert(text).second, "a metric has the same labels twice");
  line("", text, value);
}

void Text::sample(Labels labels, const Tally& value) {
  const std::string text = joined(labels);
  check(series_.insert(text).second, "a metric has the same labels twice");
  const std::string before = text.empty() ? text : text + ",";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < value.bounds.size(); ++i) {
    below += value.counts[i];
    line("_bucket", fmt::format("{}le=\"{}\"", before, number(value.bounds[i])), static_cast<double>(below));
  }
  line("_bucket", before + "le=\"+Inf\"", static_cast<double>(value.count()));
  line("_sum", text, static_cast<double>(value.sum.count()) / 1e9);
  line("_count", text, static_cast<double>(value.count()));
}

void Text::one(std::string_view name, Type type, std::string_view help, double value) {
  family(name, type, help);
  sample({}, value);
}

void write_process(Text& text) {
  const auto stat = stat_fields();
  const auto field = [&stat](std::size_t number) { return number - 3 < stat.size() ? std::stod(stat[number - 3]) : 0.0; };  // as proc(5) numbers them
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  text.one("process_cpu_seconds_total", Text::Type::counter, "Total user and system CPU time spent in seconds.", (field(14) + field(15)) / ticks);
  text.one("process_start_time_seconds", Text::Type::gauge, "Start time of the process since unix epoch in seconds.",
           boot_time() + field(22) / ticks);
  text.one("process_virtual_memory_bytes", Text::Type::gauge, "Virtual memory size in bytes.", field(23));
  text.one("process_resident_memory_bytes", Text::Type::gauge, "Resident memory size in bytes.",
           field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  text.one("process_threads", Text::Type::gauge, "Number of operating system threads.", field(20));
  text.one("process_open_fds", Text::Type::gauge, "Number of open file descriptors.", static_cast<double>(open_files()));
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  text.one("process_max_fds", Text::Type::gauge, "Maximum number of open file descriptors.", static_cast<double>(limit.rlim_cur));
}

}  // namespace slipway::metric
