// What happens to a request before the application sees it, and when there is no application yet.
#pragma once

#include "server/parts.hpp"

namespace slipway::server {

Task<void> receive(Server::Parts& parts, net::Exchange& exchange);

}  // namespace slipway::server
