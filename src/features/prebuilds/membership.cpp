#include "features/prebuilds/membership.hpp"

#include "base/log.hpp"
#include "features/prebuilds/objects.hpp"

namespace slipway::prebuilds {

namespace {

using Handle = store::DutyHandle<rbac::Duty::prebuilds>;

std::unexpected<Error> failed(Error error, std::string_view what) { return std::unexpected(with_context(std::move(error), what)); }

Task<Result<GroupId>> quota_group(Handle& duty, OrganizationId organization) {
  if (auto made = co_await sql::make_quota_group(duty, GroupId::random(), organization, duty.now()); !made)
    co_return failed(std::move(made).error(), "create prebuilds group");
  auto group = co_await sql::quota_group(duty, organization);  // whoever made it
  if (!group) co_return failed(std::move(group).error(), "get existing prebuilds group");
  if (!*group) co_return failed(fail_internal("it was deleted at once").error(), "get existing prebuilds group");
  co_return **group;
}

// Each step stands by itself: what an earlier one has done stays, and the next pass goes on from there.
Task<Result<void>> complete(Handle& duty, const sql::BelongingRow& row) {
  if (!row.is_member) {
    auto entered = co_await sql::enter_organization(duty, duty.now(), row.id);
    if (!entered) co_return failed(std::move(entered).error(), "insert membership for prebuilt workspaces");
  }
  auto group = row.group_id;
  if (!group) {
    CO_TRY(made, co_await quota_group(duty, row.id));
    group = made;
  }
  if (row.in_group) co_return Result<void>();
  auto entered = co_await sql::enter_group(duty, *group);
  if (!entered) co_return failed(std::move(entered).error(), "add system user to prebuilds group");
  co_return Result<void>();
}

}  // namespace

Task<Result<std::set<OrganizationId>>> take_in(store::Db& db, std::vector<OrganizationId> organizations) {
  std::set<OrganizationId> broken;
  if (organizations.empty()) co_return broken;
  auto duty = db.duty<rbac::Duty::prebuilds>();
  auto rows = co_await sql::belonging(duty, organizations);
  if (!rows) co_return failed(std::move(rows).error(), "determine prebuild organization membership");
  for (const auto& row : *rows) {
    auto done = co_await complete(duty, row);
    if (done) continue;
    broken.insert(row.id);
    log::error("the owner of prebuilt workspaces could not be taken into an organization",
               {{"organization", row.id.str()}, {"why", done.error().why}, {"say", done.error().say}});
  }
  co_return broken;
}

}  // namespace slipway::prebuilds
