#include "rbac/permission.hpp"

namespace slipway::rbac {

std::string to_text(const Permission& permission) {
  std::string text = permission.negate ? "!" : "";
  text.append(name_of(permission.type)).append(":").append(name_of(permission.action));
  return text;
}

LevelMask mask_of(std::span<const Permission> permissions) {
  LevelMask mask;
  auto add_type = [&mask](const Permission& p, Resource type) {
    auto& side = p.negate ? mask.deny : mask.allow;
    if (p.action != Action::any) {
      if (valid(type, p.action)) side.add(pair_number(type, p.action));
      return;
    }
    for_each_action(actions_of(type), [&](Action action) { side.add(pair_number(type, action)); });
  };
  for (const auto& p : permissions) {
    if (p.type == Resource::any)
      for_each_type([&](Resource type) { add_type(p, type); });
    else if (p.type != Resource::unknown)
      add_type(p, p.type);
  }
  return mask;
}

}  // namespace slipway::rbac
