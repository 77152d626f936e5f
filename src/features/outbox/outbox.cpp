#include "features/outbox/outbox.hpp"

#include "aio/event.hpp"
#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "features/outbox/batch.hpp"
#include "net/url.hpp"

#include <mutex>
#include <set>

namespace slipway::outbox {

namespace {

constexpr Milliseconds kDebounce{100};
constexpr Seconds kBetweenComplaints{60};

using Instant = std::chrono::steady_clock::time_point;

bool counts(std::int64_t value) { return value >= 1 && value <= 1000; }

}  // namespace

Result<void> check(const Options& o) {
  if (o.method != "smtp" && o.method != "webhook")
    return fail(Code::invalid,
                fmt::format("--notifications-method: given default notification method \"{}\" is invalid; set smtp or webhook.", o.method));
  const std::pair<std::string_view, Seconds> durations[] = {{"dispatch-timeout", o.dispatch_timeout},
                                                            {"retry-interval", o.retry_interval},
                                                            {"fetch-interval", o.fetch_interval},
                                                            {"lease-period", o.lease_period},
                                                            {"store-sync-interval", o.store_sync_interval}};
  for (const auto& [name, value] : durations)
    if (value <= Seconds(0)) return fail(Code::invalid, fmt::format("--notifications-{} must be longer than nothing.", name));
  const std::pair<std::string_view, std::int64_t> numbers[] = {
      {"max-send-attempts", o.max_send_attempts}, {"lease-count", o.lease_count}, {"store-sync-buffer-size", o.store_sync_buffer}};
  for (const auto& [name, value] : numbers)
    if (!counts(value)) return fail(Code::invalid, fmt::format("--notifications-{} must be a number from 1 to 1000.", name));
  if (o.dispatch_timeout >= o.lease_period)
    return fail(Code::invalid,
                "dispatch timeout must be less than lease period: set --notifications-dispatch-timeout below --notifications-lease-period.");
  if (o.webhook_endpoint.empty()) return {};
  const auto url = net::parse_url(o.webhook_endpoint);
  if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo)
    return fail(Code::invalid, "--notifications-webhook-endpoint must be an address such as https://hooks.example.com/slipway.");
  return {};
}

void warn_of(const Options& options, const net::MailOptions& mail) {
  if (mail.force_tls && mail.starttls)
    log::warn("--email-tls-starttls has no effect: --email-force-tls speaks TLS from the first byte", {{"next", "unset one of them"}});
  const auto url = net::parse_url(options.webhook_endpoint);
  if (url && url->scheme == "http" && url->host != "localhost" && url->host != "::1" && !url->host.starts_with("127."))
    log::warn("notifications go to the webhook in the clear", {{"next", "give --notifications-webhook-endpoint an https address"}});
}

notifications::Delivery delivery_of(const Options& options, const net::MailOptions& mail) {
  notifications::Delivery delivery{.method = options.method, .available = {}, .inbox = options.inbox_enabled};
  if (mail.enabled()) delivery.available.emplace_back("smtp");
  if (!options.webhook_endpoint.empty()) delivery.available.emplace_back("webhook");
  return delivery;
}

struct Outbox::State {
  State(asio::any_io_executor executor, Options the_options, net::MailOptions the_mail, std::shared_ptr<const std::atomic<bool>> the_stopping)
      : options(std::move(the_options)),
        stopping(std::move(the_stopping)),
        client(executor),
        calls(executor),
        idle(executor),
        results(Uuid::random(), {.most_attempts = options.max_send_attempts, .interval = options.retry_interval}, meter),
        mail_(std::make_shared<const net::MailOptions>(std::move(the_mail))) {}

  const Options options;
  const std::shared_ptr<const std::atomic<bool>> stopping;
  net::Client client;
  aio::Nursery calls;
  aio::Event idle;  // a turn has ended
  bool working = false, draining = false;
  Meter meter;
  Results results;
  std::set<Instant> retries;  // of what this server has put off
  Instant complained{};

