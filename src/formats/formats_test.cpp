#include "formats/archive.hpp"
#include "formats/regex.hpp"
#include "formats/schedule.hpp"
#include "formats/values.hpp"
#include "formats/yaml.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace slipway::formats {
namespace {

struct Raw {
  std::string path;
  std::string bytes = "x";
  int type = AE_IFREG;
  std::string link = {};
  int mode = 0644;
};

// Archives that our own writer refuses to make.
std::string hostile(ArchiveKind kind, const std::vector<Raw>& entries) {
  std::string out;
  ::archive* a = ::archive_write_new();
  kind == ArchiveKind::tar ? ::archive_write_set_format_ustar(a) : ::archive_write_set_format_zip(a);
  const auto take = [](::archive*, void* into, const void* b, std::size_t n) -> la_ssize_t {
    static_cast<std::string*>(into)->append(static_cast<const char*>(b), n);
    return static_cast<la_ssize_t>(n);
  };
  ::archive_write_set_bytes_in_last_block(a, 1);
  ::archive_write_open(a, &out, nullptr, take, nullptr);
  for (const auto& raw : entries) {
    ::archive_entry* e = ::archive_entry_new();
    ::archive_entry_set_pathname(e, raw.path.c_str());
    ::archive_entry_set_filetype(e, static_cast<unsigned>(raw.type));
    ::archive_entry_set_perm(e, static_cast<mode_t>(raw.mode));
    if (raw.type == AE_IFREG && !raw.link.empty())
      ::archive_entry_set_hardlink(e, raw.link.c_str());
    else if (raw.type == AE_IFLNK)
      ::archive_entry_set_symlink(e, raw.link.c_str());
    const bool data = raw.type == AE_IFREG && raw.link.empty();
    ::archive_entry_set_size(e, data ? static_cast<la_int64_t>(raw.bytes.size()) : 0);
    ::archive_write_header(a, e);
    if (data) ::archive_write_data(a, raw.bytes.data(), raw.bytes.size());
    ::archive_entry_free(e);
  }
  ::archive_write_close(a);
  ::archive_write_free(a);
  return out;
}

std::string why(const Result<void>& result) { return result ? "accepted" : result.error().say; }

std::filesystem::path fresh_folder() {
  char pattern[] = "/tmp/slipway-formats-XXXXXX";
  return ::mkdtemp(pattern);
}

TEST(Archive, WhatIsWrittenIsReadBackFromEitherKind) {
  const std::vector<ArchiveEntry> entries = {
      {"main.tf", "resource {}\n"}, {"modules", "", true}, {"modules/ümlaut.sh", "#!/bin/sh\n", false, true}, {"empty", ""}};
  for (const auto kind : {ArchiveKind::tar, ArchiveKind::zip}) {
    const auto bytes = write_archive(kind, entries).value();

    const auto read = read_archive(bytes).value();

    ASSERT_EQ(read.size(), 4U);
    EXPECT_EQ(archive_kind(bytes).value(), kind);
    EXPECT_EQ(read[0].bytes, "resource {}\n");
    EXPECT_TRUE(read[1].directory);
    EXPECT_EQ(read[2].path, "modules/ümlaut.sh");
    EXPECT_TRUE(read[2].executable);
    EXPECT_EQ(write_archive(kind, entries).value(), bytes);
  }
}

TEST(Archive, ConversionKeepsEveryFile) {
  const auto tar = write_archive(ArchiveKind::tar, {{"a/b.tf", "1"}, {"c", "2"}}).value();

  const auto zip = convert_archive(tar, ArchiveKind::zip).value();

  EXPECT_EQ(archive_kind(zip).value(), ArchiveKind::zip);
  EXPECT_EQ(file_in_archive(zip, "a/b.tf").value(), "1");
  EXPECT_FALSE(file_in_archive(zip, "nope").value());
}

TEST(Archive, HostileEntriesAreRefusedByName) {
  struct Case {
    Raw raw;
    std::string reason;
  };
  const std::vector<Case> cases = {{{"/etc/passwd"}, "absolute"},
                                   {{"a/../../b"}, "climbs out"},
                                   {{".."}, "climbs out"},
                                   {{"a\\..\\b"}, "backslash"},
                                   {{"C:evil"}, "drive"},
                                   {{"a\nb"}, "control"},
                                   {{"l", "", AE_IFLNK, "/etc/passwd"}, "link"},
                                   {{"d", "", AE_IFCHR}, "neither"},
                                   {{"p", "", AE_IFIFO}, "neither"}};
  for (const auto kind : {ArchiveKind::tar, ArchiveKind::zip}) {
    for (const auto& one : cases) {
      if (kind == ArchiveKind::zip && (one.reason == "neither" || one.reason == "backslash")) continue;  // zip cannot say it
      const auto said = why(check_archive(hostile(kind, {one.raw})));
      EXPECT_NE(said.find(one.reason), std::string::npos) << one.raw.path << ": " << said;
    }
  }
  EXPECT_NE(why(check_archive(hostile(ArchiveKind::tar, {{"a"}, {"b", "", AE_IFREG, "a"}}))).find("link"), std::string::npos);
}

TEST(Archive, NameWithTwoMeaningsIsRefused) {
  EXPECT_NE(why(check_archive(hostile(ArchiveKind::tar, {{"a"}, {"./a"}}))).find("twice"), std::string::npos);
  EXPECT_NE(why(check_archive(hostile(ArchiveKind::tar, {{"a"}, {"a/b"}}))).find("twice"), std::string::npos);
  EXPECT_NE(why(check_archive(hostile(ArchiveKind::zip, {{"a/b"}, {"a"}}))).find("twice"), std::string::npos);
  EXPECT_EQ(why(check_archive(hostile(ArchiveKind::tar, {{"d/", "", AE_IFDIR}, {"d/", "", AE_IFDIR}, {"d/a"}}))), "accepted");
}

TEST(Archive, LimitsStopBombs) {
  ArchiveLimits few;
  few.entries = 2;
  ArchiveLimits small;
  small.unpacked_bytes = 1 << 20;
  const std::string zeros(40 << 20, '\0');
  const auto bomb = write_archive(ArchiveKind::zip, {{"zeros", zeros}}).value();

  EXPECT_EQ(check_archive(hostile(ArchiveKind::tar, {{"a"}, {"b"}, {"c"}}), few).error().code, Code::too_large);
  EXPECT_EQ(check_archive(bomb, small).error().code, Code::too_large);
  EXPECT_NE(check_archive(bomb).error().say.find("far larger"), std::string::npos);
}

TEST(Archive, RandomAndTruncatedBytesAreErrors) {
  const auto zip = write_archive(ArchiveKind::zip, {{"a", "some text that is long enough"}}).value();
  const auto tar = write_archive(ArchiveKind::tar, {{"a", std::string(5000, 'a')}}).value();

  EXPECT_FALSE(check_archive("hello"));
  EXPECT_FALSE(check_archive(""));
  EXPECT_FALSE(check_archive(std::string_view(zip).substr(0, zip.size() / 2)));
  EXPECT_FALSE(check_archive(std::string_view(tar).substr(0, 1500)));
}

TEST(Archive, ExtractionMakesPrivateFilesAndFollowsNoLink) {
  const auto folder = fresh_folder();
  const auto elsewhere = fresh_folder();
  std::filesystem::create_directory_symlink(elsewhere, folder / "trap");
  const auto bytes = write_archive(ArchiveKind::tar, {{"x/y/main.tf", "1"}, {"run.sh", "2", false, true}}).value();
  const auto trapped = write_archive(ArchiveKind::tar, {{"trap/escaped", "3"}}).value();

  EXPECT_TRUE(extract_archive(bytes, folder).has_value());
  EXPECT_FALSE(extract_archive(trapped, folder).has_value());

  struct stat info{};
  ::stat((folder / "x/y/main.tf").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ::stat((folder / "x").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  ::stat((folder / "run.sh").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere));
  std::filesystem::remove_all(folder);
  std::filesystem::remove_all(elsewhere);
}

Time at(std::string_view text) { return parse_rfc3339(text).value(); }
std::string next(std::string_view schedule, std::string_view after) {
  const auto found = Schedule::parse(schedule).value().next(at(after));
  return found ? to_rfc3339(*found) : "never";
}

TEST(Schedule, NextFiringInItsTimeZone) {
  EXPECT_EQ(next("CRON_TZ=Europe/Berlin 30 9 * * 1-5", "2026-01-02T08:29:59Z"), "2026-01-02T08:30:00Z");  // a Friday
  EXPECT_EQ(next("CRON_TZ=Europe/Berlin 30 9 * * 1-5", "2026-01-02T08:30:00Z"), "2026-01-05T08:30:00Z");
  EXPECT_EQ(next("CRON_TZ=Europe/Berlin 30 9 * * MON-FRI", "2026-07-03T08:00:00Z"), "2026-07-06T07:30:00Z");
  EXPECT_EQ(next("*/15 * * * *", "2026-01-01T00:00:00.5Z"), "2026-01-01T00:15:00Z");
  EXPECT_EQ(next("0 0 29 feb *", "2026-01-01T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(next("0 0 31 2 *", "2026-01-01T00:00:00Z"), "never");
  EXPECT_EQ(next("0 12 13 * 5", "2026-01-01T00:00:00Z"), "2026-01-02T12:00:00Z");  // either day field is enough
}

TEST(Schedule, ClockChangesNeitherLoseNorDoubleAFiring) {
  EXPECT_EQ(next("CRON_TZ=Europe/Berlin 30 2 * * *", "2026-03-28T12:00:00Z"),
            "2026-03-29T01:00:00Z");  // 02:30 is skipped that day
  EXPECT_EQ(next("CRON_TZ=Europe/Berlin 30 2 * * *", "2026-10-24T12:00:00Z"),
            "2026-10-25T00:30:00Z");  // 02:30 comes twice
  EXPECT_EQ(next("CRON_TZ=Europe/Berlin 30 2 * * *", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
}

TEST(Schedule, OnlyOnSomeDaysOfItsOwnZone) {
  const auto tokyo = Schedule::parse("CRON_TZ=Asia/Tokyo 0 8 * * *").value();

  EXPECT_EQ(tokyo.next_on(at("2026-01-02T12:00:00Z"), 1), at("2026-01-04T23:00:00Z"));  // Monday there
  EXPECT_EQ(tokyo.next_on(at("2026-01-02T12:00:00Z"), 0), std::nullopt);
  EXPECT_EQ(tokyo.next_on(at("2026-01-02T12:00:00Z"), 0x7f), tokyo.next(at("2026-01-02T12:00:00Z")));
  EXPECT_EQ(tokyo.day_of(at("1970-01-01T15:00:00Z")).number, 1);
  EXPECT_EQ(tokyo.day_of(at("2026-01-04T23:00:00Z")).weekday, 0);
}

TEST(Schedule, MatchesTheMinute) {
  const auto office = Schedule::parse("CRON_TZ=Europe/Berlin * 8-18 * * 1-5").value();

  EXPECT_TRUE(office.matches(at("2026-01-02T17:59:59Z")));
  EXPECT_FALSE(office.matches(at("2026-01-02T18:00:00Z")));
  EXPECT_FALSE(office.matches(at("2026-01-03T12:00:00Z")));
  EXPECT_TRUE(office.weekly());
}

TEST(Schedule, UnusableTextIsRefusedWithASentence) {
  for (const auto* text : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "5-1 * * * *",
                           "*/0 * * * *", "a * * * *", "1, * * * *", "CRON_TZ=Nowhere/City * * * * *", "-1 * * * *", "1-2-3 * * * *"}) {
    const auto parsed = Schedule::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().say.ends_with('.')) << text;
  }
  EXPECT_TRUE(known_zone("America/New_York"));
  EXPECT_FALSE(known_zone("../../etc/passwd"));
}

TEST(Regex, RunsInLinearTimeAndNamesFaults) {
  const std::string hard(50000, 'a');

  EXPECT_FALSE(Regex::compile("(a*)*b").value().found_in(hard));
  EXPECT_TRUE(Regex::compile("^https://").value().found_in("https://x"));
  EXPECT_FALSE(Regex::compile("b").value().whole("abc"));
  EXPECT_NE(Regex::compile("(").error().say.find("missing"), std::string::npos);
}

std::string shown(std::string_view text) {
  auto read = read_yaml(text);
  return read ? json_of(*read) : read.error().say;
}

TEST(Yaml, IsReadAsPlainData) {
  EXPECT_EQ(shown("networking:\n  http:\n    address: 127.0.0.1:7080\n  empty:\nlist:\n  - a\n  - b: 1\nquoted: 'x: y'\n"),
            R"({"networking":{"http":{"address":"127.0.0.1:7080"},"empty":""},"list":["a",{"b":"1"}],"quoted":"x: y"})");
  EXPECT_EQ(shown(R"({"a": "b", "c": ["d", "e\"f"]})"), R"({"a":"b","c":["d","e\"f"]})");
  EXPECT_EQ(shown(""), "\"\"");
  EXPECT_EQ(read_yaml("a:\n  b: 1\n")->items[0].items[0].line, 2);
}

TEST(Yaml, WhatIsNoPlainDataIsRefused) {
  EXPECT_NE(shown("a: &x 1\nb: *x\n").find("Line 1"), std::string::npos);
  EXPECT_NE(shown("a: !!int 1\n").find("tags"), std::string::npos);
  EXPECT_NE(shown("a: {\n").find("Line"), std::string::npos);
  EXPECT_NE(shown("? [a]\n: b\n").find("plain text"), std::string::npos);
  EXPECT_NE(shown("a: 1\na: 2\n").find("Line 2 of the YAML is not valid: \"a\" is given twice"), std::string::npos);
  EXPECT_NE(shown("a: 1\n---\nb: 2\n").find("one document"), std::string::npos);
  for (const auto* endless : {"}", "]", ":", "a: b\n}", "\xff\xfe"}) (void)shown(endless);  // it comes back
  EXPECT_NE(shown(std::string(40, '[')).find("Line 1"), std::string::npos);
}

// What Go's strconv and time read, and what they refuse.
TEST(Values, BooleansAreGos) {
  for (const auto* yes : {"1", "t", "T", "TRUE", "true", "True"}) EXPECT_EQ(read_bool(yes), true) << yes;
  for (const auto* no : {"0", "f", "F", "FALSE", "false", "False"}) EXPECT_EQ(read_bool(no), false) << no;
  for (const auto* none : {"", "yes", "no", "on", "off", "tRUE", "y", "2", " true", "banana"}) EXPECT_EQ(read_bool(none), std::nullopt) << none;
}

TEST(Values, NumbersAreGos) {
  EXPECT_EQ(read_number("-1"), -1);
  EXPECT_EQ(read_number("+7"), 7);
  EXPECT_EQ(read_number("007"), 7);
  EXPECT_EQ(read_number("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const auto* none : {"", "+", "-", "+-1", "1.5", "1e3", "0x10", "1 ", "9223372036854775808", "soon"})
    EXPECT_EQ(read_number(none), std::nullopt) << none;
}

TEST(Values, DurationsAreGosAndDays) {
  constexpr std::int64_t ms = 1000000, s = 1000 * ms, m = 60 * s, h = 60 * m;
  const std::pair<const char*, std::int64_t> good[] = {{"0", 0},
                                                       {"-0", 0},
                                                       {"+0", 0},
                                                       {"0s", 0},
                                                       {"5s", 5 * s},
                                                       {"30s", 30 * s},
                                                       {"1478s", 1478 * s},
                                                       {"-5s", -5 * s},
                                                       {"+5s", 5 * s},
                                                       {"5.0s", 5 * s},
                                                       {"5.6s", 5600 * ms},
                                                       {"5.s", 5 * s},
                                                       {".5s", 500 * ms},
                                                       {"1.004s", 1004 * ms},
                                                       {"10ns", 10},
                                                       {"11us", 11000},
                                                       {"12\xC2\xB5s", 12000},
                                                       {"13ms", 13 * ms},
                                                       {"1h30m", h + 30 * m},
                                                       {"1.5h", 90 * m},
                                                       {"3h30m", 3 * h + 30 * m},
                                                       {"10.5s4m", 4 * m + 10500 * ms},
                                                       {"-2m3.4s", -(2 * m + 3400 * ms)},
                                                       {"500ms", 500 * ms},
                                                       {"876600h", 876600 * h},
                                                       {"876600h0m0s", 876600 * h},
                                                       {"7d", 168 * h},
                                                       {"1d12h", 36 * h},
                                                       {"0.5d", 12 * h}};
  for (const auto& [text, want] : good) EXPECT_EQ(read_duration(text), want) << text;
  for (const auto* none :
       {"", "3", "-", "s", ".", "-.", ".s", "+.s", "1 h", " 1h", "1h ", "soon", "1x", "1hh", "3000000h", "99999999999999999999s", "1h-1m"})
    EXPECT_EQ(read_duration(none), std::nullopt) << none;
  const std::pair<std::int64_t, const char*> written[] = {{0, "0s"},         {24 * h, "24h0m0s"}, {90 * s, "1m30s"},      {1500 * ms, "1.5s"},
                                                          {15 * ms, "15ms"}, {-s, "-1s"},         {1100, "1.1\xC2\xB5s"}, {7, "7ns"}};
  for (const auto& [value, want] : written) EXPECT_EQ(write_duration(value), want);
}

TEST(Values, ListsAreCsv) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(read_csv("a,b"), (Strings{"a", "b"}));
  EXPECT_EQ(read_csv(" a , b ,, "), (Strings{"a", "b"}));
  EXPECT_EQ(read_csv(R"("a,b", "c ""d""",e)"), (Strings{"a,b", "c \"d\"", "e"}));
  EXPECT_EQ(read_csv(""), Strings());
  for (const auto* none : {"\"a", "a\"b", "\"a\"b", "a,\"", "\"a\" b,c"}) EXPECT_EQ(read_csv(none), std::nullopt) << none;
  const Strings odd = {"a,b", "say \"x\"", " blank ", "plain"};
  EXPECT_EQ(read_csv(write_csv(odd)), odd);
}

TEST(Values, DistanceOfNames) {
  EXPECT_EQ(edit_distance("TELEMETRY_ENABLED", "TELEMETRY_ENABLE", 3), 1u);
  EXPECT_EQ(edit_distance("", "abc", 3), 3u);
  EXPECT_EQ(edit_distance("abcdefgh", "hgfedcba", 3), 4u);
  EXPECT_EQ(edit_distance("a", "abcdef", 3), 4u);
}

}  // namespace
}  // namespace slipway::formats
