// The end of a claim's build, in the transaction that stores it.
#include "base/text.hpp"
#include "features/notifications/notifications.hpp"
#include "features/prebuilds/claims.hpp"
#include "features/prebuilds/objects.hpp"
#include "store/db.hpp"

#include <boost/json.hpp>

namespace slipway::prebuilds {

namespace {

using Tx = store::DutyTx<rbac::Duty::provisioner_daemon>;

// What was replaced, and by which of its attributes: {"replacements": {address: "path, path"}}.
std::string data_of(const std::vector<provisioner::Replacement>& replacements) {
  boost::json::object by_address;
  for (const auto& one : replacements) by_address[one.resource] = text::joined(one.paths, ", ");
  const boost::json::object data{{"replacements", std::move(by_address)}};
  return boost::json::serialize(data);
}

void tell_replaced(Tx& tx, const sql::Finished& claim, const std::vector<provisioner::Replacement>& replacements) {
  notifications::Event event{.kind = notifications::Kind::prebuild_resource_replaced,
                             .to = {.template_admins = true, .site_template_admins = true},
                             .organization = claim.organization_id,
                             .labels = {{"org", claim.organization_name},
                                        {"workspace", claim.name},
                                        {"template", claim.template_name},
                                        {"template_version", claim.version_name},
                                        {"preset", claim.preset_name},
                                        {"workspace_build_num", std::to_string(claim.build_number)},
                                        {"claimant", claim.owner_name}},
                             .data = data_of(replacements),
                             .targets = {claim.id.uuid, claim.owner_id.uuid, claim.template_id.uuid, claim.version_id.uuid},
                             .created_by = "prebuilds_reconciler",
                             .key = "prebuild replaced " + claim.build_id.str()};
  if (claim.preset_id) event.targets.push_back(claim.preset_id->uuid);
  event.targets.push_back(claim.organization_id.uuid);
  notifications::raise(tx, std::move(event));
}

}  // namespace

std::string claim_channel(WorkspaceId workspace) { return "prebuild_claimed_" + workspace.str(); }

std::string claim_event(WorkspaceId workspace, UserId owner) {
  const boost::json::object event{
      {"WorkspaceID", workspace.str()}, {"workspace_id", workspace.str()}, {"reason", "prebuild_claimed"}, {"owner_id", owner.str()}};
  return boost::json::serialize(event);
}

Task<Result<std::optional<Claimed>>> claimed(Tx& tx, BuildId build, const std::vector<provisioner::Replacement>& replacements) {
  CO_TRY(claim, co_await sql::finish_claim(tx, tx.now(), !replacements.empty(), build));
  if (!claim) co_return std::optional<Claimed>();
  if (!replacements.empty()) tell_replaced(tx, *claim, replacements);
  CO_CHECK(co_await store::notify(tx, claim_channel(claim->id), claim_event(claim->id, claim->owner_id)));
  co_return Claimed{.workspace = claim->id,
                    .owner = claim->owner_name,
                    .organization = claim->organization_name,
                    .template_name = claim->template_name,
                    .preset = claim->preset_name,
                    .began = claim->job_created_at,
                    .replaced = !replacements.empty()};
}

}  // namespace slipway::prebuilds
