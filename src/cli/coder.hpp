// The command line that plugins and scripts for the existing API know: where it differs from ours. What it shares with ours, it has from
// the same functions (commands.hpp). docs/guide/moving-over.md lists what is served.
#pragma once

namespace slipway::cli {

class Command;

void add_coder_login(Command root);  // login, login token, logout
void add_coder_version(Command root);
void add_coder_ssh(Command root);  // ssh, as plugins start it

}  // namespace slipway::cli
