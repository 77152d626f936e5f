#include "agent/units.hpp"

namespace slipway::agent {

bool Units::leads_to(const std::string& from, const std::string& to) const {
  std::vector<std::string> open{from};
  for (std::set<std::string> seen; !open.empty();) {
    auto next = std::move(open.back());
    open.pop_back();
    if (next == to) return true;
    if (!seen.insert(next).second) continue;
    if (const auto found = units_.find(next); found != units_.end()) open.insert(open.end(), found->second.needs.begin(), found->second.needs.end());
  }
  return false;
}

Result<void> Units::want(const std::string& unit, const std::vector<std::string>& needs) {
  if (unit.empty()) return fail(Code::invalid, "unit name cannot be empty");
  std::size_t count = needs.size();
  for (const auto& [name, one] : units_) count += one.needs.size();
  if (units_.size() + needs.size() + 1 > kMostUnits || count > kMostNeeds) return fail(Code::invalid, "too many units");
  for (const auto& need : needs) {
    if (need.empty()) return fail(Code::invalid, "unit name cannot be empty");
    if (leads_to(need, unit)) return fail(Code::invalid, fmt::format("adding edge ({} -> {}): cycle detected", unit, need));
  }
  auto& own = units_[unit];
  if (own.status == Status::unknown) own.status = Status::pending;
  for (const auto& need : needs) {
    own.needs.insert(need);
    units_.try_emplace(need);
  }
  return {};
}

Result<std::vector<std::string>> Units::start(const std::string& unit) {
  TRY_OK(want(unit, {}));
  auto left = missing(unit);
  if (left.empty() && units_[unit].status == Status::pending) units_[unit].status = Status::started;
  return left;
}

Result<void> Units::complete(const std::string& unit) {
  const auto found = units_.find(unit);
  if (found == units_.end() || found->second.status == Status::unknown) return fail(Code::not_found, "unit not found");
  if (found->second.status == Status::completed) return fail(Code::invalid, "same status already set");
  found->second.status = Status::completed;
  return {};
}

Units::Status Units::status(const std::string& unit) const {
  const auto found = units_.find(unit);
  return found == units_.end() ? Status::unknown : found->second.status;
}

std::vector<std::string> Units::needs(const std::string& unit) const {
  const auto found = units_.find(unit);
  if (found == units_.end()) return {};
  return {found->second.needs.begin(), found->second.needs.end()};
}

std::vector<std::string> Units::missing(const std::string& unit) const {
  auto out = needs(unit);
  std::erase_if(out, [&](const std::string& need) { return status(need) == Status::completed; });
  return out;
}

std::vector<std::string> Units::names() const {
  std::vector<std::string> out;
  for (const auto& [name, one] : units_)
    if (one.status != Status::unknown) out.push_back(name);
  return out;
}

std::string_view to_string(Units::Status status) {
  switch (status) {
    case Units::Status::unknown: return "not registered";
    case Units::Status::pending: return "pending";
    case Units::Status::started: return "started";
    case Units::Status::completed: return "completed";
  }
  return "";
}

}  // namespace slipway::agent
