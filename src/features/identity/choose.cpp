#include "features/identity/choose.hpp"

#include "base/text.hpp"
#include "identity/document.hpp"

#include <algorithm>
#include <set>

namespace slipway::identity {

namespace {

constexpr std::size_t kLongestId = 256;

std::unexpected<Error> ambiguous(const std::vector<const sql::Sharer*>& live, std::string_view instance_id) {
  std::vector<std::string> names;
  for (const auto* one : live) names.push_back(one->name);
  std::ranges::sort(names);
  auto error = fail(Code::conflict, fmt::format("Multiple agents found with instance ID {}. Set CODER_AGENT_NAME to one of: {}", quoted(instance_id),
                                                text::joined(names, ", ")));
  for (const auto& name : std::set<std::string>(names.begin(), names.end())) error.error().fields.push_back({"agent_name", name});
  return error;
}

}  // namespace

bool matches_nothing(std::string_view instance_id) {
  return instance_id.empty() || instance_id.size() > kLongestId || instance_id.find('\0') != std::string_view::npos;
}

std::unexpected<Error> unknown_instance(std::string_view instance_id) {
  return fail(Code::not_found, fmt::format("Instance with id {} not found.", quoted(instance_id)));
}

Result<sql::Sharer> choose(const std::vector<sql::Sharer>& sharers, std::string_view instance_id, std::string_view name) {
  if (sharers.empty()) return unknown_instance(instance_id);
  std::vector<const sql::Sharer*> live, named, all_live;
  for (const auto& one : sharers) {
    if (one.live) all_live.push_back(&one);
    if (!name.empty() && one.name != name) continue;
    named.push_back(&one);
    if (one.live) live.push_back(&one);
  }
  if (named.empty()) return fail(Code::not_found, fmt::format("No agent found with instance ID {} and name {}.", quoted(instance_id), quoted(name)));
  if (live.empty())
    return fail(Code::invalid, fmt::format("Resource found for id {}, but isn't registered on the latest history.", quoted(instance_id)));
  if (live.size() > 1) return ambiguous(all_live, instance_id);
  return *live.front();
}

}  // namespace slipway::identity
