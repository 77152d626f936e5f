#include "agent/user.hpp"

#include "agent/files.hpp"
#include "base/text.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

namespace slipway::agent {

namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool runnable(const std::string& path) { return !path.empty() && ::access(path.c_str(), X_OK) == 0; }

}  // namespace

std::string existing_shell(const std::string& wanted) {
  for (const std::string& one : {wanted, from_environment("SHELL"), std::string("/bin/bash"), std::string("/bin/sh"), std::string("/bin/busybox")})
    if (runnable(one) && !one.ends_with("/nologin") && !one.ends_with("/false")) return one;
  return "/bin/sh";
}

std::optional<User> find_user(std::string_view passwd, std::uint32_t uid) {
  for (const auto line : text::split(passwd, '\n')) {
    const auto fields = text::split(line, ':');
    if (fields.size() < 7) continue;
    const auto found = text::number<std::uint32_t>(fields[2]);
    if (!found || *found != uid) continue;
    return User{*found, text::number<std::uint32_t>(fields[3]).value_or(0), std::string(fields[0]), std::string(fields[5]), std::string(fields[6])};
  }
  return std::nullopt;
}

std::string AccountNames::name_of(Names& names, const char* file, std::uint32_t wanted) {
  if (!names) {
    names.emplace();
    const auto text = read_small_file(file).value_or("");
    for (const auto line : text::split(text, '\n')) {
      const auto fields = text::split(line, ':');
      if (fields.size() < 3) continue;
      if (const auto id = text::number<std::uint32_t>(fields[2])) names->try_emplace(*id, fields[0]);
    }
  }
  const auto found = names->find(wanted);
  return found == names->end() ? std::to_string(wanted) : found->second;
}

User current_user() {
  const auto uid = ::getuid();
  User user = find_user(read_small_file("/etc/passwd").value_or(""), uid).value_or(User{uid, ::getgid(), from_environment("USER"), {}, {}});
  if (user.name.empty()) user.name = std::to_string(uid);
  // Whoever started the agent may have moved its home; what it starts sees the same.
  if (const auto home = from_environment("HOME"); !home.empty()) user.home = home;
  if (user.home.empty()) user.home = "/";
  user.shell = existing_shell(user.shell);
  return user;
}

}  // namespace slipway::agent
