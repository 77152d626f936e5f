// A document and its signature, with a NUL between them: what no key of ours signed proves nothing, and no byte of it does harm.
#include "crypto/cms.hpp"
#include "crypto/hash.hpp"
#include "identity/anchors.hpp"
#include "identity/document.hpp"

#include <cstdint>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto anchors = identity::load_anchors({.offline = true});
  if (!anchors) __builtin_trap();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = text.substr(0, text.find('\0'));
  const auto signature = text.substr(std::min(document.size() + 1, text.size()));

  identity::Steps steps;
  const auto proven = identity::verify_aws(anchors->aws, document, signature, steps);
  if (proven || steps.all().empty() || steps.all().back().passed) __builtin_trap();
  // The same bytes as a message, without having to find their base64.
  identity::Steps again;
  if (identity::verify_aws(anchors->aws, document, crypto::base64(signature), again)) __builtin_trap();
  if (const auto object = identity::read_object(document); object && object->size() > document.size()) __builtin_trap();
  if (identity::claimed_aws(document).value_or("").size() > document.size()) __builtin_trap();
  return 0;
}
