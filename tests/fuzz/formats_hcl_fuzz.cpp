// A template's text, as anybody may push it: blocks are found and their values worked out, or it is refused.
#include "formats/hcl.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway::formats::hcl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Lookup lookup = [](const std::vector<std::string>& steps) -> slipway::Result<Referent> {
    if (steps.size() > 1) return Referent{Value(steps[1]), 2};
    return Referent{Unknown{}, steps.size()};
  };
  (void)evaluate(text, lookup);
  const auto blocks = read_blocks(text);
  if (!blocks) return 0;
  for (const auto& block : *blocks)
    for (const auto& [name, expression] : block.attributes) (void)evaluate(expression, lookup);
  return 0;
}
