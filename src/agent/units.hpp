// Units of start-up: scripts that wait for one another by name. Pure; forgotten when the agent ends.
#pragma once

#include "base/result.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace slipway::agent {

class Units {
 public:
  enum class Status { unknown, pending, started, completed };  // unknown: only named by others

  static constexpr std::size_t kMostUnits = 1000, kMostNeeds = 10'000;

  // Registers `unit`, which starts only after each of `needs`; these need not be known yet. All or nothing.
  // Errors: invalid for a circle, or when there are too many.
  Result<void> want(const std::string& unit, const std::vector<std::string>& needs);
  // Those of its needs that are not completed; when there are none, it has started.
  Result<std::vector<std::string>> start(const std::string& unit);
  // Errors: not_found, and invalid when it is completed already.
  Result<void> complete(const std::string& unit);

  Status status(const std::string& unit) const;
  std::vector<std::string> needs(const std::string& unit) const;
  std::vector<std::string> missing(const std::string& unit) const;
  std::vector<std::string> names() const;  // of those registered
  void clear() { units_.clear(); }

 private:
  struct Unit {
    Status status = Status::unknown;
    std::set<std::string> needs;
  };
  bool leads_to(const std::string& from, const std::string& to) const;

  std::map<std::string, Unit> units_;
};

std::string_view to_string(Units::Status status);

}  // namespace slipway::agent
