// Instance identity of AWS: a JSON document and a signature over its very bytes, by a key that AWS publishes for each region.
#pragma once

#include "crypto/certificate.hpp"
#include "identity/proof.hpp"

#include <set>

namespace slipway::identity {

// The keys that sign documents. Of a certificate the key alone counts: most are past their date and still in service.
class AwsPins {
 public:
  // `name` is a region, such as eu-west-1, or whatever else its file is called. Certificates with one key are one pin.
  void add(const std::string& name, const crypto::Certificate& certificate);
  bool empty() const { return pins_.empty(); }

 private:
  friend Result<Proven> verify_aws(const AwsPins&, std::string_view, std::string_view, Steps&);
  struct Pin {
    crypto::PublicKey key;
    crypto::Certificate certificate;
    std::string fingerprint;  // of the key
    std::set<std::string> names;
  };
  const Pin* signer_of(std::string_view document, std::string_view signature) const;
  bool serves(const Pin& pin, const std::string& region) const;

  std::vector<Pin> pins_;
};

// Pure. `signature` is base64 of a bare RSA signature with SHA-256 (…/instance-identity/signature), or of a PKCS#7 message about the
// same bytes (…/instance-identity/rsa2048). A document that names a region which has pins is signed by one of those.
Result<Proven> verify_aws(const AwsPins& pins, std::string_view document, std::string_view signature, Steps& steps);

// Which machine a proof that was refused says it is of: good for telling why an agent does not come, and for nothing else. Nothing when
// it cannot be made out.
std::optional<std::string> claimed_aws(std::string_view document);

}  // namespace slipway::identity
