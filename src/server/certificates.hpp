// What is shown over TLS, read from the files that the configuration names.
#pragma once

#include "net/tls.hpp"
#include "server/config.hpp"

namespace slipway::server {

// Nothing without TLS. Errors: a sentence with the file or the setting at fault; what cannot be used together is refused here.
Result<std::optional<net::TlsServing>> tls_serving(const Config& config);
// The hosts of web apps that no browser would trust, for none of these certificates is for them; empty: there are none.
std::string untrusted_hosts(const Config& config, const net::TlsServing& serving);

}  // namespace slipway::server
