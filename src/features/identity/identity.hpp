// Tokens for agents that prove which machine of a cloud they run on.
#pragma once

#include "features/identity/meter.hpp"
#include "features/identity/refusals.hpp"
#include "identity/verifier.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::identity {

// All outlive the routes.
void add_routes(http::Routes& routes, Verifier& verifier, Meter& meter, Refusals& refusals);

}  // namespace slipway::identity
