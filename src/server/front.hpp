// What happens to a request before the application sees it, and when there is no application yet.
#pragma once

#include "server/parts.hpp"

namespace slipway::server {

Task<void> receive(Server::Parts& parts, net::Exchange& exchange);
// Puts the client that a proxy names in another header where everybody looks for it, in X-Forwarded-For. Null: there is nothing to do.
std::function<void(net::Request&)> client_from(const Config& config);

}  // namespace slipway::server
