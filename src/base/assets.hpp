// A file that the build put into the program.
#pragma once

#include <span>
#include <string_view>

namespace slipway {

struct Asset {
  std::string_view path;  // relative to the folder that was embedded
  std::string_view bytes;
};
using Assets = std::span<const Asset>;

}  // namespace slipway
