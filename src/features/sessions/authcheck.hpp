// Named questions about the caller's rights.
#pragma once

#include "api/gen/auth.hpp"
#include "http/call.hpp"

namespace slipway::sessions {

// AuthorizationRequest, except that a type or an action that nobody knows is no error: only wildcards match it.
struct OneCheck {
  api::AuthorizationCheck check;
};
struct CheckAsk {
  std::map<std::string, api::AuthorizationCheck> checks;
};
void read(api::json::Reader& in, const api::json::Value& from, OneCheck& to);
void read(api::json::Reader& in, const api::json::Value& from, CheckAsk& to);

Task<Result<api::AuthorizationResponse>> authcheck(http::Call& call, CheckAsk ask);

}  // namespace slipway::sessions
