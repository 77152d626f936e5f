// TLS over any stream. 1.2 is the least; the suites are OpenSSL's own choice unless a server is told which.
#pragma once

#include "base/result.hpp"
#include "net/stream.hpp"

#include <optional>
#include <vector>

namespace slipway::net {

struct TlsIdentity {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

enum class TlsVersion { v1_2, v1_3 };

// What a server shows and speaks.
struct TlsServing {
  std::vector<TlsIdentity> identities;  // the first whose certificate has the name that a client asks for; the first of all for others
  TlsVersion least = TlsVersion::v1_2;
  std::vector<std::string> suites = {};  // by their names in RFCs or in OpenSSL; none of 1.3: all of those; empty: OpenSSL's own choice
};

struct TlsTrust {
  bool verify = true;
  std::string extra_roots_pem;        // besides the system's roots and those of $SSL_CERT_FILE and $SSL_CERT_DIR
  std::optional<TlsIdentity> client;  // shown when the server asks
};

class TlsContext;  // immutable once made: shared by any number of streams, on any loop

// Code::invalid for a certificate or key that cannot be used, no identity at all, and a suite that is unknown or does not
// authenticate what it encrypts; of a client also for an $SSL_CERT_FILE without a certificate.
Result<std::shared_ptr<TlsContext>> make_tls_server(const TlsServing& serving);
// The same, and HTTP/2 is offered before HTTP/1.1 to clients that ask (ALPN).
Result<std::shared_ptr<TlsContext>> make_tls_http2_server(const TlsServing& serving);
Result<std::shared_ptr<TlsContext>> make_tls_client(const TlsTrust& trust);
// Is there one among these certificates with the host's name, or with a wildcard that it matches?
bool has_certificate_for(const TlsServing& serving, const std::string& host);

// The server's side; the handshake happens with the first read or write.
std::unique_ptr<Stream> tls_server(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier);
// Of a server's stream from which something was read: have both sides agreed to speak HTTP/2?
bool speaks_http2(const Stream& stream);
// The client's side, its handshake done and the certificate checked against `host` (a name or an address).
Task<Result<std::unique_ptr<Stream>>> tls_client(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier, std::string host);

}  // namespace slipway::net
