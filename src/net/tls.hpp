// TLS over any stream. 1.2 is the least; the suites are OpenSSL's own choice.
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
  std::string extra_roots_pem;        // besides the system's roots and those of $SSL_CERT_FILE
  std::optional<TlsIdentity> client;  // shown when the server asks
};

class TlsContext;  // immutable once made: shared by any number of streams, on any loop

// Code::invalid for a certificate or key that cannot be used.
Result<std::shared_ptr<TlsContext>> make_tls_server(const TlsIdentity& identity);
Result<std::shared_ptr<TlsContext>> make_tls_client(const TlsTrust& trust);

// The server's side; the handshake happens with the first read or write.
std::unique_ptr<Stream> tls_server(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier);
// The client's side, its handshake done and the certificate checked against `host` (a name or an address).
Task<Result<std::unique_ptr<Stream>>> tls_client(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier, std::string host);

}  // namespace slipway::net
