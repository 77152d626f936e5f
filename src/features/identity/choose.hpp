// Whose machine it is. Pure.
#pragma once

#include "features/identity/gen/identity_sql.hpp"

#include <string_view>
#include <vector>

namespace slipway::identity {

// `sharers` are all agents that ever had this machine; `name` is empty when the caller gave none. Errors: 404 for nobody, 400 when none
// of them is of a newest build, 409 when two are, with their names as `fields`.
Result<sql::Sharer> choose(const std::vector<sql::Sharer>& sharers, std::string_view instance_id, std::string_view name);

// No agent can have such an id: nothing needs to be asked.
bool matches_nothing(std::string_view instance_id);
std::unexpected<Error> unknown_instance(std::string_view instance_id);

}  // namespace slipway::identity
