#include "features/audit/recorder.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "http/audit.hpp"
#include "http/routes.hpp"
#include "store/db.hpp"

#include <span>

namespace slipway::audit {

namespace {

constexpr Seconds kEvery{1};
constexpr int kLook = 60;  // after so many rounds the folder is looked through, for what others left
constexpr std::size_t kBatch = 500;

// Nothing is known of the object: the path tells.
void name_by_path(const http::Call& call, const http::Route& route, store::Trace& trace) {
  trace.resource_type = http::trail_type_of(route.pattern);
  const auto open = route.pattern.rfind('{'), close = route.pattern.rfind('}');
  if (open == std::string::npos || close < open) return;
  const auto value = call.path(std::string_view(route.pattern).substr(open + 1, close - open - 1));
  if (const auto id = Uuid::parse(value))
    trace.resource_id = *id;
  else
    trace.target = value;
}

bool wanted(const http::Finished& done) {
  if ((done.status >= 300 && done.status < 400) || done.status == 429) return false;  // nothing was done
  // With one line whoever they are: it takes time to write.
  const bool at_the_door = done.route->auth == http::Auth::none || done.route->auth == http::Auth::maybe_user;
  return done.status < 400 || at_the_door || !done.call->actor().user_id.is_nil();
}

store::TrailLine line_of(const http::Finished& done) {
  const auto& call = *done.call;
  store::TrailLine line{.id = AuditId::random(),
                        .time = call.now(),
                        .trace = call.audit_note(),
                        .request = call.id(),
                        .ip = call.client_ip(),
                        .user_agent = call.origin()->user_agent,
                        .status = done.status};
  if (line.trace.resource_type.empty()) name_by_path(call, *done.route, line.trace);
  line.trace.target = http::storable(line.trace.target);
  if (line.trace.user.is_nil()) line.trace.user = call.actor().user_id;
  if (line.trace.action.empty()) line.trace.action = http::name_of(done.route->audit);
  return line;
}

void report_lost(const store::TrailLine& line, const std::string& disk, const std::string& database) {
  log::error("a line of the audit trail is lost: neither disk nor database took it", {{"disk", disk},
                                                                                      {"database", database},
                                                                                      {"request_id", line.request.str()},
                                                                                      {"user", line.trace.user.str()},
                                                                                      {"action", line.trace.action},
                                                                                      {"type", line.trace.resource_type},
                                                                                      {"resource", line.trace.resource_id.str()},
                                                                                      {"target", line.trace.target},
                                                                                      {"status", std::to_string(line.status)},
                                                                                      {"ip", line.ip}});
}

using Duty = store::DutyStore<rbac::Duty::audit_recorder>;

// A database that is away or busy takes them later.
bool may_pass(Code code) { return code == Code::unavailable || code == Code::timed_out || code == Code::cancelled; }

// What one round of storing came to.
struct Round {
  struct Refused {
    const store::TrailLine* line;
    Error error;
  };
  bool took_some = false;  // so that what it refused is at fault, and not the database
  std::vector<Refused> refused;
};

// Errors: the database is away. One line that it refuses does not hold up the others.
Task<Result<void>> store_batch(Duty& duty, std::span<const store::TrailLine> batch, Round& round) {
  const auto kept = co_await store::keep(duty, {batch.begin(), batch.end()});
  round.took_some = round.took_some || kept;
  if (kept || may_pass(kept.error().code)) co_return kept;
  for (const auto& line : batch) {
    const std::vector<store::TrailLine> alone{line};
    const auto one = co_await store::keep(duty, alone);
    round.took_some = round.took_some || one || one.error().code == Code::invalid;
    if (!one && may_pass(one.error().code)) co_return one;
    if (!one) round.refused.push_back({&line, one.error()});
  }
  co_return Result<void>();
}

Task<Result<void>> store_lines(http::Home& home, const std::vector<store::TrailLine>& lines, Round& round) {
  auto duty = home.db.duty<rbac::Duty::audit_recorder>();
  for (std::size_t at = 0; at < lines.size(); at += kBatch) {
    const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(at),
               end = lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), at + kBatch));
    const std::span<const store::TrailLine> batch(begin, end);
    CO_CHECK(co_await store_batch(duty, batch, round));
  }
  co_return Result<void>();
}

}  // namespace

Task<void> Recorder::record(const http::Finished& done) {
  if (!wanted(done)) co_return;
  if (done.status < 400) {
    const std::lock_guard hold(lock_);
    untraced_.insert(done.route->method + " " + done.route->pattern);
  }
  const auto line = line_of(done);
  const auto append = [&] { return journal_.append(line); };
  const auto appended = co_await aio::blocking(append);
  more_ = true;
  if (appended) co_return;
  // The disk does not take it: the database, then, although the caller waits for it.
  auto duty = done.home->db.duty<rbac::Duty::audit_recorder>();
  const std::vector<store::TrailLine> alone{line};
  const auto kept = co_await store::keep(duty, alone);
  if (kept) co_return;
  ++lost_;
  report_lost(line, appended.error().say, kept.error().why);
}

Task<Result<void>> Recorder::store_all(http::Home& home) {
  const auto take = [this] { return journal_.take(); };
  auto ended = co_await aio::blocking(take);
  Result<void> outcome;
  Round round;
  for (const auto& one : ended)
    if (outcome) outcome = co_await store_lines(home, one.lines, round);
  if (outcome && !round.refused.empty()) {
    if (!round.took_some) outcome = std::unexpected(round.refused.front().error);
    for (const auto& [line, error] : round.refused)
      if (outcome) report_lost(*line, "", error.why);
  }
  for (auto& one : ended) {
    const auto finish = [&] { outcome ? journal_.forget(one) : journal_.leave(one); };
    co_await aio::blocking(finish);
  }
  co_return outcome;
}

Task<void> Recorder::keep_storing(http::Home& home) {
  bool well = true;
  for (int round = 0;; ++round) {
    if (more_.exchange(false) || round % kLook == 0) {
      const auto stored = co_await store_all(home);
      if (!stored) more_ = true;
      if (!stored && well) log::warn("the audit journal waits for the database", {{"why", stored.error().why}});
      well = stored.has_value();
    }
    co_await aio::sleep(kEvery);
  }
}

std::set<std::string> Recorder::untraced() {
  const std::lock_guard hold(lock_);
  return untraced_;
}

}  // namespace slipway::audit
