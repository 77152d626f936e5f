#pragma once

#include "api/gen/auth.hpp"
#include "api/gen/response.hpp"
#include "http/call.hpp"
#include "http/reply.hpp"

namespace slipway::accounts {

Task<Result<api::Response>> first_user_exists(http::Call& call);
Task<Result<http::Created<api::CreateFirstUserResponse>>> create_first_user(http::Call& call, api::CreateFirstUserRequest ask);

}  // namespace slipway::accounts
