// What this build calls itself. Clients compare it with their own; the "v2.x" form is what existing ones understand.
#pragma once

#include <string_view>

namespace slipway {

inline constexpr std::string_view kVersion = "v2.29.0-slipway.1";

}  // namespace slipway
