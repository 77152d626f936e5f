// TLS settings of both sides. 1.2 is the least; the suites are OpenSSL's own choice.
#pragma once

#include "base/result.hpp"
#include "net/stream.hpp"

#include <optional>

namespace slipway::net {

struct TlsIdentity {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

struct TlsTrust {
  bool verify = true;
  std::string extra_roots_pem;       // besides the system's roots and those of $SSL_CERT_FILE
  std::optional<TlsIdentity> client; // shown when the server asks
};

}  // namespace slipway::net