  std::shared_ptr<const net::MailOptions> mail() const {
    const std::lock_guard lock(mutex_);
    return mail_;
  }
  void exchange_password(Secret password) {
    auto fresh = *mail();
    fresh.password = std::move(password);
    const std::lock_guard lock(mutex_);
    mail_ = std::make_shared<const net::MailOptions>(std::move(fresh));
  }
  Task<Result<Turn>> work(http::Home& home, std::shared_ptr<store::Cost> cost);
  void complain(const Error& error);
  Milliseconds until_next();

 private:
  mutable std::mutex mutex_;  // mail_
  std::shared_ptr<const net::MailOptions> mail_;
};

Task<Result<Turn>> Outbox::State::work(http::Home& home, std::shared_ptr<store::Cost> cost) {
  Turn out;
  if (*stopping || draining) co_return out;
  working = true;
  const OnExit rest([this] {
    working = false;
    idle.notify();
  });
  const auto lease_end = std::chrono::steady_clock::now() + options.lease_period;
  auto duty = home.db.duty<rbac::Duty::notifier>(cost);
  CO_TRY(letters, co_await sql::lease(duty, static_cast<std::int32_t>(options.lease_count), static_cast<double>(options.lease_period.count()),
                                      results.notifier(), notifications::id_of(notifications::Kind::your_account_suspended)));
  out.leased = letters.size();
  out.full = out.leased >= static_cast<std::size_t>(options.lease_count);
  if (letters.empty()) co_return out;
  Batch batch({options, mail(), client, calls, meter, *stopping}, home, cost, results, lease_end);
  co_await batch.deliver(letters);
  out.retry = results.next();
  results.forget_next();
  co_return out;
}

void Outbox::State::complain(const Error& error) {
  const auto now = std::chrono::steady_clock::now();
  if (now - complained < kBetweenComplaints) return;
  complained = now;
  log::error("notifications cannot be taken up, and wait", {{"say", error.say}, {"why", error.why}});
}

Milliseconds Outbox::State::until_next() {
  const auto now = std::chrono::steady_clock::now();
  retries.erase(retries.begin(), retries.upper_bound(now));
  Milliseconds wait = options.fetch_interval;
  if (!retries.empty()) wait = std::min(wait, std::chrono::ceil<Milliseconds>(*retries.begin() - now));
  return wait;
}

Outbox::Outbox(asio::any_io_executor executor, Options options, net::MailOptions mail, std::shared_ptr<const std::atomic<bool>> stopping)
    : state_(std::make_unique<State>(std::move(executor), std::move(options), std::move(mail), std::move(stopping))) {}
Outbox::~Outbox() = default;

void Outbox::exchange_password(Secret password) { state_->exchange_password(std::move(password)); }
void Outbox::write(metric::Text& text) const { state_->meter.write(text); }
Task<void> Outbox::drain() {
  State& state = *state_;
  state.draining = true;
  const auto until = std::chrono::steady_clock::now() + state.options.grace;
  for (auto left = state.options.grace; state.working && left.count() > 0;
       left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now()))
    co_await state.idle.wait_for(left);
  state.calls.cancel();
  while (state.working) co_await state.idle.wait_for(Seconds(1));
}

Task<void> Outbox::stop() { co_await state_->client.stop(); }

// What is taken is brought to its end, also when the loop is to end meanwhile.
Task<Result<Turn>> Outbox::turn(http::Home& home, std::shared_ptr<store::Cost> cost) {
  auto work = state_->work(home, std::move(cost));
  co_return co_await aio::shielded(std::move(work));
}

Task<void> Outbox::keep(http::Home& home) {
  auto news = std::make_shared<aio::Event>(home.executor);
  const auto subscription =
      home.db.listener().subscribe(home.executor, std::string(notifications::kMessageNews), [news](const pg::Wake&) { news->notify(); });
  for (;;) {
    const auto done = co_await turn(home);
    if (!done) state_->complain(done.error());
    if (done && done->retry) state_->retries.insert(*done->retry);
    if (done && done->full) continue;
    if (co_await news->wait_for(state_->until_next())) co_await aio::sleep(kDebounce);
  }
}

}  // namespace slipway::outbox
