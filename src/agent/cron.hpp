// Cron expressions of scripts: second minute hour day-of-month month [day-of-week], in the machine's own
// time zone. Each field: `*`, `?`, numbers, names, ranges, lists, steps. Pure but for the zone.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <bitset>
#include <ctime>

namespace slipway::agent {

class Cron {
 public:
  static Result<Cron> parse(std::string_view text);
  // The first moment after `now` that matches, to the second. Nothing when none comes within five years.
  std::optional<Time> next(Time now) const;

 private:
  bool day_matches(const std::tm& at) const;

  std::bitset<60> seconds_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;
  bool any_day_ = true;
  bool any_weekday_ = true;
};

}  // namespace slipway::agent
