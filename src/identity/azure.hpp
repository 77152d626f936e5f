// Attested data of Azure: a PKCS#7 message whose signer's certificate leads to a public root. Pure; in two halves, for between them an
// issuer may have to be fetched.
#pragma once

#include "crypto/certificate.hpp"
#include "identity/proof.hpp"

#include <span>

namespace slipway::identity {

struct AzureTrust {
  crypto::TrustStore roots;
  std::vector<crypto::Certificate> between;
};

// A message that is good in itself; whose it is has yet to be seen.
struct AzureMessage {
  std::string content;
  crypto::Certificate signer;
  std::vector<crypto::Certificate> brought;  // certificates that came with it
};

Result<AzureMessage> open_azure(std::string_view signature, Steps& steps);

// The chain from the signer to a root, all of it valid `now`. Errors as TrustStore::chain has them: not a refusal yet.
Result<std::vector<crypto::Certificate>> chain_of(const AzureMessage& message, const AzureTrust& trust, std::span<const crypto::Certificate> fetched,
                                                  Time now);

// The machine, once there is a chain.
Result<Proven> prove_azure(const AzureMessage& message, const std::vector<crypto::Certificate>& chain, Steps& steps);

// Both halves, with nothing fetched in between.
Result<Proven> verify_azure(const AzureTrust& trust, std::string_view signature, Time now, Steps& steps);

// As claimed_aws: of a message that is good in itself, whoever has signed it.
std::optional<std::string> claimed_azure(std::string_view signature);

// ^(.*\.)?metadata\.(azure\.(com|us|cn)|microsoftazure\.de)$
bool is_azure_signer(std::string_view common_name);

}  // namespace slipway::identity
