// Who the agent runs as. /etc/passwd is read by hand: glibc's own lookup needs shared parts that a static program lacks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::agent {

struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string name;
  std::string home;
  std::string shell;
};

// The line of `passwd` (the text of /etc/passwd) with that uid. Pure.
std::optional<User> find_user(std::string_view passwd, std::uint32_t uid);

// The user of this process. HOME wins over /etc/passwd; what neither tells comes from USER and SHELL, at last "/" and a
// shell that exists.
User current_user();

}  // namespace slipway::agent
