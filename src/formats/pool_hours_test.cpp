#include "formats/pool_hours.hpp"

#include <gtest/gtest.h>

namespace slipway::formats {
namespace {

using Lines = std::vector<PoolHours>;

std::string fault(std::string_view zone, const Lines& lines) {
  const auto judged = valid_pool_hours(zone, lines);
  return judged ? "" : judged.error().say;
}

std::int32_t at(std::string_view time, std::string_view zone, const Lines& lines, std::int32_t usual = 1) {
  return pool_size(usual, zone, lines, *parse_rfc3339(time)).instances;
}

const Lines kOffice = {{"* 8-18 * * 1-5", 5}};

TEST(PoolHours, AFaultIsSaidInTheWordsOfTheTemplateLanguage) {
  EXPECT_EQ(fault("Nowhere/Here", kOffice), "failed to load timezone \"Nowhere/Here\": unknown time zone Nowhere/Here");
  EXPECT_TRUE(fault("", kOffice).starts_with("failed to load timezone \"\""));
  EXPECT_EQ(fault("UTC", {{"* 8-18 * *", 1}}), "cron spec failed validation: cron specification should consist of 5 fields");
  EXPECT_EQ(fault("UTC", {{"0 8-18 * * 1-5", 1}}), "cron spec failed validation: minute field should be *");
  EXPECT_TRUE(fault("UTC", {{"* 25 * * *", 1}}).starts_with("failed to parse cron spec: "));
  EXPECT_EQ(fault("UTC", {{"* 8 * * *", -1}}), "\"instances\" must be at least 0, got -1");
  EXPECT_EQ(fault("UTC", {{"* 8-12 * * *", 1}, {"* 12-14 * * *", 2}}),
            "schedules overlap with each other: schedules overlap: * 8-12 * * * and * 12-14 * * *");
  EXPECT_TRUE(fault("UTC", {{"* 8 * * *", 1}, {"* */2 * * *", 2}}).starts_with("schedules overlap with each other: invalid schedule: "));
  EXPECT_EQ(fault("", {}), "");
  EXPECT_EQ(fault("Europe/Berlin", kOffice), "");
}

TEST(PoolHours, TwoLinesMeetWhereMonthsDaysAndHoursDo) {
  const auto meet = [](const char* a, const char* b) { return !apart(Lines{{a, 1}, {b, 1}}); };

  EXPECT_TRUE(meet("* * * * *", "* 3 4 5 6"));
  EXPECT_FALSE(meet("* 8-12 * * *", "* 13-18 * * *"));
  EXPECT_FALSE(meet("* * * 1-6 *", "* * * 7-12 *"));
  EXPECT_FALSE(meet("* * * * 1-5", "* * * * 0,6"));
  EXPECT_FALSE(meet("* * 1-10 * *", "* * 11-20 * *"));
  EXPECT_TRUE(meet("* * 1 * *", "* * * * 1"));  // one says nothing of days of the month, the other nothing of the week's
  EXPECT_TRUE(meet("* * 1 * 1", "* * 2 * 1"));  // the same weekday is enough
  EXPECT_FALSE(meet("* * 1 * 1", "* * 2 * 2"));
  EXPECT_FALSE(meet("* 0 0 0 0", "* 1 * * *"));  // 0 can be compared in every field
}

TEST(PoolHours, ALineIsASetOfMinutes) {
  EXPECT_EQ(at("2026-01-07T06:59:59Z", "Europe/Berlin", kOffice), 1);  // a Wednesday, at UTC+1
  EXPECT_EQ(at("2026-01-07T07:00:00Z", "Europe/Berlin", kOffice), 5);
  EXPECT_EQ(at("2026-01-07T17:59:59Z", "Europe/Berlin", kOffice), 5);
  EXPECT_EQ(at("2026-01-07T18:00:00Z", "Europe/Berlin", kOffice), 1);
  EXPECT_EQ(at("2026-01-10T10:00:00Z", "Europe/Berlin", kOffice), 1);  // a Saturday
}

TEST(PoolHours, FollowTheClocksOfTheirZone) {
  EXPECT_EQ(at("2026-03-27T07:00:00Z", "Europe/Berlin", kOffice), 5);  // the Friday before summer time
  EXPECT_EQ(at("2026-03-27T06:30:00Z", "Europe/Berlin", kOffice), 1);
  EXPECT_EQ(at("2026-03-30T06:00:00Z", "Europe/Berlin", kOffice), 5);  // the Monday after: 08:00 there
  EXPECT_EQ(at("2026-03-30T05:59:59Z", "Europe/Berlin", kOffice), 1);
  EXPECT_EQ(at("2026-03-30T17:00:00Z", "Europe/Berlin", kOffice), 1);
}

TEST(PoolHours, TheFirstLineThatMatchesCounts) {
  const Lines lines = {{"* 8-18 * * 1-5", 5}, {"* * * * 6", 2}};

  EXPECT_EQ(at("2026-01-10T23:30:00Z", "UTC", lines), 2);
  EXPECT_EQ(at("2026-01-11T10:00:00Z", "UTC", lines), 1);
  EXPECT_EQ(pool_size(1, "UTC", lines, *parse_rfc3339("2026-01-10T23:30:00Z")).matched, "* * * * 6");
}

TEST(PoolHours, WhatCannotBeFollowedLeavesTheUsualSize) {
  const auto now = *parse_rfc3339("2026-01-07T10:00:00Z");
  const auto trouble = [&](std::string_view zone, const Lines& lines) {
    const auto size = pool_size(1, zone, lines, now);
    EXPECT_EQ(size.instances, 1);
    return size.troubles.empty() ? "" : size.troubles.front();
  };

  EXPECT_EQ(trouble("", kOffice), "timezone is not set in prebuild scheduling configuration");
  EXPECT_EQ(trouble("Nowhere/Here", kOffice), "invalid timezone in prebuild scheduling configuration");
  EXPECT_EQ(trouble("UTC", {{"* 8-12 * * *", 3}, {"* 9 * * *", 4}}), "schedules are invalid or overlap with each other");
  EXPECT_EQ(trouble("UTC", {{"* 99 * * *", 3}}), "cron expression is invalid: * 99 * * *");
  EXPECT_EQ(pool_size(1, "UTC", Lines{{"nonsense", 9}, {"* 10 * * *", 4}}, now).instances, 4);
}

}  // namespace
}  // namespace slipway::formats
