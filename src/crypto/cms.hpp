// A signed message (CMS SignedData, RFC 5652; PKCS#7): who signed what, over OpenSSL. Strict DER only.
#pragma once

#include "crypto/certificate.hpp"

struct CMS_ContentInfo_st;

namespace slipway::crypto {

class SignedMessage {
 public:
  // Errors: Code::invalid; `say` is a reason without a full stop.
  static Result<SignedMessage> parse(std::string_view der);

  int signers() const;
  // The certificate of the only signer, when the message brings it along.
  std::optional<Certificate> signer() const;
  std::vector<Certificate> certificates() const;
  // When the only signer says it was signed; nothing when it does not say.
  std::optional<Time> signed_at() const;

  // The content, as signed by the only signer with the key of `by`, which the message need not bring along. Where attributes are
  // signed, the digest and the type of the content are among them. `detached` is the content of a message that has none of its own,
  // and what the content of another must be. MD5 and SHA-1 count for nothing. Errors: Code::unauthenticated; `say` is a reason.
  Result<std::string> verified(const Certificate& by, std::optional<std::string_view> detached = {}) const;

 private:
  SignedMessage(std::string der, std::shared_ptr<CMS_ContentInfo_st> message) : der_(std::move(der)), message_(std::move(message)) {}

  std::string der_;
  std::shared_ptr<CMS_ContentInfo_st> message_;  // for looking at: verifying writes to what it verifies
};

// Whether all of it is one value with definite lengths as short as can be, no deeper than 32, and no string in pieces (X.690, DER).
bool is_strict_der(std::string_view bytes);

}  // namespace slipway::crypto
