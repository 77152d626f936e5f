// Whose identity is this? Finds the user it is bound to, binds one, or makes one. Called with what a provider has proved.
#pragma once

#include "features/login/identity.hpp"
#include "features/login/login.hpp"
#include "http/call.hpp"

namespace slipway::login {

// A switch that a person asked for under their account, as the browser that asked brings it back: its state, the secret beside it,
// and whose session the browser has.
struct Switch {
  std::string state, binding;
  std::optional<UserId> by;
};

// With a `change`, the password user who asked for it is bound to the identity, and every key of theirs ends. Groups and roles follow the provider where it manages them. Errors: 403 when the account signs in otherwise, is suspended, or
// may not be made; 401 when the switch is not of this browser, this session and this hour.
Task<Result<UserId>> person_of(http::Call& call, Login& login, Identity identity, std::optional<Switch> change);

}  // namespace slipway::login
