#include "base/metric.hpp"

#include <gtest/gtest.h>

namespace slipway::metric {
namespace {

using std::chrono::milliseconds;

constexpr double kBounds[] = {0.001, 0.01, 1};

TEST(Metric, HistogramIsCumulativeInTheText) {
  Histogram histogram(kBounds);
  histogram.observe(milliseconds(1));  // a bound belongs to its bucket
  histogram.observe(milliseconds(5));
  histogram.observe(milliseconds(1500));

  Text text;
  text.family("took_seconds", Text::Type::histogram, "How long.");
  text.sample({{"path", "/a"}}, histogram.read());

  EXPECT_EQ(text.take(),
            "# HELP took_seconds How long.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{path=\"/a\",le=\"0.001\"} 1\n"
            "took_seconds_bucket{path=\"/a\",le=\"0.01\"} 2\n"
            "took_seconds_bucket{path=\"/a\",le=\"1\"} 2\n"
            "took_seconds_bucket{path=\"/a\",le=\"+Inf\"} 3\n"
            "took_seconds_sum{path=\"/a\"} 1.506\n"
            "took_seconds_count{path=\"/a\"} 3\n");
}

TEST(Metric, TalliesOfSeveralThreadsAddUp) {
  Tally one(kBounds), other(kBounds);
  one.observe(milliseconds(2));
  other.observe(milliseconds(3));
  other.observe(milliseconds(30));

  one.add(other);

  EXPECT_EQ(one.count(), 3u);
  EXPECT_EQ(one.counts[1], 2u);
  EXPECT_EQ(one.sum, milliseconds(35));
}

TEST(Metric, WhatPeopleNamedIsEscaped) {
  Text text;
  text.family("named", Text::Type::gauge, "A \\ and\na line.");
  text.sample({{"name", "a\"b\\c\nd"}, {"other", "\xC3\xA9"}}, 0.25);

  EXPECT_EQ(text.take(), "# HELP named A \\\\ and\\na line.\n# TYPE named gauge\nnamed{name=\"a\\\"b\\\\c\\nd\",other=\"\xC3\xA9\"} 0.25\n");
}

TEST(Metric, LargeCountsKeepEveryDigit) {
  Text text;
  text.one("bytes_total", Text::Type::counter, "Bytes.", 1234567890123.0);
  EXPECT_TRUE(text.take().ends_with("bytes_total 1234567890123\n"));
}

TEST(MetricDeathTest, TheSameSeriesTwiceIsRefused) {
  Text text;
  text.family("a", Text::Type::gauge, "A.");
  text.sample({{"x", "1"}}, 1);
  EXPECT_DEATH(text.sample({{"x", "1"}}, 2), "same labels twice");
  EXPECT_DEATH(text.family("a", Text::Type::gauge, "A."), "written twice");
}

TEST(Metric, ProcessKnowsItself) {
  Text text;
  write_process(text);
  const std::string out = text.take();
  for (const auto* name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds"}) {
    const auto at = out.find(std::string("\n") + name + " ");
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GE(std::stod(out.substr(at + 2 + std::string(name).size())), 0) << name;
  }
  const auto started = std::stod(out.substr(out.find("\nprocess_start_time_seconds ") + 28));
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(started, now - 3600);
  EXPECT_LE(started, now + 2);
}

}  // namespace
}  // namespace slipway::metric
