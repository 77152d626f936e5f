// Who the agent runs as. /etc/passwd is read by hand: glibc's own lookup needs shared parts that a static program lacks.
#pragma once

#include <cstdint>
#include <map>
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

// `wanted` where it takes commands, else SHELL, else what a machine has; accounts of services have one that refuses everybody.
std::string existing_shell(const std::string& wanted);

// Names of users and groups by their number, the number itself where there is none. Reads the files when first asked.
class AccountNames {
 public:
  std::string user(std::uint32_t uid) { return name_of(users_, "/etc/passwd", uid); }
  std::string group(std::uint32_t gid) { return name_of(groups_, "/etc/group", gid); }

 private:
  using Names = std::optional<std::map<std::uint32_t, std::string>>;
  static std::string name_of(Names& names, const char* file, std::uint32_t number);
  Names users_, groups_;
};

// The user of this process. HOME wins over /etc/passwd; what neither tells comes from USER and SHELL, at last "/" and a
// shell that exists.
User current_user();

}  // namespace slipway::agent
