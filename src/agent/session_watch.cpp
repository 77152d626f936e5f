#include "agent/session_watch.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace slipway::agent {

SessionKind kind_declared(std::string_view text) {
  static constexpr std::string_view kOfVsCode[] = {"vscode",   "vscode_insiders", "vscode_web",  "code_server", "cursor", "windsurf", "positron",
                                                   "vscodium", "codium",          "antigravity", "trae",        "kiro",   "devin"};
  std::string name = text::lower(text);
  std::ranges::replace(name, '-', '_');
  if (std::ranges::find(kOfVsCode, name) != std::end(kOfVsCode)) return SessionKind::vscode;
  return name == "jetbrains" ? SessionKind::jetbrains : SessionKind::ssh;
}

std::string_view to_string(SessionKind kind) {
  switch (kind) {
    case SessionKind::terminal: return "reconnecting_pty";
    case SessionKind::ssh: return "ssh";
    case SessionKind::vscode: return "vscode";
    case SessionKind::jetbrains: return "jetbrains";
  }
  return "ssh";
}

bool is_jetbrains(std::string_view command_line) {
  const std::string line = text::lower(command_line);
  for (const std::string_view mark : {"idea.vendor.name=jetbrains", "com.jetbrains.toolbox", "remote-dev-server"})
    if (line.find(mark) != std::string::npos) return true;
  return false;
}

SessionWatch::SessionWatch(Outbox& outbox, const Clock& clock, std::shared_ptr<Traffic> traffic, SessionKind kind, std::string_view given,
                           std::string_view ip)
    : outbox_(outbox), clock_(clock), traffic_(std::move(traffic)), kind_(kind) {
  const auto id = Uuid::parse(given);
  report_ = {
      .id = id && !id->is_nil() ? *id : Uuid::random(), .type = std::string(to_string(kind)), .at = clock.now(), .ip = std::string(ip), .reason = {}};
  count(1);
}

SessionWatch::~SessionWatch() {
  count(-1);
  turns_out(kind_);
  report_.connected = false;
  report_.at = clock_.now();
  outbox_.add_connection(std::move(report_));
}

void SessionWatch::turns_out(SessionKind kind) {
  const bool editor = kind_ == SessionKind::vscode || kind_ == SessionKind::jetbrains;
  if (told_ && (editor || kind == kind_)) return;
  if (kind != kind_) {
    count(-1);
    kind_ = kind;
    count(1);
    report_.type = to_string(kind);
  }
  told_ = true;
  outbox_.add_connection(report_);
}

void SessionWatch::reaches_jetbrains() {
  if (std::exchange(reached_, true)) return;
  if (kind_ == SessionKind::jetbrains) count(1);
  turns_out(SessionKind::jetbrains);
}

void SessionWatch::count(std::int64_t by) {
  switch (kind_) {
    case SessionKind::terminal: traffic_->terminals += by; break;
    case SessionKind::ssh: traffic_->ssh += by; break;
    case SessionKind::vscode: traffic_->vscode += by; break;
    case SessionKind::jetbrains:
      if (reached_) traffic_->jetbrains += by;
      break;
  }
}

}  // namespace slipway::agent
