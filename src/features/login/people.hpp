// Whose identity is this? Finds the user it is bound to, binds one, or makes one. Called with what a provider has proved.
#pragma once

#include "features/login/identity.hpp"
#include "features/login/login.hpp"
#include "http/call.hpp"

namespace slipway::login {

// `state` is the one of this sign-in; when convert-login gave it out, the password user it belongs to is bound to the identity.
// Groups and roles follow the provider where it manages them. Errors: 403 when the account signs in otherwise, is suspended, or
// may not be made.
Task<Result<UserId>> person_of(http::Call& call, Login& login, Identity identity, std::string state);

}  // namespace slipway::login
