// What this build calls itself.
#pragma once

#include <string_view>

namespace slipway {

// Of Slipway itself.
inline constexpr std::string_view kRelease = "1.0.0";
// To clients, who compare it with their own: the newest minor whose routes we serve; a patch of a thousand and more, which nobody else's
// releases have; and ours as build metadata, since what follows a "-" would sort below the release (docs/guide/moving-over.md). It changes
// with every release, in the server and the programs it hands out alike: some keep what they downloaded while it is the same.
inline constexpr std::string_view kVersion = "v2.36.1001+slipway.1.0.0";
inline constexpr std::string_view kNumbers = kVersion.substr(1, kVersion.find('+') - 1);

#if defined(__aarch64__)
inline constexpr std::string_view kArchitecture = "arm64";
#elif defined(__arm__)
inline constexpr std::string_view kArchitecture = "armv7";
#else
inline constexpr std::string_view kArchitecture = "amd64";
#endif

}  // namespace slipway
