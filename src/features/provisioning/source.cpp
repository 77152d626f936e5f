// The built-in daemons' way to the queue: straight to the store.
#include "aio/event.hpp"
#include "features/jobs/meter.hpp"
#include "features/organizations/organizations.hpp"
#include "features/provisioning/work.hpp"
#include "features/quotas/quotas.hpp"

#include <unistd.h>
#include <random>

namespace slipway::provisioning {

namespace {

// Between four fifths and the whole, so that daemons do not all look at once.
Milliseconds some_of(Milliseconds whole) {
  static std::minstd_rand generator{std::random_device{}()};
  return whole - Milliseconds(std::uniform_int_distribution<std::int64_t>(0, whole.count() / 5)(generator));
}

class StoreSource final : public provisioner::JobSource {
 public:
  StoreSource(http::Home& home, SourceOptions options) : home_(home), options_(std::move(options)), posted_(home.executor) {
    const auto stop = [this](const pg::Wake& wake) {
      const auto named = JobId::parse(wake.payload);
      for (auto& [job, running] : running_)
        if (wake.missed || named == job) running.orders->notify();
    };
    stopped_ = home_.db.listener().subscribe(home_.executor, std::string(jobs::kStopped), stop);
    subscription_ = home_.db.listener().subscribe(home_.executor, std::string(jobs::kPosted), [this](const pg::Wake&) { posted_.notify(); });
  }

  Task<Result<std::optional<provisioner::JobInput>>> acquire(const std::string& daemon, Milliseconds patience) override {
    const auto until = std::chrono::steady_clock::now() + some_of(patience);
    for (;;) {
      CO_TRY(worker, co_await worker_id(daemon));
      CO_TRY(input, co_await take(home_, options_, worker, std::nullopt, options_.holder));
      if (input) took(*input, worker);
      if (input || stopping_) co_return std::move(input);
      // Whoever asks again looks again: so a wake-up that got lost costs at most this wait.
      CO_TRY(woken, co_await wait_for_job(daemon, until));
      if (!woken) co_return std::nullopt;
    }
  }

  Task<Result<void>> begin(std::vector<JobId> held) override {
    std::vector<Uuid> ids;
    for (const auto& job : held) ids.push_back(job.uuid);
    co_return co_await provisioning::begin(home_, options_.holder, jobs::kBuiltInKey, std::move(ids));
  }

  void stop_waiting() override {
    stopping_ = true;
    posted_.notify();
  }

  // May be cancelled while it waits, not while the database is being asked: that would cost a connection.
  Task<Result<provisioner::Orders>> heartbeat(const JobId& job, Milliseconds patience) override {
    const auto until = std::chrono::steady_clock::now() + patience;
    CO_TRY(worker, co_await aio::shielded(worker_of(job)));
    const auto news = running_.contains(job) ? running_[job].orders : std::make_shared<aio::Event>(home_.executor);
    for (;;) {
      CO_TRY(orders, co_await aio::shielded(keep_lease(home_, job, worker)));
      const auto left = std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now());
      if (orders != provisioner::Orders::go_on || left <= Milliseconds(0)) co_return orders;
      if (!co_await news->wait_for(left)) co_return orders;
    }
  }

  Task<Result<void>> logs(const JobId& job, std::vector<provisioner::LogLine> batch) override {
    co_return co_await add_logs(home_, job, std::move(batch));
  }

  Task<Result<provisioner::Verdict>> commit_quota(const JobId& job, std::int64_t daily_cost) override {
    co_return co_await quotas::commit(home_, job, daily_cost);
  }

  Task<Result<void>> complete(const JobId& job, provisioner::Outcome outcome) override {
    CO_TRY(worker, co_await worker_of(job));
    co_return co_await over(job, end(home_, options_, job, worker, std::move(outcome), std::nullopt));
  }

  Task<Result<void>> fail(const JobId& job, provisioner::Failure failure, provisioner::Outcome partial) override {
    CO_TRY(worker, co_await worker_of(job));
    co_return co_await over(job, end(home_, options_, job, worker, std::move(partial), std::move(failure)));
  }

