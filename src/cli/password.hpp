// Passwords that are given beforehand instead of typed.
#pragma once

#include "base/result.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace slipway::cli {

// What `flag` was given, "-" for a line of standard input, or else the first of `variables` that is set; empty: nobody gave one. Warns
// of one on the command line, where others can read it. Errors: invalid when standard input has no line.
Result<std::string> given_password(std::string_view flag, const std::string& value, std::initializer_list<const char*> variables);

}  // namespace slipway::cli
