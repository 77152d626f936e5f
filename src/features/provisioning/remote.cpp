// The server's side of daemons of their own processes (provisioner/wire.hpp): each request proves itself by its organization's key
// and finds what it needs in the rows, so that any replica answers it.
#include "aio/blocking.hpp"
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "api/json.hpp"
#include "base/log.hpp"
#include "features/provisioning/work.hpp"
#include "features/quotas/quotas.hpp"
#include "http/routes.hpp"
#include "provisioner/log_buffer.hpp"
#include "provisioner/wire.hpp"

namespace slipway::provisioning {

namespace {

namespace wire = provisioner::wire;
using Duty = rbac::Duty;

constexpr std::size_t kLongestName = 64, kMostEngines = 10;
constexpr Milliseconds kTick{1000};  // how soon a waiting daemon is sent away when the server stops

template <class T>
Task<Result<T>> asked(http::Call& call, std::size_t most) {
  CO_TRY(text, co_await call.exchange().body(most));
  const auto decode = [&text] { return wire::decode<T>(text); };
  co_return text.size() > wire::kMostAsk ? co_await aio::blocking(decode) : decode();
}

// The key behind the request as it is now: it may have been deleted while the request waited.
Task<Result<jobs::sql::Key>> live_key(http::Call& call) {
  auto duty = call.db().duty<Duty::provisioner_daemon>(call.cost());
  CO_TRY(key, co_await jobs::sql::key_of(duty, call.principal().provisioner->key_id));
  if (!key) co_return fail(Code::unauthenticated, "The provisioner key was deleted.", "Make another one: slipway provisioner keys create NAME.");
  co_return std::move(*key);
}

Result<jobs::Tags> tags_of(const jobs::sql::Key& key, const jobs::Tags& asked) {
  TRY(own, api::from_json<jobs::Tags>(key.tags.text));
  if (asked.empty()) return jobs::complete_tags(std::move(own));
  for (const auto& [name, value] : asked)
    if (const auto found = own.find(name); found == own.end() || found->second != value)
      return fail_field("Validation failed.", "tags",
                        fmt::format("The key \"{}\" has not the tag {}={}. Its tags: {}.", key.name, name, value, jobs::describe(own)));
  return jobs::complete_tags(asked);
}

Result<void> check(const wire::Acquire& ask) {
  if (ask.name.empty() || ask.name.size() > kLongestName)
    return fail_field("Validation failed.", "name", fmt::format("A daemon needs a name of at most {} characters.", kLongestName));
  if (ask.engines.empty() || ask.engines.size() > kMostEngines)
    return fail_field("Validation failed.", "engines", fmt::format("Name one to {} engines.", kMostEngines));
  for (const auto& engine : ask.engines)
    if (engine.empty() || engine.size() > kLongestName)
      return fail_field("Validation failed.", "engines", "An engine has a short name, such as terraform.");
  if (ask.version.size() > 4 * kLongestName) return fail_field("Validation failed.", "version", "Too long.");
  if (ask.request.is_nil()) return fail_field("Validation failed.", "request", "Name each asking by a new UUID.");
  return {};
}

Task<Result<DaemonId>> enrol(http::Call& call, const wire::Acquire& ask, const jobs::sql::Key& key) {
  CO_TRY(tags, tags_of(key, ask.tags));
  auto duty = call.db().duty<Duty::provisioner_daemon>(call.cost());
  const jobs::sql::SaveDaemonArgs args{.daemon_id = DaemonId::random(),
                                       .organization_id = key.organization_id,
                                       .key_id = key.id,
                                       .name = ask.name,
                                       .provisioners = ask.engines,
                                       .tags = {jobs::to_json(tags)},
                                       .version = ask.version,
                                       .api_version = std::string(wire::kApiVersion),
                                       .replica_id = {},
                                       .serves = {},
                                       .now = duty.now()};
  CO_TRY(id, co_await jobs::sql::save_daemon(duty, args));
  if (!id)
    co_return fail(Code::conflict, fmt::format("A provisioner named \"{}\" uses another key.", ask.name), "Start this one with another --name.");
  co_return *id;
}

// Waits for news of one channel, and knows when the daemon that waits has gone: what it would be given must stay in the queue.
class Caller {
 public:
  // `payload` empty: any.
  Caller(http::Call& call, std::string_view channel, std::string payload = {})
      : event_(std::make_shared<aio::Event>(call.home().executor)), watch_(call.home().executor) {
    const auto wake = [event = event_, payload = std::move(payload)](const pg::Wake& news) {
      if (news.missed || payload.empty() || news.payload == payload) event->notify();
    };
    posted_ = call.db().listener().subscribe(call.home().executor, std::string(channel), wake);
    auto watch = [](net::Exchange* exchange, std::shared_ptr<aio::Event> event, std::shared_ptr<bool> gone) -> Task<void> {
      co_await exchange->caller_left();
      *gone = true;
      event->notify();
    };
    watch_.start(watch, &call.exchange(), event_, gone_);
  }
  bool gone() const { return *gone_; }
  Task<bool> wait(Milliseconds limit) { co_return co_await event_->wait_for(limit); }
  Task<void> stop() { co_await watch_.stop(); }

