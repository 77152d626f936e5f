// For tests: certificates made on the spot, and a look from outside at what a server shows.
#pragma once

#include "base/ids.hpp"
#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <memory>
#include <string>

namespace slipway::test {

inline std::string text_in(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

inline std::string pem_of(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  return text_in(memory);
}

// A self-signed certificate for these names, as OpenSSL writes them. Each is another issuer, so that many can be trusted at once.
inline net::TlsIdentity make_identity(const std::string& names = "DNS:localhost,IP:127.0.0.1") {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto own = Uuid::random().str();
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(own.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate, key, EVP_sha256());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  net::TlsIdentity made{.certificate_chain_pem = pem_of(certificate), .private_key_pem = text_in(key_text)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return made;
}

struct Handshake {
  bool done = false;
  std::string version, suite, certificate, protocol;  // "TLSv1.3"; the certificate in PEM; what ALPN chose
};
// Blocks, and trusts anybody. `newest`: the latest version that the client speaks; `offers`: its protocols, as ALPN writes them; `suites`: those of 1.2, if not all.
inline Handshake shake(std::uint16_t port, const std::string& server_name, int newest = TLS1_3_VERSION, const std::string& offers = {},
                       const std::string& suites = {}) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_max_proto_version(context.get(), newest);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), SSL_free);
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  Handshake out;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0) {
    SSL_set_fd(ssl.get(), socket);
    if (!server_name.empty()) SSL_set_tlsext_host_name(ssl.get(), server_name.c_str());
    if (!suites.empty()) SSL_set_cipher_list(ssl.get(), suites.c_str());
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(offers.data()), static_cast<unsigned>(offers.size()));
    out.done = SSL_connect(ssl.get()) == 1;
  }
  if (out.done) {
    out.version = SSL_get_version(ssl.get());
    out.suite = SSL_get_cipher_name(ssl.get());
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &chosen, &size);
    out.protocol.assign(reinterpret_cast<const char*>(chosen), size);
    X509* shown = SSL_get1_peer_certificate(ssl.get());
    out.certificate = pem_of(shown);
    X509_free(shown);
  }
  ::close(socket);
  return out;
}

}  // namespace slipway::test
