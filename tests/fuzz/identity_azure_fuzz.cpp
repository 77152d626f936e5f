// A signed message in DER: whatever is read of it is strict, and without a root there is no chain.
#include "crypto/cms.hpp"
#include "crypto/hash.hpp"
#include "identity/azure.hpp"

#include <cstdint>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  const auto message = crypto::SignedMessage::parse(der);
  if (message && !crypto::is_strict_der(der)) __builtin_trap();
  if (message) {
    if (message->signer() && message->signers() != 1) __builtin_trap();
    for (const auto& one : message->certificates()) {
      if (const auto key = one.key(); key && message->verified(one) && message->signers() != 1) __builtin_trap();
      if (one.subject().empty() && !one.common_names().empty()) __builtin_trap();
      if (one.issuer_urls().size() > size) __builtin_trap();
    }
    if (message->signed_at() && message->signers() != 1) __builtin_trap();
  }
  identity::Steps steps;
  if (identity::verify_azure({}, crypto::base64(der), system_clock().now(), steps)) __builtin_trap();
  if (steps.all().empty() || steps.all().back().passed) __builtin_trap();
  if (identity::claimed_azure(crypto::base64(der)).value_or("").size() > size) __builtin_trap();
  return 0;
}
