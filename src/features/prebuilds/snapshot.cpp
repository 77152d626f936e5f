#include "features/prebuilds/snapshot.hpp"

#include "crypto/token.hpp"
#include "store/db.hpp"

#include "features/templates/templates.hpp"

#include <boost/json.hpp>

namespace slipway::prebuilds {

namespace {

namespace json = boost::json;

Member member_at(const sql::Pool& row, std::size_t i) {
  return {.id = {row.member_ids[i]},
          .created_at = row.created_at[i],
          .build = row.build_ids[i],
          .build_number = row.build_numbers[i],
          .transition = row.transitions[i],
          .status = row.job_statuses[i],
          .version = row.version_ids[i],
          .by_system = row.by_system[i],
          .built_at = row.built_at[i],
          .completed_at = row.completed_at[i] == Time::min() ? std::nullopt : std::optional(row.completed_at[i]),
          .taken = row.taken[i],
          .job = row.job_ids[i],
          .delete_failures = row.delete_failures[i],
          .ready = row.ready[i]};
}

std::string base32(std::string_view bytes) {
  static constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kDigits[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += kDigits[held << (5 - bits) & 31];
  return out;
}

}  // namespace

Pool to_pool(const sql::Pool& row) {
  Pool out{.id = row.id,
           .version = row.template_version_id,
           .active_version = row.active_version_id,
           .active = row.active,
           .usual = row.base,
           .expires_after = Seconds(row.invalidate_after_secs),
           .stale_before = row.last_invalidated_at,
           .limited = row.prebuild_status == "hard_limited",
           .zone = row.scheduling_timezone,
           .hours = {},
           .members = {}};
  for (std::size_t i = 0; i < row.crons.size(); ++i) out.hours.push_back({.cron = row.crons[i], .instances = row.cron_instances[i]});
  out.members.reserve(row.member_ids.size());
  for (std::size_t i = 0; i < row.member_ids.size(); ++i) out.members.push_back(member_at(row, i));
  return out;
}

Rules rules_of(const Options& options) {
  return {.backoff = options.backoff,
          .lookback = options.lookback,
          .failure_limit = static_cast<std::int32_t>(std::clamp<std::int64_t>(options.failure_limit, 0, 1'000'000))};
}

api::PrebuildCounts wire_counts(const Plan& plan) {
  const auto& c = plan.counts;
  return {.desired = c.desired,
          .running = c.actual,
          .eligible = c.eligible,
          .expired = c.expired,
          .starting = c.starting,
          .waiting = c.pending,
          .stopping = c.stopping,
          .deleting = c.deleting,
          .failed = c.failed};
}

api::PrebuildDecision to_wire(const Plan& plan) {
  api::PrebuildDecision out{.row = plan.row,
                            .counts = wire_counts(plan),
                            .create = plan.create,
                            .cancel = static_cast<std::int64_t>(plan.cancel.size()),
                            .remove = {},
                            .at_limit = plan.at_limit,
                            .held_until = plan.held_until,
                            .schedule = plan.schedule};
  for (const auto why : {Why::inactive, Why::expired, Why::surplus, Why::failed, Why::retried})
    if (const auto count = std::ranges::count(plan.remove, why, &Removal::why); count > 0)
      out.remove.push_back({.reason = std::string(to_string(why)), .count = count});
  return out;
}

std::string member_name() { return "prebuild-" + base32(crypto::random_bytes(9)); }

Result<bool> paused(const std::optional<std::string>& settings) {
  if (!settings) return false;
  boost::system::error_code ec;
  const auto parsed = json::parse(*settings, ec);
  const auto bad = [](std::string why) { return fail(Code::internal, "unmarshal prebuilds settings: " + why); };
  if (ec) return bad(ec.message());
  const auto* object = parsed.if_object();
  if (!object) return bad("it is no object");
  const auto* value = object->if_contains("reconciliation_paused");
  if (!value) return false;
  if (!value->is_bool()) return bad("reconciliation_paused is neither true nor false");
  return value->get_bool();
}

}  // namespace slipway::prebuilds
