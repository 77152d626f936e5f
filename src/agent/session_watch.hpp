// One session of a person inside the workspace, for as long as it lasts: counted by its kind, and told to the server when it begins
// and when it ends, under the id that the server gave it. home: own thread.
#pragma once

#include "agent/outbox.hpp"
#include "agent/traffic.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::agent {

// What a session is for. Of SSH, the editors are told apart: they say so in CODER_SSH_SESSION_TYPE, or forward a port to their own
// server in the workspace. JetBrains' are counted by that port alone: they open several connections for one window.
enum class SessionKind { terminal, ssh, vscode, jetbrains };
inline constexpr std::string_view kSessionTypeVariable = "CODER_SSH_SESSION_TYPE";

// As clients declare it; anything else is plain SSH. Pure.
SessionKind kind_declared(std::string_view text);
// In the words of the connection log.
std::string_view to_string(SessionKind kind);
// Is a listener with this command line the server side of a JetBrains editor? Pure.
bool is_jetbrains(std::string_view command_line);

class SessionWatch {
 public:
  // `given` is the server's id of the session; without one it gets its own.
  SessionWatch(Outbox& outbox, const Clock& clock, std::shared_ptr<Traffic> traffic, SessionKind kind, std::string_view given, std::string_view ip);
  ~SessionWatch();  // a cancelled session ends here too
  SessionWatch(const SessionWatch&) = delete;
  SessionWatch& operator=(const SessionWatch&) = delete;

  // What it turned out to be. The beginning is told with the first of these; an editor's word is not taken back by a plain shell.
  void turns_out(SessionKind kind);
  // A port of it leads to a JetBrains editor's server.
  void reaches_jetbrains();
  void exited(int code) { report_.status_code = code; }

 private:
  void count(std::int64_t by);

  Outbox& outbox_;
  const Clock& clock_;
  std::shared_ptr<Traffic> traffic_;
  SessionKind kind_;
  bool told_ = false, reached_ = false;
  ConnectionReport report_;
};

}  // namespace slipway::agent
