// The scope tables as data: what each name permits, and which names people may ask for.
#pragma once

#include "rbac/permission.hpp"

#include <span>
#include <string_view>

namespace slipway::rbac {

// coder:all, coder:application_connect, the composites and no_user_data; false when the name is none of them.
bool special_scope(std::string_view name, Permissions& out);
// Canonical names of all that may be requested, sorted by byte order.
std::vector<std::string> catalogue();

}  // namespace slipway::rbac
