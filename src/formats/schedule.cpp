#include "formats/schedule.hpp"

#include "base/text.hpp"

#define USE_OS_TZDB 1  // as the library was built: its types differ otherwise
#define HAS_REMOTE_API 0
#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace slipway::formats {
namespace {

constexpr int kDaysAhead = 5 * 366;
constexpr unsigned kEveryDay = 0x7f;

struct Field {
  std::string_view name;
  unsigned low;
  unsigned high;
  std::string_view words;  // three letters each, the first being `low`
};
constexpr Field kMinute{"minute", 0, 59, ""};
constexpr Field kHour{"hour", 0, 23, ""};
constexpr Field kDay{"day of month", 1, 31, ""};
constexpr Field kMonth{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"};
constexpr Field kWeekday{"day of week", 0, 6, "sunmontuewedthufrisat"};

struct Bits {
  std::uint64_t set = 0;
  bool any = false;
};

std::unexpected<Error> bad(const Field& field, std::string_view text, std::string_view why) {
  return fail(Code::invalid, fmt::format("The schedule's {} \"{}\" is not valid: {}.", field.name, text, why));
}

Result<unsigned> number(const Field& field, std::string_view text) {
  for (unsigned i = 0; text.size() == 3 && i * 3 < field.words.size(); ++i)
    if (std::ranges::equal(text, field.words.substr(i * 3, 3), {}, [](char c) { return static_cast<char>(c | 0x20); })) return field.low + i;
  const auto value = text::number<unsigned>(text);
  if (!value) return bad(field, text, "it is not a number");
  if (*value < field.low || *value > field.high) return bad(field, text, fmt::format("it must lie between {} and {}", field.low, field.high));
  return *value;
}

// One item of a list: `*`, `5`, `1-5`, and each with `/step`.
Result<Bits> item(const Field& field, std::string_view text) {
  const auto slash = text.find('/');
  const auto range = text.substr(0, slash);
  const auto step = slash == std::string_view::npos ? std::optional(1U) : text::number<unsigned>(text.substr(slash + 1));
  if (!step || *step == 0) return bad(field, text, "its step must be a positive number");
  unsigned first = field.low;
  unsigned last = field.high;
  const bool any = range == "*" || range == "?";
  if (!any) {
    const auto dash = range.find('-');
    TRY(from, number(field, range.substr(0, dash)));
    first = from;
    if (dash != std::string_view::npos) {
      TRY(to, number(field, range.substr(dash + 1)));
      last = to;
    } else if (slash == std::string_view::npos) {
      last = from;
    }
    if (last < first) return bad(field, text, "its range runs backwards");
  }
  Bits out{.any = any && *step == 1};
  for (auto i = std::uint64_t{first}; i <= last; i += *step) out.set |= 1ULL << i;
  return out;
}

Result<Bits> bits(const Field& field, std::string_view text) {
  if (text.starts_with(',') || text.ends_with(',') || text.find(",,") != std::string_view::npos) return bad(field, text, "a list item is missing");
  Bits out;
  for (const auto part : text::words(text, ",")) {
    TRY(one, item(field, part));
    out.set |= one.set;
    out.any = out.any || one.any;
  }
  return out;
}

const date::time_zone* zone_named(std::string_view name) {
  if (name.empty()) return nullptr;
  const auto& all = date::get_tzdb().zones;
  const auto found = std::ranges::find_if(all, [&](const date::time_zone& z) { return z.name() == name; });
  return found == all.end() ? nullptr : &*found;
}

const date::time_zone* zone_or_utc(std::string_view name) {
  if (const auto* zone = zone_named(name)) return zone;
  if (const auto* utc = zone_named("Etc/UTC")) return utc;
  return zone_named("UTC");
}

// The instant of a local time: the end of the gap when a clock change skips it, the first when it comes twice.
date::sys_seconds instant(const date::time_zone& zone, date::local_seconds local) {
  const auto info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return date::sys_seconds(local.time_since_epoch()) - info.first.offset;
}

}  // namespace

bool known_zone(std::string_view name) { return zone_named(name) != nullptr; }

Result<Schedule> Schedule::parse(std::string_view text) {
  if (text.size() > 512) return fail(Code::invalid, "The schedule is too long.");
  Schedule out;
  out.text_ = text;
  out.zone_ = "UTC";
  auto rest = text::words(text, " \t");
  if (!rest.empty() && (rest[0].starts_with("CRON_TZ=") || rest[0].starts_with("TZ="))) {
    out.zone_ = rest[0].substr(rest[0].find('=') + 1);
    if (!known_zone(out.zone_)) return fail(Code::invalid, fmt::format("The schedule's time zone \"{}\" is not known.", out.zone_));
    rest.erase(rest.begin());
  }
  if (rest.size() != 5)
    return fail(Code::invalid,
                fmt::format("A schedule has five fields (minute, hour, day of month, month, day of week); this one has {}.", rest.size()));
  TRY(minutes, bits(kMinute, rest[0]));
  TRY(hours, bits(kHour, rest[1]));
  TRY(days, bits(kDay, rest[2]));
  TRY(months, bits(kMonth, rest[3]));
  TRY(weekdays, bits(kWeekday, rest[4]));
  out.minutes_ = minutes.set;
  out.hours_ = static_cast<std::uint32_t>(hours.set);
  out.days_ = static_cast<std::uint32_t>(days.set);
  out.months_ = static_cast<std::uint16_t>(months.set);
  out.weekdays_ = static_cast<std::uint8_t>(weekdays.set);
  out.any_day_ = days.any;
  out.any_month_ = months.any;
  out.any_weekday_ = weekdays.any;
  return out;
}

// Cron's rule: when both day fields are restricted, either is enough.
bool Schedule::fires_on(int month, int day, int weekday) const {
  if (!(months_ >> month & 1)) return false;
  const bool by_day = days_ >> day & 1;
  const bool by_weekday = weekdays_ >> weekday & 1;
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<Time> Schedule::next(Time time) const { return first_after(time, kEveryDay); }
std::optional<Time> Schedule::next_on(Time time, unsigned weekdays) const { return first_after(time, weekdays & kEveryDay); }

Schedule::Day Schedule::day_of(Time time) const {
  const auto now = date::floor<std::chrono::seconds>(date::sys_time<Microseconds>(time.time_since_epoch()));
  const auto day = date::floor<date::days>(zone_or_utc(zone_)->to_local(now));
  return {static_cast<int>(day.time_since_epoch().count()), static_cast<int>(date::weekday(day).iso_encoding()) - 1};
}

std::optional<Time> Schedule::first_after(Time time, unsigned weekdays) const {
  if (weekdays == 0) return std::nullopt;
  const auto& zone = *zone_or_utc(zone_);
  const auto now = date::floor<std::chrono::seconds>(date::sys_time<Microseconds>(time.time_since_epoch()));
  auto today = date::floor<date::days>(zone.to_local(now));
  for (int ahead = 0; ahead < kDaysAhead; ++ahead, today += date::days(1)) {
    const date::year_month_day ymd(today);
    const auto weekday = date::weekday(today).c_encoding();
    if (!(weekdays >> (date::weekday(today).iso_encoding() - 1) & 1)) continue;
    if (!fires_on(static_cast<int>(static_cast<unsigned>(ymd.month())), static_cast<int>(static_cast<unsigned>(ymd.day())),
                  static_cast<int>(weekday)))
      continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!(hours_ >> hour & 1)) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!(minutes_ >> minute & 1)) continue;
        const auto at = instant(zone, today + std::chrono::hours(hour) + std::chrono::minutes(minute));
        if (const Time found(at.time_since_epoch()); found > time) return found;
      }
    }
  }
  return std::nullopt;
}

bool Schedule::matches(Time time) const {
  const auto& zone = *zone_or_utc(zone_);
  const auto local = zone.to_local(date::floor<std::chrono::seconds>(date::sys_time<Microseconds>(time.time_since_epoch())));
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss clock(local - day);
  return fires_on(static_cast<int>(static_cast<unsigned>(ymd.month())), static_cast<int>(static_cast<unsigned>(ymd.day())),
                  static_cast<int>(date::weekday(day).c_encoding())) &&
         (hours_ >> clock.hours().count() & 1) && (minutes_ >> clock.minutes().count() & 1);
}

}  // namespace slipway::formats
