#include "agent/cron.hpp"

#include "base/text.hpp"

#include <strings.h>
#include <array>
#include <vector>

namespace slipway::agent {

namespace {

constexpr std::array kMonths{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  int least;
  int most;
  std::span<const char* const> words = {};
};

std::unexpected<Error> bad(const Field& field, std::string_view text) {
  return fail(Code::invalid, fmt::format("The {} field of a cron expression cannot be {:?}.", field.name, text));
}

Result<int> number(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i)
    if (text.size() == 3 && ::strncasecmp(text.data(), field.words[i], 3) == 0) return field.least + static_cast<int>(i);
  const auto out = text::number<int>(text);
  if (!out || *out < field.least || *out > field.most) return bad(field, text);
  return *out;
}

template <std::size_t N>
Result<void> read_range(const Field& field, std::string_view text, std::bitset<N>& out) {
  const auto stepped = text::split(text, '/');
  if (stepped.size() > 2) return bad(field, text);
  const auto step = stepped.size() == 2 ? text::number<int>(stepped[1]) : std::optional(1);
  if (!step || *step < 1) return bad(field, text);
  int from = field.least;
  int to = field.most;
  if (stepped[0] != "*" && stepped[0] != "?") {
    const auto ends = text::split(stepped[0], '-');
    if (ends.size() > 2) return bad(field, text);
    TRY(first, number(field, ends[0]));
    from = first;
    if (ends.size() == 2) {
      TRY(last, number(field, ends[1]));
      to = last;
    } else if (stepped.size() == 1) {
      to = first;
    }
  }
  if (from > to) return bad(field, text);
  for (int i = from; i <= to; i += *step) out.set(static_cast<std::size_t>(i));
  return {};
}

template <std::size_t N>
Result<void> read_field(const Field& field, std::string_view text, std::bitset<N>& out) {
  for (const auto part : text::split(text, ',')) TRY_OK(read_range(field, part, out));
  return {};
}

bool is_any(std::string_view text) { return text.starts_with('*') || text.starts_with('?'); }

// Asks the zone again, because a step may cross a change of its offset.
std::tm normal(std::tm at) {
  at.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&at);
  std::tm out{};
  ::localtime_r(&seconds, &out);
  return out;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  const auto fields = text::words(text, " ");
  if (fields.size() != 5 && fields.size() != 6)
    return fail(Code::invalid, fmt::format("A cron expression has five or six fields, seconds first; {:?} has {}.", text, fields.size()));
  Cron out;
  TRY_OK(read_field({"second", 0, 59}, fields[0], out.seconds_));
  TRY_OK(read_field({"minute", 0, 59}, fields[1], out.minutes_));
  TRY_OK(read_field({"hour", 0, 23}, fields[2], out.hours_));
  TRY_OK(read_field({"day of month", 1, 31}, fields[3], out.days_));
  TRY_OK(read_field({"month", 1, 12, kMonths}, fields[4], out.months_));
  const auto weekday = fields.size() == 6 ? fields[5] : std::string_view("*");
  TRY_OK(read_field({"day of week", 0, 7, kWeekdays}, weekday, out.weekdays_));
  if (out.weekdays_.test(7)) out.weekdays_.set(0);
  out.any_day_ = is_any(fields[3]);
  out.any_weekday_ = is_any(weekday);
  return out;
}

// As cron has always had it: when both day fields are limited, either may match.
bool Cron::day_matches(const std::tm& at) const {
  const bool day = days_.test(static_cast<std::size_t>(at.tm_mday));
  const bool weekday = weekdays_.test(static_cast<std::size_t>(at.tm_wday));
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

std::optional<Time> Cron::next(Time now) const {
  const std::time_t start = std::chrono::system_clock::to_time_t(std::chrono::floor<Seconds>(now)) + 1;
  std::tm at{};
  ::localtime_r(&start, &at);
  const int last_year = at.tm_year + 5;
  while (at.tm_year <= last_year) {
    if (!months_.test(static_cast<std::size_t>(at.tm_mon + 1))) {
      at.tm_mon += 1;
      at.tm_mday = 1;
      at.tm_hour = at.tm_min = at.tm_sec = 0;
    } else if (!day_matches(at)) {
      at.tm_mday += 1;
      at.tm_hour = at.tm_min = at.tm_sec = 0;
    } else if (!hours_.test(static_cast<std::size_t>(at.tm_hour))) {
      at.tm_hour += 1;
      at.tm_min = at.tm_sec = 0;
    } else if (!minutes_.test(static_cast<std::size_t>(at.tm_min))) {
      at.tm_min += 1;
      at.tm_sec = 0;
    } else if (!seconds_.test(static_cast<std::size_t>(std::min(at.tm_sec, 59)))) {
      at.tm_sec += 1;
    } else {
      at.tm_isdst = -1;
      return Time(Seconds(std::mktime(&at)));
    }
    at = normal(at);
  }
  return std::nullopt;
}

}  // namespace slipway::agent
