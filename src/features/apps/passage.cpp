#include "features/apps/passage.hpp"

#include "aio/task.hpp"
#include "base/on_exit.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/cors.hpp"
#include "features/apps/hosts.hpp"
#include "http/credentials.hpp"
#include "net/cookie.hpp"
#include "tunnel/relay.hpp"

namespace slipway::apps {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kSmall = 8 << 10, kLarge = 64 << 10;
constexpr int kMostInterim = 100;
constexpr Milliseconds kContinue{1000};  // for an app that says nothing of "100 Continue"
constexpr Milliseconds kLeave{3000};     // for what an app still has to say to a browser that has left
constexpr Milliseconds kNoEnd = std::chrono::hours(24 * 365);

// Grows when the bytes come faster than they fit.
class Buffer {
 public:
  explicit Buffer(std::optional<std::uint64_t> length) { resize(std::min<std::uint64_t>(length.value_or(kSmall), kLarge)); }
  std::span<char> span() { return {bytes_.get(), size_}; }
  std::string_view first(std::size_t count) const { return {bytes_.get(), count}; }
  void filled(std::size_t count) {
    if (count == size_ && size_ < kLarge) resize(kLarge);
  }

 private:
  void resize(std::uint64_t size) {
    size_ = static_cast<std::size_t>(std::max<std::uint64_t>(size, 1));
    bytes_ = std::make_unique_for_overwrite<char[]>(size_);
  }
  std::size_t size_ = 0;
  std::unique_ptr<char[]> bytes_;
};

// The caller's end of an upgraded connection, which tells when nothing more will come from it.
class Leaving final : public net::Stream {
 public:
  Leaving(std::unique_ptr<net::Stream> inner, Passage& way) : inner_(std::move(inner)), way_(way) {}

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    const auto count = co_await inner_->read_some(into);
    if (!count || *count == 0) {
      way_.left = true;
      way_.news.notify();
    }
    co_return count;
  }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override { return inner_->write(bytes, more); }
  Task<Result<void>> shutdown_send() override { return inner_->shutdown_send(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::unique_ptr<net::Stream> inner_;
  Passage& way_;
};

// A WebSocket ends by its own frames: whoever ends it otherwise is gone. Other protocols may have one direction end before the other.
bool is_gone(const Passage& way) { return way.left && net::iequals(way.visit.request.headers.get("Upgrade"), "websocket"); }

net::Headers answered(const Passage& way, const net::Headers& from) {
  auto headers = from_app(from, way.back);
  if (way.what.claims.cors == "simple") settle_origins(headers, way.what.cors_origin);
  if (!way.what.cookie.empty()) headers.add("Set-Cookie", way.what.cookie);
  return headers;
}

// What comes before an answer is for the connection alone ("100 Continue"), or hints that the dashboard's own origin takes from nobody.
Task<Result<void>> pass_interim(Passage& way, const net::Response& head) {
  if (head.status == 100) {
    if (!way.exchange.awaits_continue()) co_return Result<void>();
    CO_CHECK(co_await way.exchange.interim(100));
    way.go_on.notify();
    co_return Result<void>();
  }
  if (!way.what.own_host) co_return Result<void>();
  co_return co_await way.exchange.interim(head.status, from_app(head.headers, way.back));
}

Task<Result<void>> finish(Passage& way) {
  auto trailers = trailers_from_app(way.app->trailers(), way.back);
  co_return co_await way.exchange.finish(std::move(trailers));
}

// Piece by piece as they come. What came with the head leaves with the head.
Task<Result<void>> download(Passage& way, net::Response head) {
  auto& app = *way.app;
  const auto length = app.body_length();
  net::Response out{.status = head.status, .headers = answered(way, head.headers), .body = {}};
  if (app.has_more() && length != 0) {
    out.body.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length.value_or(kSmall), kSmall)));
    CO_TRY(count, co_await app.read_some(out.body));
    out.body.resize(count);
  }
  const bool whole = app.ended();
  // What is known whole needs no chunks.
  if (whole && !length && app.trailers().empty()) out.headers.set("Content-Length", std::to_string(out.body.size()));
  CO_CHECK(co_await way.exchange.begin(std::move(out)));
  if (whole) co_return co_await finish(way);
  Buffer buffer(length);
  for (;;) {
    CO_TRY(count, co_await app.read_some(buffer.span()));
    if (count == 0) break;
    CO_CHECK(co_await way.exchange.write(buffer.first(count)));
    buffer.filled(count);
  }
  co_return co_await finish(way);
}

Asked asked_again(const Passage& way) {
  const auto& request = way.what.claims.request;
  auto own_cookie = path_cookie(way.doors);
  if (request.method == Method::subdomain && way.doors.wildcard) own_cookie = subdomain_cookie(way.doors.wildcard->setting());
  return {.app = request, .own_cookie = std::move(own_cookie), .base_url = {}, .path = way.what.rest, .query = way.what.query};
}

