// Cron schedules with a time zone, as workspaces use them: "CRON_TZ=Europe/Berlin 30 9 * * 1-5".
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::formats {

class Schedule {
 public:
  // Five fields (minute hour day month weekday) after an optional "CRON_TZ=<zone>" or "TZ=<zone>"; no zone means UTC.
  // Lists, ranges, steps, names (mon, jan), `*` and `?`. Errors: invalid, with a sentence.
  static Result<Schedule> parse(std::string_view text);

  // First firing strictly after `time`; nothing when there is none within five years. A local time that a clock change
  // skips fires at the first minute after the gap; one that comes twice fires once, at its first coming.
  std::optional<Time> next(Time time) const;
  // The same, but only on days of the week whose bit is set: Monday is bit 0. Nothing when no bit is.
  std::optional<Time> next_on(Time time, unsigned weekdays) const;
  // The day that `time` belongs to where the schedule is: days since 1970-01-01, and its weekday with Monday as 0.
  struct Day {
    int number = 0;
    int weekday = 0;
  };
  Day day_of(Time time) const;
  // Whether the minute that contains `time` is a firing minute.
  bool matches(Time time) const;

  const std::string& zone() const { return zone_; }
  const std::string& text() const { return text_; }
  // True when the day fields are both `*`: what autostart wants is a weekly schedule.
  bool weekly() const { return any_day_ && any_month_; }

 private:
  bool fires_on(int month, int day, int weekday) const;
  std::optional<Time> first_after(Time time, unsigned weekdays) const;

  std::string text_;
  std::string zone_;
  std::uint64_t minutes_ = 0;
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;
  std::uint16_t months_ = 0;
  std::uint8_t weekdays_ = 0;
  bool any_day_ = false;
  bool any_month_ = false;
  bool any_weekday_ = false;
};

// Whether this machine's time zone database knows the name.
bool known_zone(std::string_view name);

}  // namespace slipway::formats
