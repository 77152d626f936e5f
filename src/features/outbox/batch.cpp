#include "features/outbox/batch.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace slipway::outbox {

namespace {

using Is = Outcome::Is;

constexpr std::size_t kCallsAtOnce = 10;
constexpr std::size_t kMailsOfConnection = 50;
constexpr Seconds kBetweenTries{1};
constexpr int kTriesAtEnd = 3;  // of writing results, when the server stops

// Why a letter is not sent at all; unbegun: it is.
Outcome refused(const Letter& letter, const Tools& tools) {
  if (letter.expired) return {.is = Is::inhibited, .reason = "expired"};
  if (!letter.active) return {.is = Is::inhibited, .reason = "recipient inactive"};
  if (!letter.wanted) return {.is = Is::inhibited, .reason = "disabled by user"};
  if (letter.attempt > tools.options.max_send_attempts) return {.is = Is::permanent, .reason = "permanent: all attempts are used up"};
  if (way_of(letter) == Way::smtp && !tools.mail->enabled()) return {.is = Is::permanent, .reason = "permanent: --email-smarthost is not set"};
  if (way_of(letter) == Way::webhook && tools.options.webhook_endpoint.empty())
    return {.is = Is::permanent, .reason = "permanent: --notifications-webhook-endpoint is not set"};
  return {.is = Is::unbegun};
}

// Counts an attempt for as long as it lives.
class Attempt {
 public:
  Attempt(Meter& meter, const Letter& letter) : meter_(meter), way_(way_of(letter)), kind_(meter.of(way_, letter.kind_id)) {
    if (kind_) kind_->in_flight.add(1);
  }
  ~Attempt() {
    if (kind_) kind_->in_flight.add(-1);
    meter_.sending(way_).observe(std::chrono::steady_clock::now() - began_);
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

 private:
  Meter& meter_;
  Way way_;
  Meter::OfKind* kind_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

Result<notifications::Message> Batch::prepare(const Letter& letter, Outcome& otherwise) const {
  otherwise = refused(letter, tools_);
  if (otherwise.is != Is::unbegun) return fail(Code::unchanged, "It is not sent.");
  auto message = render(letter, home_.site->access_url);
  if (!message) {
    otherwise = {.is = Is::permanent, .reason = reason("permanent: it does not render", message.error().why, letter)};
    return message;
  }
  tools_.meter.missing.add(static_cast<std::uint64_t>(message->missing));
  for (const auto& label : message->dropped)
    log::warn("an action of a notification has no address and is left out", {{"message", letter.message_id.str()}, {"action", label}});
  return message;
}

// What is begun has its whole time within the lease.
bool Batch::may_begin() const { return !tools_.stopping && std::chrono::steady_clock::now() + tools_.options.dispatch_timeout <= lease_end_; }

Task<void> Batch::write_some() {
  if (writing_) co_return;
  writing_ = true;
  const auto done = co_await results_.write(home_.db, cost_);
  writing_ = false;
  written_ = std::chrono::steady_clock::now();
  if (!done)
    log::warn("what came of notifications could not be stored yet", {{"results", std::to_string(results_.waiting())}, {"why", done.error().why}});
}

Task<void> Batch::keep_writing() {
  const bool late = std::chrono::steady_clock::now() - written_ >= tools_.options.store_sync_interval;
  if (late || results_.waiting() >= static_cast<std::size_t>(tools_.options.store_sync_buffer)) co_await write_some();
}

Task<Outcome> Batch::send(std::unique_ptr<net::MailSession>& session, const std::vector<Told>& told) {
  const auto& oldest = *told.front().letter;
  const auto mail = digest_of(told, home_.site->access_url);
  if (!mail) co_return Outcome{.is = Is::permanent, .reason = "permanent: the person has no address that mail can be sent to"};
  if (!session) session = std::make_unique<net::MailSession>(*tools_.mail, tools_.stopping, tools_.options.grace);
  if (told.size() > 1 && oldest.attempt == 1 && std::ranges::any_of(told, [](const Told& one) { return one.letter->flooded; }))
    log::warn("more than sixty mails to one person within an hour: those that wait leave as one",
              {{"message", oldest.message_id.str()}, {"mails", std::to_string(told.size())}, {"next", "look for what raises so many notifications"}});
  const Attempt attempt(tools_.meter, oldest);
  co_return co_await post(*session, tools_.options, oldest, *mail, home_.db.clock().now());
}

Task<void> Batch::mail_together(std::unique_ptr<net::MailSession>& session, const std::vector<const Letter*>& letters) {
  std::vector<Told> told;
  for (const auto* letter : letters) {
    Outcome otherwise{.is = Is::unbegun};
    auto message = prepare(*letter, otherwise);
    if (message)
      told.push_back({letter, std::move(*message)});
    else
      results_.add(*letter, std::move(otherwise));
  }
  if (told.empty()) co_return;
  const auto outcome = co_await send(session, told);
  for (const auto& one : told) results_.add(*one.letter, outcome);
}

Task<void> Batch::mail_all(std::vector<const Letter*> letters) {
  std::unique_ptr<net::MailSession> session;
  const auto end = [&session] {  // says farewell: not on the loop
    session.reset();
    return 0;
  };
  std::size_t by_this = 0;
  const auto mails = by_mail(letters);
  for (const auto& mail : mails) {
    if (may_begin())
      co_await mail_together(session, mail);
    else
      for (const auto* letter : mail) results_.add(*letter, {.is = Is::unbegun});
    co_await keep_writing();
    if (++by_this < kMailsOfConnection) continue;
    by_this = 0;
    co_await aio::waiting(end);
  }
  if (session) co_await aio::waiting(end);
}

Task<void> Batch::call_one(const Letter& letter) {
  Outcome outcome{.is = Is::unbegun};
  if (may_begin()) {
    const auto message = prepare(letter, outcome);
    if (message) {
      const auto body = webhook_body(letter, *message, tools_.options.omit_email);
      if (body) {
        const Attempt attempt(tools_.meter, letter);
        outcome = co_await call(tools_.client, tools_.options, letter, *body, home_.db.clock().now());
        if (const auto state = co_await asio::this_coro::cancellation_state; state.cancelled() != asio::cancellation_type::none) co_return;
      } else {
        outcome = {.is = Is::permanent, .reason = reason("permanent: it does not render", body.error().why, letter)};
      }
    }
  }
  results_.add(letter, std::move(outcome));
}

// One that is cut has no result: nobody knows what the receiver made of it, and it is called again once the lease has ended.
Task<void> Batch::call_all(std::vector<const Letter*> letters) {
  const auto one = [](Batch* batch, const Letter* letter) -> Task<void> { co_await batch->call_one(*letter); };
  for (std::size_t from = 0; from < letters.size(); from += kCallsAtOnce) {
    for (std::size_t i = from; i < std::min(from + kCallsAtOnce, letters.size()); ++i)
      if (!tools_.calls.start(one, this, letters[i])) results_.add(*letters[i], {.is = Is::unbegun});
    co_await tools_.calls.ended();
    co_await keep_writing();
  }
}

Task<void> Batch::deliver(const std::vector<Letter>& letters) {
  std::vector<const Letter*> mails, calls;
  for (const auto& letter : letters) {
    tools_.meter.queued(way_of(letter))
        .observe(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(letter.queued_seconds)));
    (way_of(letter) == Way::smtp ? mails : calls).push_back(&letter);
  }
  std::vector<Task<void>> both;
  both.push_back(mail_all(std::move(mails)));
  both.push_back(call_all(std::move(calls)));
  co_await aio::at_once(std::move(both));
  for (int tries = 0; results_.waiting() > 0; ++tries) {
    co_await write_some();
    if (results_.waiting() == 0) break;
    if (std::chrono::steady_clock::now() >= lease_end_ || (tools_.stopping && tries >= kTriesAtEnd)) {
      log::error("what came of notifications was not stored; they may be sent once more", {{"results", std::to_string(results_.waiting())}});
      break;
    }
    co_await aio::sleep(kBetweenTries);
  }
}

}  // namespace slipway::outbox
