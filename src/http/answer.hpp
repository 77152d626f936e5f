// The headers that every answer of ours carries, also the ones that handlers write by themselves. What a web app in a workspace
// answers is not ours and stays as it is.
#pragma once

#include "http/call.hpp"

namespace slipway::http {

// Who answered, which request it was, and what browsers must not do; a policy that is there already stays.
void complete(net::Headers& headers, const Site& site, RequestId request);

// A whole answer from a handler that then returns Handled.
Task<Result<void>> send(Call& call, net::Response response);

}  // namespace slipway::http
