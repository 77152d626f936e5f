// One chat, live: what was said after a message, how it stands, then what is new. What is told is what the database has when it is read.
#include "base/log.hpp"
#include "base/text.hpp"
#include "features/chats/routes.hpp"
#include "features/chats/wire.hpp"
#include "http/live.hpp"

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;
using May = store::Judged<Action::read, Resource::chat>;

constexpr std::int32_t kMostEvents = 256;                     // of one frame, and of one look
constexpr std::size_t kFrame = 512 << 10, kBehind = 1 << 20;  // bytes: no more events once a frame has so many; who is slow may miss so many
constexpr Seconds kLook{5}, kSlow{2};

http::Standing standing(http::Call& call, http::Authenticator& authenticator, const sql::Chat& chat) {
  auto reads = [object = object_of(chat)](store::Store& now) -> Task<Result<bool>> { co_return now.may(Action::read, object); };
  return {call, authenticator, "chat " + chat.id.str(), std::move(reads)};
}

Result<std::int64_t> after_of(const http::Call& call) {
  const auto given = call.query("after_id");
  if (!given || given->empty()) return 0;
  const auto after = text::number<std::int64_t>(*given);
  if (!after) return fail(Code::invalid, "Invalid after_id parameter.");
  return *after;
}

// What one look found: frames, each a list of events.
struct Found {
  std::vector<std::string> frames = {};
  std::size_t bytes = 0;
  std::int64_t last = 0;  // the newest message in them
  bool there = false;     // the chat is
  bool more = false;      // and has more to say

  void add(const api::ChatStreamEvent& event) {
    if (frames.empty() || frames.back().size() >= kFrame) frames.emplace_back();
    auto& frame = frames.back();
    const auto said = api::to_json(event);
    frame += (frame.empty() ? "[" : ",") + said;
    bytes += said.size();
  }
};

Result<api::ChatMessage> message_of(const sql::Following& row, ChatId chat) {
  sql::Message message;
  message.id = *row.id;
  message.chat_id = chat;
  message.created_at = row.created_at.value_or(Time());
  message.created_by = row.created_by;
  message.role = row.role.value_or("");
  message.content = row.content.value_or(pg::Json{"[]"});
  return to_wire(message);
}

// `status` says how the chat stands, too, once there is no more.
Task<Result<Found>> look(store::Store& store, const May& may, std::int64_t after, bool status) {
  // One event of a frame is the status.
  CO_TRY(rows, co_await sql::following(store, may, after, kMostEvents - 1));
  Found found{.last = after, .there = !rows.empty(), .more = rows.size() == kMostEvents - 1};
  for (const auto& row : rows) {
    if (!row.id) continue;
    CO_TRY(message, message_of(row, ChatId{may.id()}));
    found.last = message.id;
    found.add({.type = std::string(api::ChatStreamEventType::message), .chat_id = may.id(), .message = std::move(message)});
  }
  if (status && found.there && !found.more)
    found.add(
        {.type = std::string(api::ChatStreamEventType::status), .chat_id = may.id(), .status = api::ChatStreamStatus{.status = rows.front().status}});
  co_return found;
}

// Says what there is, and what comes, until the chat is gone; what to close with.
Task<std::uint16_t> tell(http::Live& live, store::Store& store, const May& may, Bell& bell, std::int64_t after) {
  bool began = false, slow = false;
  for (;;) {
    auto found = co_await look(store, may, after, !began);
    if (!found) {
      log::warn("a chat could not be read for who watches it", {{"chat", may.id().str()}, {"why", found.error().why}});
      co_await bell.rung.wait_for(kLook);
      continue;
    }
    if (!found->there) co_return net::close_code::normal;
    if (began && slow && found->bytes > kBehind) co_return net::close_code::try_again;
    const auto since = std::chrono::steady_clock::now();
    for (auto& frame : found->frames) {
      frame += "]";
      if (!co_await live.send(frame)) co_return net::close_code::normal;
    }
    slow = std::chrono::steady_clock::now() - since > kSlow;
    after = found->last;
    began = began || !found->more;
    if (!found->more) co_await bell.rung.wait_for(kLook);
  }
}

Task<Result<http::Handled>> stream(http::Call& call, News& news, http::Authenticator& authenticator) {
  CO_TRY(after, after_of(call));
  CO_TRY(chat, co_await find(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::chat>(object_of(chat))));
  const auto bell = news.of_chat(call.home().executor, chat.id, call.actor().user_id);
  if (!bell) co_return fail(Code::too_many, "You have too many chats open.", "Close some of them, and try again.");
  http::Live live(call, standing(call, authenticator, chat), {});
  CO_CHECK(co_await live.open(http::Frames::plain));
  const auto code = co_await live.beside(tell(live, call.store(), may, *bell, after));
  co_await live.close(code.value_or(net::close_code::normal));
  co_return http::Handled{};
}

}  // namespace

void add_streams(http::Routes& routes, std::string_view prefix, News& news, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>(std::string(prefix) + "/{chat}/stream",
                                      [&news, &authenticator](http::Call& call) { return stream(call, news, authenticator); });
}

}  // namespace slipway::chats
