#include "features/prebuilds/claim_meter.hpp"

namespace slipway::prebuilds {

namespace {

constexpr double kBounds[] = {1, 5, 10, 20, 30, 60, 120, 180, 240, 300};

}  // namespace

void ClaimMeter::ended(const Claimed& claim, Time now) {
  const Pool pool{claim.template_name, claim.preset, claim.organization};
  const std::lock_guard lock(mutex_);
  if (claim.replaced) ++replaced_[pool];
  durations_.try_emplace(pool, kBounds).first->second.observe(now - claim.began);
}

void ClaimMeter::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  const std::lock_guard lock(mutex_);
  text.family(
      "coderd_prebuilt_workspaces_resource_replacements_total", Type::counter,
      "Claims in which at least one resource was replaced. A replaced resource is made anew while the person waits, which defeats the purpose of "
      "a prebuilt workspace: the guide on claims says how to prevent it.");
  for (const auto& [pool, count] : replaced_) {
    const auto& [of_template, preset, organization] = pool;
    text.sample({{"template_name", of_template}, {"preset_name", preset}, {"organization_name", organization}}, static_cast<double>(count));
  }
  text.family("coderd_prebuilt_workspace_claim_duration_seconds", Type::histogram, "From the making of a claim's build to its end.");
  for (const auto& [pool, took] : durations_) {
    const auto& [of_template, preset, organization] = pool;
    text.sample({{"organization_name", organization}, {"template_name", of_template}, {"preset_name", preset}}, took);
  }
}

}  // namespace slipway::prebuilds
