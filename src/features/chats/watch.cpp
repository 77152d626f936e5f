// One's own chats, live: which have come, have another title, or are gone. What became of them is told by what the database has, compared with
// what this stream knew before.
#include "base/log.hpp"
#include "features/chats/routes.hpp"
#include "features/chats/wire.hpp"
#include "http/live.hpp"
#include "rbac/subject.hpp"

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::int32_t kMostKnown = 20'000, kMostChanged = 20'000;
constexpr Seconds kLook{5};
constexpr Seconds kBack{60};  // a change may be committed so much later than it says

// A reader's chats are those of the organizations they are in: who joins or leaves one begins anew.
http::Standing standing(http::Call& call, http::Authenticator& authenticator) {
  const auto now_in = [](const store::Store& store) {
    const auto all = store.actor().subject->organizations();
    return std::vector<OrganizationId>(all.begin(), all.end());
  };
  auto in = now_in(call.store());
  std::string name = "chats in";
  for (const auto& organization : in) name += " " + organization.str();
  auto stands = [in = std::move(in), now_in](store::Store& now) -> Task<Result<bool>> { co_return now_in(now) == in; };
  return {call, authenticator, std::move(name), std::move(stands)};
}

// The chats that are not archived, as this stream has told of them.
class Known {
 public:
  void add(ChatId chat, std::string_view title) { titles_[chat.uuid] = std::hash<std::string_view>()(title); }
  // What became of it; empty: nothing that is told.
  std::string_view kind_of(const sql::Chat& row) {
    const auto found = titles_.find(row.id.uuid);
    if (row.archived) {
      if (found == titles_.end()) return {};
      titles_.erase(found);
      return api::ChatWatchEventKind::deleted;
    }
    const auto title = std::hash<std::string_view>()(row.title);
    if (found == titles_.end()) {
      titles_.emplace(row.id.uuid, title);
      return api::ChatWatchEventKind::created;
    }
    if (std::exchange(found->second, title) == title) return {};
    return api::ChatWatchEventKind::title_change;
  }

 private:
  std::unordered_map<Uuid, std::size_t> titles_;
};

// By name what rang by name; when it rang for all, or not for long, whatever changed lately.
Task<Result<std::vector<sql::Chat>>> changed(store::Store& store, Bell& bell, bool rang) {
  const auto owner = store.actor().user_id;
  const auto some = std::exchange(bell.chats, {});
  if (!std::exchange(bell.all, false) && rang) co_return co_await sql::some(store, some, owner);
  const Time since = store.now() - kBack;
  co_return co_await sql::since(store, owner, since, kMostChanged);
}

Task<std::uint16_t> tell(http::Live& live, store::Store& store, Known& known, Bell& bell) {
  for (;;) {
    const bool rang = co_await bell.rung.wait_for(kLook);
    const auto rows = co_await changed(store, bell, rang);
    if (!rows) {
      log::warn("chats could not be read for who watches them", {{"why", rows.error().why}});
      bell.all = true;  // what was not read now is looked for later
      continue;
    }
    for (const auto& row : *rows) {
      const auto kind = known.kind_of(row);
      if (kind.empty()) continue;
      const auto frame = api::to_json(api::ChatWatchEvent{.kind = std::string(kind), .chat = to_wire(row)});
      if (!co_await live.send(frame)) co_return net::close_code::normal;
    }
  }
}

Task<Result<http::Handled>> watch(http::Call& call, News& news, http::Authenticator& authenticator) {
  const auto person = call.actor().user_id;
  if (!call.store().may(Action::read, {.type = Resource::chat, .owner = person, .any_org = true})) co_return not_found();
  const auto bell = news.of_owner(call.home().executor, person);
  if (!bell) co_return fail(Code::too_many, "You watch your chats too often.", "Close some of the pages that show them, and try again.");
  CO_TRY(titles, co_await sql::titles(call.store(), person, kMostKnown));
  Known known;
  for (const auto& row : titles) known.add(row.id, row.title);
  http::Live live(call, standing(call, authenticator), {});
  CO_CHECK(co_await live.open(http::Frames::plain));
  const auto code = co_await live.beside(tell(live, call.store(), known, *bell));
  co_await live.close(code.value_or(net::close_code::normal));
  co_return http::Handled{};
}

}  // namespace

void add_watching(http::Routes& routes, std::string_view prefix, News& news, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>(std::string(prefix) + "/watch",
                                      [&news, &authenticator](http::Call& call) { return watch(call, news, authenticator); });
}

}  // namespace slipway::chats
