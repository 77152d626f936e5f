// Named questions about the caller's rights, and for administrators why anybody may or may not do something.
#pragma once

#include "api/gen/auth.hpp"
#include "features/rights/rights.hpp"
#include "http/call.hpp"
#include "store/target.hpp"

namespace slipway::rights {

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
// POST /authcheck/explain. Errors: forbidden for whoever is neither owner, auditor nor user admin; not_found for a user, key
// or row that the caller may not read.
Task<Result<api::AuthorizationExplanation>> explain_access(http::Call& call, sessions::Sessions& sessions, api::AuthorizationExplainRequest ask);

// What is wrong with an asked object, if anything, in the words that clients know; `key` names it.
Result<void> check_object(const std::string& key, const api::AuthorizationObject& object);
// What the fields alone describe; "me" is `self`.
rbac::Object described(const api::AuthorizationObject& from, UserId self);
// The row that `resource_id` names; nothing when it is not there or the caller may not read it.
Task<Result<std::optional<store::Target>>> load_object(http::Call& call, rbac::Resource type, Uuid id);

}  // namespace slipway::rights
