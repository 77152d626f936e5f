// X.509 certificates, the keys in them, and chains of them up to an anchor (RFC 5280), over OpenSSL. Values that share what they hold;
// immutable once made: any thread.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;
struct x509_st;
struct x509_store_st;

namespace slipway::crypto {

// What anybody may know of a key pair. RSA keys have 1024 to 8192 bits.
class PublicKey {
 public:
  enum class Kind { rsa, p256, other };

  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  // Of their big-endian numbers, as a JWK has them. Nothing for what is no such key; an RSA key has at least 2048 bits here.
  static std::optional<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  static std::optional<PublicKey> p256(std::string_view x, std::string_view y);

  Kind kind() const;
  int bits() const;
  std::string fingerprint() const;  // SHA-256 of the SubjectPublicKeyInfo, in hex: two with the same are the same key
  // RSA with PKCS#1 v1.5 padding (RFC 8017) over SHA-256. False for a key of another kind too.
  bool verified_rsa(std::string_view bytes, std::string_view signature) const;
  // ECDSA over SHA-256; the signature is r and s, 32 bytes each (RFC 7518, section 3.4).
  bool verified_p256(std::string_view bytes, std::string_view signature) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
};

class Certificate {
 public:
  explicit Certificate(std::shared_ptr<x509_st> certificate) : certificate_(std::move(certificate)) {}
  // Exactly one, with nothing behind it. Errors: Code::invalid.
  static Result<Certificate> from_der(std::string_view der);
  // One or more; text between them is skipped. Errors: Code::invalid for none at all, and when one of them cannot be read.
  static Result<std::vector<Certificate>> from_pem(std::string_view text);

  std::string subject() const;                    // on one line, RFC 2253
  std::vector<std::string> common_names() const;  // of the subject, as UTF-8
  Time not_before() const;
  Time not_after() const;
  std::string fingerprint() const;  // SHA-256 of the DER, in hex
  std::optional<PublicKey> key() const;
  std::vector<std::string> issuer_urls() const;  // where its issuer's certificate is said to be (AIA, "CA Issuers")

  x509_st* get() const { return certificate_.get(); }  // for crypto/*.cpp

 private:
  std::shared_ptr<x509_st> certificate_;
};

// The certificates that a chain may end at.
class TrustStore {
 public:
  TrustStore() = default;  // trusts nothing
  explicit TrustStore(std::span<const Certificate> roots);
  bool empty() const { return !store_; }

  // From `leaf` up to a root of this store, by way of `between`, all of them valid `at`; whatever they may be used for. What MD5 or
  // SHA-1 signed, and RSA keys of less than 2048 bits, count for nothing. The chain, the leaf first. Errors: Code::not_found when an
  // issuer is missing, Code::unauthenticated for anything else; `say` is the reason in OpenSSL's words.
  Result<std::vector<Certificate>> chain(const Certificate& leaf, std::span<const Certificate> between, Time at) const;

 private:
  std::shared_ptr<x509_store_st> store_;
};

// What this system trusts: $SSL_CERT_FILE, OpenSSL's own place or that of a distribution, the first that has any. Read once a process.
const std::vector<Certificate>& system_roots();

}  // namespace slipway::crypto
