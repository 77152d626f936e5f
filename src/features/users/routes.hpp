// The handlers of this feature, by file.
#pragma once

#include "features/users/objects.hpp"
#include "features/users/users.hpp"
#include "http/reply.hpp"
#include "http/routes.hpp"
#include "store/store.hpp"

namespace slipway::users {

Task<Result<api::GetUsersResponse>> list(http::Call& call);  // list.cpp
void add_setting_routes(http::Routes& routes);               // settings.cpp

}  // namespace slipway::users
