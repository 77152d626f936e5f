#include "features/outbox/ways.hpp"

#include "aio/blocking.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <array>
#include <atomic>

namespace slipway::outbox {

namespace {

constexpr std::size_t kMostRead = 512;
constexpr Milliseconds kForWords{2'000};  // of a refusal

using Is = Outcome::Is;

net::Headers headers_of(const Options& options, const Letter& letter, const std::string& body, Time now) {
  const auto id = letter.message_id.str();
  net::Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("Content-Length", std::to_string(body.size()));
  headers.add("X-Message-Id", id);
  headers.add("Idempotency-Key", id);
  if (!options.webhook_secret.empty()) headers.add("X-Slipway-Signature", signature(options.webhook_secret.reveal(), now, body));
  return headers;
}

struct Answer {
  int status = 0;
  std::string retry_after, words;
};

Task<Result<std::string>> some_of(net::Http1& exchange) {
  std::string words;
  std::array<char, kMostRead> buffer;
  while (words.size() < kMostRead) {
    CO_TRY(size, co_await exchange.read_some(std::span(buffer).first(kMostRead - words.size())));
    if (size == 0) break;
    words.append(buffer.data(), size);
  }
  co_return words;
}

Task<Result<Answer>> exchange_with(net::Client& client, const Options& options, net::Headers headers, const std::string& body) {
  CO_TRY(exchange, co_await client.open("POST", options.webhook_endpoint, std::move(headers)));
  CO_CHECK(co_await exchange->write(body));
  CO_CHECK(co_await exchange->finish());
  CO_TRY(head, co_await exchange->read_head());
  Answer answer{.status = head.status, .retry_after = std::string(head.headers.get("Retry-After")), .words = {}};
  if (answer.status < 200 || answer.status > 299) {
    auto words = co_await aio::with_deadline(kForWords, "The receiver says too little too slowly.", some_of(*exchange));
    if (words) answer.words = std::move(*words);
  }
  exchange->close();
  co_return answer;
}

}  // namespace

Outcome judged(int status, std::string_view retry_after, std::string_view words, const Letter& letter) {
  if (status >= 200 && status <= 299) return {.is = Is::sent};
  const bool later = status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
  const auto why = reason(fmt::format("{} {}", later ? "temporary" : "permanent", status), words, letter);
  if (!later) return {.is = Is::permanent, .reason = why};
  std::optional<Seconds> wait;
  if (const auto seconds = text::number<std::uint32_t>(text::trim(retry_after))) wait = Seconds(*seconds);
  return {.is = Is::temporary, .reason = why, .wait = wait};
}

Task<Outcome> call(net::Client& client, const Options& options, const Letter& letter, const std::string& body, Time now) {
  auto headers = headers_of(options, letter, body, now);
  auto talk = exchange_with(client, options, std::move(headers), body);
  auto answer = co_await aio::with_deadline(options.dispatch_timeout, "The receiver did not answer in time.", std::move(talk));
  if (answer) co_return judged(answer->status, answer->retry_after, answer->words, letter);
  if (answer.error().code == Code::invalid)
    co_return Outcome{.is = Is::permanent, .reason = "permanent: --notifications-webhook-endpoint is no address that can be called"};
  co_return Outcome{.is = Is::temporary, .reason = reason("temporary", answer.error().say, letter)};
}

Task<Outcome> post(net::MailSession& session, const Options& options, const Letter& letter, const net::Mail& mail, Time now) {
  static std::atomic<bool> warned = false;
  const auto id = letter.message_id.str();
  const auto send = [&] { return session.send(mail, now, id, options.dispatch_timeout); };
  const auto outcome = co_await aio::waiting(send);
  if (outcome.obsolete_login && !warned.exchange(true))
    log::warn("the mail server knows no way to sign in but LOGIN, which is obsolete", {{"next", "let it offer PLAIN"}});
  const auto code = outcome.code > 0 ? fmt::format(" {}", outcome.code) : "";
  switch (outcome.is) {
    case net::MailOutcome::Is::sent: co_return Outcome{.is = Is::sent};
    case net::MailOutcome::Is::cancelled: co_return Outcome{.is = Is::unbegun};
    case net::MailOutcome::Is::permanent: co_return Outcome{.is = Is::permanent, .reason = reason("permanent" + code, outcome.why, letter)};
    case net::MailOutcome::Is::temporary: break;
  }
  co_return Outcome{.is = Is::temporary, .reason = reason("temporary" + code, outcome.why, letter)};
}

}  // namespace slipway::outbox