 private:
  std::shared_ptr<aio::Event> event_;
  std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);
  pg::Listener::Subscription posted_;
  aio::Nursery watch_;
};

Task<Result<std::optional<provisioner::JobInput>>> wait_for_job(http::Call& call, const SourceOptions& options, const wire::Acquire& ask,
                                                                DaemonId worker, Caller& caller) {
  const auto patience = std::clamp(Milliseconds(ask.wait_ms), Milliseconds(0), wire::kMostWait);
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto stopping = [&options] { return options.stopping && options.stopping->load(); };
  for (;;) {
    if (stopping()) co_return fail(Code::unavailable, "The server is stopping: it gives out no more jobs.");
    CO_TRY(input, co_await take(call.home(), options, worker, ask.request, ask.holder.is_nil() ? std::nullopt : std::optional(ask.holder)));
    if (input) co_return std::move(input);
    // A daemon asks again when its patience is over, and then the queue is looked at: that is for wake-ups that got lost.
    auto duty = call.db().duty<Duty::provisioner_daemon>(call.cost());
    auto seen = std::chrono::steady_clock::now();
    for (bool woken = false; !woken;) {
      const auto now = std::chrono::steady_clock::now();
      const auto left = std::chrono::duration_cast<Milliseconds>(until - now);
      if (left <= Milliseconds(0) || caller.gone()) co_return std::nullopt;
      if (stopping()) break;
      if (now - seen >= jobs::kDaemonReports) {
        CO_CHECK(co_await jobs::sql::daemon_seen(duty, duty.now(), std::vector{worker}));
        seen = now;
      }
      woken = co_await caller.wait(std::min(left, kTick));
    }
    CO_CHECK(co_await live_key(call));
  }
}

Task<Result<http::Handled>> acquire(http::Call& call, const SourceOptions& options) {
  CO_TRY(ask, co_await asked<wire::Acquire>(call, wire::kMostAsk));
  CO_CHECK(check(ask));
  CO_TRY(key, co_await live_key(call));
  CO_TRY(worker, co_await enrol(call, ask, key));
  Caller caller(call, jobs::kPosted);
  auto job = co_await wait_for_job(call, options, ask, worker, caller);
  const bool gone = caller.gone();
  co_await caller.stop();
  CO_TRY(input, std::move(job));
  const auto encode = [&input] { return input ? http::json(200, wire::encode(*input)) : net::Response{.status = 204, .headers = {}, .body = {}}; };
  auto answer = co_await aio::blocking(encode);
  bool sent = !gone;
  if (sent) sent = (co_await call.exchange().send(std::move(answer))).has_value();
  if (!sent && input) {
    log::info("a job goes back to the queue: its daemon went away", {{"job", input->id.str()}});
    CO_CHECK(co_await release(call.home(), input->id, worker));
  }
  co_return http::Handled{};
}

// The job of the path, while a daemon of this very key runs it. Errors: not_found, so that the daemon lets go.
Task<Result<jobs::sql::Running>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<JobId>("job"));
  const auto& key = *call.principal().provisioner;
  auto duty = call.db().duty<Duty::provisioner_daemon>(call.cost());
  CO_TRY(job, co_await jobs::sql::running(duty, id));
  if (!job || job->key_id != key.key_id || job->organization_id != key.organization_id) co_return not_found();
  co_return std::move(*job);
}

// A job of the path that a daemon of this very key has or had. Errors: not_found.
Task<Result<jobs::sql::Had>> had_of_path(http::Call& call) {
  CO_TRY(id, call.path_id<JobId>("job"));
  const auto& key = *call.principal().provisioner;
  auto duty = call.db().duty<Duty::provisioner_daemon>(call.cost());
  CO_TRY(job, co_await jobs::sql::had_by(duty, id));
  if (!job || job->key_id != key.key_id || job->organization_id != key.organization_id) co_return not_found();
  co_return std::move(*job);
}

Task<Result<http::NoContent>> begin_again(http::Call& call) {
  CO_TRY(ask, co_await asked<wire::Begin>(call, wire::kMostAsk));
  if (!ask.holder.is_nil()) CO_CHECK(co_await begin(call.home(), ask.holder, call.principal().provisioner->key_id, std::move(ask.held)));
  co_return http::NoContent{};
}

