// What a daemon elsewhere sends: a value or an error, never a crash, and what was read is written and read again as the same.
#include "base/check.hpp"
#include "provisioner/wire.hpp"

namespace {

template <class T>
void there_and_back(std::string_view text) {
  namespace wire = slipway::provisioner::wire;
  const auto value = wire::decode<T>(text);
  if (!value) return;
  const auto written = wire::encode(*value);
  const auto again = wire::decode<T>(written);
  slipway::check(again.has_value(), "what was written cannot be read");
  slipway::check(wire::encode(*again) == written, "what was read is not what was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway::provisioner;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  there_and_back<wire::Acquire>(text);
  there_and_back<wire::Lines>(text);
  there_and_back<wire::End>(text);
  there_and_back<JobInput>(text);
  return 0;
}
