// What people are told of a template: docs/guide/notifications-events.md. Each in the transaction that does it. Only this feature includes it.
#pragma once

#include "features/templates/templates.hpp"

namespace slipway::templates {

// To its organization's template administrators but whoever deleted it.
void tell_deleted(store::Tx& tx, const sql::Template& row);
// To everybody who has a workspace of it.
void tell_deprecated(store::Tx& tx, const sql::Template& row);
// To the owners of these workspaces, where its rule deletes dormant ones.
void tell_marked_for_deletion(store::Tx& tx, const sql::Template& row, const std::vector<sql::Dormant>& workspaces);

}  // namespace slipway::templates
