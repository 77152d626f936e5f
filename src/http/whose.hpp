// Whose a token is, as long as its network has not tried too many that are nobody's: each costs a look into the database.
#pragma once

#include "aio/task_fwd.hpp"
#include "http/authenticator.hpp"
#include "http/rate.hpp"
#include "net/message.hpp"

namespace slipway::http {

std::unexpected<Error> too_many(const RateLimit::Verdict& verdict, std::string_view what);

using AskWhose = Task<Result<PrincipalPtr>> (Authenticator::*)(Home&, std::string_view, std::shared_ptr<store::Cost>);
// `wrong` may be null: then nobody counts. Errors: too_many; those of the authenticator.
Task<Result<PrincipalPtr>> whose(WrongTokens* wrong, Authenticator& authenticator, AskWhose ask, const net::Request& request, Home& home,
                                 const std::string& token, std::shared_ptr<store::Cost> cost);

}  // namespace slipway::http