// Who proves itself alike and stands at the same app is one question.
std::string name_of_right(const Passage& way, const Asked& asked) {
  const auto& request = way.visit.request;
  const auto& claims = way.what.claims;
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", http::credentials(request, *way.visit.home.site).token,
                     net::cookie(request.headers, asked.own_cookie).value_or(""), claims.agent.str(), name_of(claims.request.method),
                     claims.request.target, claims.app_url);
}

// Whether who has something open could open it now. What cannot be told takes no right away, and an agent that has gone ends its streams itself.
Task<bool> is_still_welcome(Passage& way, const Asked& asked) {
  Visit now{.home = way.visit.home,
            .request = way.visit.request,
            .cost = std::make_shared<store::Cost>(),
            .origin = way.visit.origin,
            .now = way.visit.home.db.clock().now()};
  const auto outcome = co_await issue(way.doors, now, asked);
  if (const auto* page = std::get_if<net::Response>(&outcome)) co_return page->status >= 500;
  const auto& claims = std::get<Admitted>(outcome).claims;
  co_return claims.agent == way.what.claims.agent&& claims.app_url == way.what.claims.app_url;
}

}  // namespace

Task<Result<void>> pass_answer(Passage& way, net::Response head) {
  for (int interim = 0; head.status < 200 && head.status != 101; ++interim) {
    if (interim == kMostInterim) co_return fail(Code::bad_gateway, "The app did not come to its answer.");
    CO_CHECK(co_await pass_interim(way, head));
    CO_TRY(next, co_await way.app->read_any_head());
    head = std::move(next);
  }
  way.answering = true;
  way.exchange.watch(kNoEnd);
  if (head.status != 101) co_return co_await download(way, std::move(head));
  if (!way.upgrade) co_return fail(Code::bad_gateway, "The app changed the protocol without being asked to.");
  way.opened = true;
  way.head = std::move(head);
  co_return Result<void>();
}

Task<Error> pass_body(Passage& way) {
  co_await way.sent.wait();
  if (way.exchange.awaits_continue()) (void)co_await way.go_on.wait_for(kContinue);
  Buffer buffer(way.exchange.body_length());
  for (bool taken = true;;) {
    auto count = co_await way.exchange.read_some(buffer.span());
    if (!count) co_return std::move(count).error();
    if (!way.answering) way.exchange.watch(way.doors.options.answer_limit);  // which begins when all is sent
    if (*count > 0) {
      if (taken) taken = (co_await way.app->write(buffer.first(*count))).has_value();
      buffer.filled(*count);
      continue;
    }
    if (taken) (void)co_await way.app->finish(trailers_to_app(way.exchange.trailers()));
    break;
  }
  asio::steady_timer never(way.exchange.home(), asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
  co_return Error{.code = Code::cancelled, .say = "The request was cancelled."};
}

Task<void> pass_stream(Passage& way) {
  using namespace asio::experimental::awaitable_operators;
  way.back.upgrade = true;
  net::Response opening{.status = 101, .headers = answered(way, way.head.headers), .body = {}};
  auto caller = co_await way.exchange.hijack(std::move(opening));
  if (!caller) co_return;
  const auto inside = way.app->release();
  way.app.reset();
  way.head = {};
  Leaving outside(std::move(*caller), way);
  way.exchange.on_stop([&outside, &inside] {
    outside.close();
    inside->close();
  });
  const OnExit forget([&way] { way.exchange.on_stop(nullptr); });
  (void)co_await (tunnel::splice(outside, *inside) || until_lost(way));
}

Task<void> until_lost(Passage& way) {
  const auto& claims = way.what.claims;
  auto& revoked = way.doors.tokens.revoked();
  bool told = false;
  auto tell = [&told, &way] {
    told = true;
    way.news.notify();
  };
  const auto watch = revoked.watch(way.exchange.home(), claims, tell);
  told = told || revoked.is(claims);
  const auto asked = asked_again(way);
  const auto right = way.doors.lines->right(way.visit.home, name_of_right(way, asked));
  auto due = Steady::now() + (claims.expires_at - way.visit.home.db.clock().now());
  while (!is_gone(way)) {
    const auto now = Steady::now();
    if (!told && now < due) {
      (void)co_await way.news.wait_for(std::clamp<Milliseconds>(std::chrono::ceil<Milliseconds>(due - now), Milliseconds(1), kTokenLife));
      continue;
    }
    const auto since = std::exchange(told, false) ? now : now - kTokenLife / 2;
    auto ask = [&way, &asked] { return is_still_welcome(way, asked); };
    if (!co_await holds(right, since, ask)) co_return;
    due = Steady::now() + kTokenLife;
  }
  co_await aio::sleep(kLeave);
}

}  // namespace slipway::apps
