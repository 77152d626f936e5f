#include "cli/password.hpp"

#include "cli/config.hpp"
#include "cli/print.hpp"

#include <iostream>

namespace slipway::cli {

Result<std::string> given_password(std::string_view flag, const std::string& value, std::initializer_list<const char*> variables) {
  if (value.empty()) return environment(variables).value_or("");
  if (value != "-") {
    tell("warning: Every process of this machine can read what {} is given. Put it into {}, or give {} - and write it to standard input.\n", flag,
         *variables.begin(), flag);
    return value;
  }
  std::string line;
  if (std::getline(std::cin, line) && !line.empty()) return line;
  return fail(Code::invalid, fmt::format("{} - reads a password from standard input, and there was none.", flag));
}

}  // namespace slipway::cli
