// The command line that plugins and scripts for the existing API know: where it differs from ours. What it shares with ours, it has from
// the same functions (commands.hpp). docs/guide/moving-over.md lists what is served.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace slipway::cli {

class Command;
class Session;

// What "500ms", "5s", "1m" or "2h" is. Errors: invalid, naming `flag`.
Result<Milliseconds> duration_of(std::string_view text, std::string_view flag);
// Errors: invalid, naming the choices, for what is none of them.
Result<void> one_of(std::string_view given, std::initializer_list<std::string_view> choices);

// The way to the server as `netcheck` tells it there: one region, which is the server. Errors: unauthenticated without an address.
struct NetworkReport {
  std::string json;
  bool healthy = false;
};
Result<NetworkReport> network_report(Session& session);

void add_coder_login(Command root);  // login, login token, logout
void add_coder_version(Command root);
void add_coder_ssh(Command root);         // ssh and vscodessh, as plugins start them
void add_coder_config_ssh(Command root);  // config-ssh, connect exists
void add_coder_ping(Command root);
void add_coder_netcheck(Command root);

}  // namespace slipway::cli