  Task<Result<void>> release(const JobId& job) override {
    CO_TRY(worker, co_await worker_of(job));
    co_return co_await over(job, provisioning::release(home_, job, worker));
  }

 private:
  struct Running {
    DaemonId worker;
    std::string engine;
    std::shared_ptr<aio::Event> orders;  // somebody wants it stopped
  };

  void took(const provisioner::JobInput& input, DaemonId worker) {
    running_[input.id] = {.worker = worker, .engine = input.engine, .orders = std::make_shared<aio::Event>(home_.executor)};
    if (options_.meter) options_.meter->began(input.engine);
  }

  void let_go(JobId job) {
    const auto found = running_.find(job);
    if (found == running_.end()) return;
    if (options_.meter) options_.meter->let_go(found->second.engine);
    running_.erase(found);
  }

  // A job of an earlier process is still its daemon's, as long as it was taken from this folder. Nobody's: a daemon that there is not.
  Task<Result<DaemonId>> worker_of(JobId job) {
    if (const auto found = running_.find(job); found != running_.end()) co_return found->second.worker;
    auto duty = home_.db.duty<rbac::Duty::provisioner_daemon>();
    CO_TRY(had, co_await jobs::sql::had_by(duty, job));
    co_return had && had->holder_id == options_.holder ? had->worker_id : DaemonId{};
  }

  // True when something was posted, false when the time was up. Says every few seconds that the daemon is there.
  Task<Result<bool>> wait_for_job(const std::string& daemon, std::chrono::steady_clock::time_point until) {
    for (;;) {
      const auto left = std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now());
      if (left <= Milliseconds(0)) co_return false;
      if (co_await posted_.wait_for(std::min<Milliseconds>(left, jobs::kDaemonReports))) co_return true;
      CO_CHECK(co_await worker_id(daemon));
    }
  }

  Task<Result<void>> over(JobId job, Task<Result<void>> last) {
    auto done = co_await std::move(last);
    if (done) let_go(job);
    co_return done;
  }

  Task<Result<DaemonId>> worker_id(const std::string& daemon) {
    auto duty = home_.db.duty<rbac::Duty::provisioner_daemon>();
    auto known = daemons_.find(daemon);
    if (known != daemons_.end()) {
      if (duty.now() - seen_ >= jobs::kDaemonReports - Seconds(1)) {
        seen_ = duty.now();
        std::vector<DaemonId> ids;
        for (const auto& [name, id] : daemons_) ids.push_back(id);
        CO_CHECK(co_await jobs::sql::daemon_seen(duty, duty.now(), ids));
      }
      co_return known->second;
    }
    auto open = home_.db.open();
    CO_TRY(organization, co_await organizations::sql::default_id(open));
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    const jobs::sql::SaveDaemonArgs args{.daemon_id = DaemonId::random(),
                                         .organization_id = organization,
                                         .key_id = jobs::kBuiltInKey,
                                         .name = fmt::format("{}-{}-{}", host, options_.holder.str().substr(0, 8), daemon),
                                         .provisioners = options_.engines,
                                         .tags = {jobs::to_json(jobs::complete_tags({}))},
                                         .version = options_.version,
                                         .api_version = "1.0",
                                         .replica_id = {},
                                         .serves = options_.organizations,
                                         .now = duty.now()};
    CO_TRY(id, co_await jobs::sql::save_daemon(duty, args));
    if (!id) co_return slipway::fail(Code::conflict, fmt::format("Another provisioner is named {}.", args.name));
    daemons_[daemon] = *id;
    co_return *id;
  }

  http::Home& home_;
  SourceOptions options_;
  aio::Event posted_;
  pg::Listener::Subscription subscription_;
  pg::Listener::Subscription stopped_;
  std::map<std::string, DaemonId> daemons_;
  Time seen_{};
  std::map<JobId, Running> running_;
  bool stopping_ = false;
};

}  // namespace

std::unique_ptr<provisioner::JobSource> make_store_source(http::Home& home, SourceOptions options) {
  return std::make_unique<StoreSource>(home, std::move(options));
}

}  // namespace slipway::provisioning
