// The command line that plugins and scripts for the existing API know: where it differs from ours. What it shares with ours, it has from
// the same functions (commands.hpp). docs/guide/moving-over.md lists what is served.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace slipway::cli {

class Command;

// What "500ms", "5s", "1m" or "2h" is. Errors: invalid, naming `flag`.
Result<Milliseconds> duration_of(std::string_view text, std::string_view flag);
// Errors: invalid, naming the choices, for what is none of them.
Result<void> one_of(std::string_view given, std::initializer_list<std::string_view> choices);

void add_coder_login(Command root);  // login, login token, logout
void add_coder_version(Command root);
void add_coder_ssh(Command root);  // ssh, as plugins start it

}  // namespace slipway::cli
