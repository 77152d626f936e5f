// What a new token is asked to be. Read by hand: scopes and allow list have answers of their own for what is wrong with them.
#pragma once

#include "api/json.hpp"
#include "rbac/allow_list.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::sessions {

struct TokenAsk {
  std::int64_t lifetime = 0;  // ns; 0: the deployment's default
  std::optional<std::string> scope;
  std::vector<std::string> scopes;
  std::string token_name;
  std::vector<api::json::Raw> allow_list;
};
void read(api::json::Reader& in, const api::json::Value& from, TokenAsk& to);

// Entries are objects {type, id} or the older text "type:id". Errors: 400 `Failed to create API key.`
Result<std::vector<rbac::AllowEntry>> allow_entries(const std::vector<api::json::Raw>& list);
// Errors: 400 `Failed to validate create API key request.`
Result<Seconds> lifetime_of(std::int64_t asked_ns, Seconds fallback, Seconds longest);

}  // namespace slipway::sessions
