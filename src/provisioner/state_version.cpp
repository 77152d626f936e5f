#include "provisioner/state_version.hpp"

#include "provisioner/engine.hpp"
#include "provisioner/json_read.hpp"

namespace slipway::provisioner {

StateVersion state_version(std::string_view plain) {
  StateVersion out;
  const auto parsed = parse_json(plain, "the state", 256 << 20);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (!object) return out;
  out.serial = number(*object, "serial", -1);
  out.lineage = text(*object, "lineage");
  const auto* resources = array_field(*object, "resources");
  out.empty = !(resources && !resources->empty()) && !field(*object, "encrypted_data");
  return out;
}

StateVersion packed_state_version(std::string_view packed) {
  const auto plain = unpack(packed);
  return plain ? state_version(*plain) : StateVersion{};
}

}  // namespace slipway::provisioner
