#include "agent/outbox.hpp"

#include "agent/backoff.hpp"
#include "agent/chance.hpp"
#include "base/log.hpp"

namespace slipway::agent {

namespace {

constexpr std::size_t kMostConnections = 2048;
constexpr std::size_t kMostTimings = 1024;
constexpr Milliseconds kGather{100};  // lines that come together go together

// What to do after a failed report: nothing when it is to be tried again.
enum class Verdict { again, drop, give_up };

Verdict judge(const Error& error, std::string_view what) {
  if (error.code == Code::unauthenticated || error.code == Code::cancelled) return Verdict::give_up;
  if (worth_retrying(error)) {
    log::warn("a report could not be sent and will be tried again", {{"report", std::string(what)}, {"why", error.why}});
    return Verdict::again;
  }
  log::warn("the server does not take a report", {{"report", std::string(what)}, {"why", error.why}});
  return Verdict::drop;
}

}  // namespace

void Outbox::add_log(const Uuid& source, LogLine line) {
  const bool kept = logs_.push(source, std::move(line));
  if (!kept && !logs_.refused() && !std::exchange(warned_of_drops_, true)) log::warn("log lines are dropped: too many wait for the server");
  logs_changed_.notify();
}

void Outbox::advance(Lifecycle state, Time at) {
  if (!lifecycle_.advance(state, at)) return;
  log::info("lifecycle", {{"state", std::string(to_string(state))}});
  reports_changed_.notify();
}

void Outbox::begin_again() {
  lifecycle_.begin_again();
  logs_ = LogQueue();
  timings_.clear();
  warned_of_drops_ = false;
}

void Outbox::add_timing(const ScriptTiming& timing) {
  if (timings_.size() == kMostTimings) timings_.pop_front();
  timings_.push_back(timing);
  reports_changed_.notify();
}

void Outbox::add_connection(ConnectionReport report) {
  if (connections_.size() >= kMostConnections) {
    log::warn("a connection report was dropped: too many wait for the server");
    return;
  }
  connections_.push_back(std::move(report));
  reports_changed_.notify();
}

Task<Result<void>> Outbox::send_logs(ControlPlane& server) {
  Backoff backoff;
  while (true) {
    while (logs_.empty()) co_await logs_changed_.wait();
    co_await aio::sleep(kGather);
    const auto batch = logs_.batch();
    const auto sent = co_await server.send_logs(batch);
    if (sent) {
      logs_.sent(batch);
      backoff.reset();
      continue;
    }
    if (sent.error().code == Code::too_large) {
      log::warn("the server takes no more log lines from this agent; the log files on this machine go on");
      logs_.refuse();
      continue;
    }
    const auto verdict = judge(sent.error(), "logs");
    if (verdict == Verdict::give_up) co_return sent;
    if (verdict == Verdict::drop) logs_.sent(batch);
    co_await aio::sleep(backoff.next(chance()));
  }
}

// True when there was something to send.
Task<Result<bool>> Outbox::send_one_report(ControlPlane& server) {
  if (const auto change = lifecycle_.unsent()) {
    const auto sent = co_await server.report_lifecycle(*change);
    const auto verdict = sent ? Verdict::drop : judge(sent.error(), "lifecycle");
    if (verdict == Verdict::drop) lifecycle_.sent();
    if (!sent && verdict != Verdict::drop) co_return std::unexpected(sent.error());
    co_return true;
  }
  if (!timings_.empty()) {
    const auto sent = co_await server.report_timing(timings_.front());
    const auto verdict = sent ? Verdict::drop : judge(sent.error(), "script timing");
    if (verdict == Verdict::drop && !timings_.empty()) timings_.pop_front();
    if (!sent && verdict != Verdict::drop) co_return std::unexpected(sent.error());
    co_return true;
  }
  if (!connections_.empty()) {
    const auto sent = co_await server.report_connection(connections_.front());
    const auto verdict = sent ? Verdict::drop : judge(sent.error(), "connection");
    if (verdict == Verdict::drop) connections_.pop_front();
    if (!sent && verdict != Verdict::drop) co_return std::unexpected(sent.error());
    co_return true;
  }
  co_return false;
}

Task<Result<void>> Outbox::send_reports(ControlPlane& server) {
  Backoff backoff;
  while (true) {
    const auto sent = co_await send_one_report(server);
    if (sent) {
      backoff.reset();
      if (!*sent) co_await reports_changed_.wait();
      continue;
    }
    if (sent.error().code == Code::unauthenticated || sent.error().code == Code::cancelled) co_return std::unexpected(sent.error());
    co_await aio::sleep(backoff.next(chance()));
  }
}

}  // namespace slipway::agent
