// What both command lines do to sign in: what is asked of the server, not of the person.
#pragma once

#include "cli/session.hpp"

namespace slipway::cli {

// Does a server of ours answer there, and has it its first user? `session` is told to use what answers. Errors: invalid for another server,
// bad_gateway.
Result<bool> has_first_user(Session& session, const std::string& url);
// The token of a new session. Errors: invalid for a wrong password.
Result<std::string> by_password(Session& session, const std::string& email, const std::string& password);

}  // namespace slipway::cli
