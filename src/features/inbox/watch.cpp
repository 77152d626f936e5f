// One's own inbox watched live: a frame for each new line.
#include "features/inbox/filter.hpp"
#include "features/inbox/objects.hpp"
#include "features/inbox/routes.hpp"
#include "features/inbox/wire.hpp"
#include "http/live.hpp"

namespace slipway::inbox {

namespace {

using rbac::Action, rbac::Resource;

http::Standing standing(http::Call& call, http::Authenticator& authenticator) {
  auto reads = [person = call.actor().user_id](store::Store& now) -> Task<Result<bool>> { co_return now.may(Action::read, lines_of(person)); };
  return {call, authenticator, "inbox", std::move(reads)};
}

std::string frame(const Note& note, bool plain) {
  if (!plain) return api::to_json(note);
  Note said = note;
  said.notification.title = plain_text(said.notification.title);
  said.notification.content = plain_text(said.notification.content);
  return api::to_json(said);
}

constexpr Seconds kBegin{10};

Task<Result<void>> until_ready(Mailbox& mailbox) {
  while (!mailbox.ready)
    if (!co_await mailbox.arrived.wait_for(kBegin))
      co_return fail(Code::unavailable, "New notifications cannot be watched right now.",
                     "The database does not tell of them. Try again in a moment.");
  co_return Result<void>();
}

// Says what comes until there is a reason to end; what to close with.
Task<std::uint16_t> tell(http::Live& live, Mailbox& mailbox, const Filter& filter) {
  for (;;) {
    if (mailbox.missed) co_return net::close_code::restart;
    if (mailbox.full) co_return net::close_code::try_again;
    if (mailbox.notes.empty()) {
      co_await mailbox.arrived.wait();
      continue;
    }
    const auto note = std::move(mailbox.notes.front());
    mailbox.notes.pop_front();
    if (!wants(filter, note->notification)) continue;
    const auto text = frame(*note, filter.plain);
    mailbox.saying = std::chrono::steady_clock::now();
    const bool said = co_await live.send(text);
    mailbox.saying.reset();
    if (!said) co_return net::close_code::normal;
  }
}

Task<Result<http::Handled>> watch(http::Call& call, News& news, http::Authenticator& authenticator) {
  CO_TRY(filter, watch_filter(call));
  const auto person = call.actor().user_id;
  if (!call.store().may(Action::read, lines_of(person))) co_return not_found();
  const auto mailbox = news.open(call.home().executor, person);
  CO_CHECK(co_await until_ready(*mailbox));
  http::Live live(call, standing(call, authenticator), {});
  CO_CHECK(co_await live.open(http::Frames::plain));
  const auto code = co_await live.beside(tell(live, *mailbox, filter));
  co_await live.close(code.value_or(net::close_code::normal));
  co_return http::Handled{};
}

}  // namespace

void add_watch_routes(http::Routes& routes, News& news, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/notifications/inbox/watch",
                                      [&news, &authenticator](http::Call& call) { return watch(call, news, authenticator); });
}

}  // namespace slipway::inbox