// The lease is kept at once; the answer comes when somebody wants the job stopped, or the daemon's patience is over.
Task<Result<http::Json>> heartbeat(http::Call& call, const SourceOptions& options) {
  CO_TRY(ask, co_await asked<wire::Wait>(call, wire::kMostAsk));
  CO_TRY(job, co_await of_path(call));
  const auto until = std::chrono::steady_clock::now() + std::clamp(Milliseconds(ask.wait_ms), Milliseconds(0), wire::kMostBeat);
  Caller caller(call, jobs::kStopped, job.id.str());
  auto orders = co_await keep_lease(call.home(), job.id, job.worker_id);
  while (orders && *orders == provisioner::Orders::go_on && !caller.gone() && !(options.stopping && options.stopping->load())) {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= Milliseconds(0)) break;
    if (co_await caller.wait(std::min(left, kTick))) orders = co_await keep_lease(call.home(), job.id, job.worker_id);
  }
  co_await caller.stop();
  if (!orders) co_return std::unexpected(std::move(orders).error());
  co_return http::Json{wire::encode(wire::Beat{*orders})};
}

Task<Result<http::NoContent>> logs(http::Call& call) {
  CO_TRY(job, co_await of_path(call));
  CO_TRY(ask, co_await asked<wire::Lines>(call, wire::kMostLogs));
  if (ask.lines.size() > wire::kMostLines) co_return fail(Code::too_large, fmt::format("At most {} log lines may come at once.", wire::kMostLines));
  const provisioner::RunnerOptions limits;
  for (auto& line : ask.lines) {
    line.output = provisioner::clean_line(line.output, limits.log_longest_line + 64);
    line.stage = provisioner::clean_line(line.stage, 256);
  }
  CO_CHECK(co_await add_logs(call.home(), job.id, std::move(ask.lines)));
  co_return http::NoContent{};
}

Task<Result<http::Json>> quota(http::Call& call) {
  CO_TRY(job, co_await of_path(call));
  CO_TRY(ask, co_await asked<wire::Quota>(call, wire::kMostAsk));
  CO_TRY(verdict, co_await quotas::commit(call.home(), job.id, ask.daily_cost));
  co_return http::Json{wire::encode(verdict)};
}

Task<Result<http::NoContent>> finish(http::Call& call, const SourceOptions& options) {
  CO_TRY(job, co_await had_of_path(call));
  CO_TRY(ask, co_await asked<wire::End>(call, wire::kMostResult));
  if (ask.failure && ask.failure->say.empty()) ask.failure->say = "The provisioner failed without saying why.";
  if (ask.failure && ask.failure->code != provisioner::kMissingVariables && ask.failure->code != provisioner::kInsufficientQuota)
    ask.failure->code.clear();
  CO_CHECK(co_await end(call.home(), options, job.id, job.worker_id, std::move(ask.outcome), std::move(ask.failure)));
  co_return http::NoContent{};
}

Task<Result<http::NoContent>> give_back(http::Call& call) {
  CO_TRY(job, co_await of_path(call));
  CO_CHECK(co_await release(call.home(), job.id, job.worker_id));
  co_return http::NoContent{};
}

// Where daemons made for the original's protocol knock.
Task<Result<http::NoContent>> other_protocol(http::Call&) {
  co_return fail(Code::invalid, "This server does not speak the protocol of this provisioner daemon.",
                 "Run `slipwayd provisioner` instead; it takes the same address, key and tags.");
}

}  // namespace

void add_routes(http::Routes& routes, SourceOptions options) {
  using http::Audit, http::Auth, http::Rate;
  const std::string root(wire::kRoot), job = root + "/jobs/{job}";
  const auto shared = std::make_shared<const SourceOptions>(std::move(options));
  routes.post<Auth::provisioner, Audit::none, Rate::none>(root + "/acquire", [shared](http::Call& call) { return acquire(call, *shared); });
  routes.post<Auth::provisioner, Audit::none, Rate::none>(root + "/begin", begin_again);
  routes.get<Auth::user_or_provisioner, Audit::none>("/api/v2/organizations/{organization}/provisionerdaemons/serve", other_protocol);
  routes.post<Auth::provisioner, Audit::none, Rate::none, http::Within::stream>(job + "/heartbeat",
                                                                                [shared](http::Call& call) { return heartbeat(call, *shared); });
  routes.post<Auth::provisioner, Audit::none, Rate::none>(job + "/logs", logs);
  routes.post<Auth::provisioner, Audit::none, Rate::none, http::Within::upload>(job + "/quota", quota);  // it may wait for its turn
  routes.post<Auth::provisioner, Audit::none, Rate::none, http::Within::upload>(job + "/end",
                                                                                [shared](http::Call& call) { return finish(call, *shared); });
  routes.post<Auth::provisioner, Audit::none, Rate::none>(job + "/release", give_back);
}

}  // namespace slipway::provisioning
