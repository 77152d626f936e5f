// What this feature's rows are to the policy: a file belongs to no organization, only to whoever uploaded it.
#pragma once

#include "features/files/gen/files_sql.hpp"
#include "store/target.hpp"

namespace slipway::files::sql {

inline store::Target object_of(const Stored& row) { return rbac::Object{.type = rbac::Resource::file, .id = row.id.uuid, .owner = row.created_by}; }

}  // namespace slipway::files::sql
