// What was said in a chat, and one thing more.
#include "base/text.hpp"
#include "features/chats/ask.hpp"
#include "features/chats/routes.hpp"
#include "features/chats/wire.hpp"

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::int32_t kMostMessages = 10'000;
constexpr std::int64_t kMostPage = 200, kPage = 50;

struct Page {
  std::optional<std::int64_t> before, after;
  std::int32_t most = kPage;
};

// Absent is nothing; errors: 400 with a validation of that name.
Result<std::optional<std::int64_t>> number_of(const http::Call& call, std::string_view name) {
  const auto given = call.query(name);
  if (!given || given->empty()) return std::optional<std::int64_t>();
  const auto value = text::number<std::int64_t>(*given);
  if (!value || *value < 0)
    return fail_field("Query parameters have invalid values.", std::string(name),
                      fmt::format("Query param \"{}\" must be a message's number.", name));
  return value;
}

Result<Page> page_of(const http::Call& call) {
  Page page;
  TRY(before, number_of(call, "before_id"));
  TRY(after, number_of(call, "after_id"));
  if (before && after && *after >= *before) return fail(Code::invalid, "after_id must be less than before_id.");
  page.before = before;
  page.after = after;
  const auto limit = call.query("limit");
  if (!limit || limit->empty()) return page;
  const auto most = text::number<std::int64_t>(*limit);
  if (!most || *most < 1 || *most > kMostPage) return fail(Code::invalid, "Invalid limit parameter (1-200).");
  page.most = static_cast<std::int32_t>(*most);
  return page;
}

Task<Result<api::ChatMessagesResponse>> list(http::Call& call) {
  CO_TRY(page, page_of(call));
  CO_TRY(chat, co_await find(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::chat>(object_of(chat))));
  const std::int64_t after = page.after.value_or(0);
  auto reading = page.after && !page.before ? sql::oldest(call.store(), may, after, page.most + 1)
                                            : sql::newest(call.store(), may, page.before, after, page.most + 1);
  CO_TRY(rows, co_await std::move(reading));
  api::ChatMessagesResponse out;
  out.has_more = rows.size() > static_cast<std::size_t>(page.most);
  if (out.has_more) rows.pop_back();
  for (const auto& row : rows) {
    CO_TRY(message, to_wire(row));
    out.messages.push_back(std::move(message));
  }
  co_return out;
}

Result<void> check_message(const api::CreateChatMessageRequest& ask) {
  TRY_OK(check_content(ask.content));
  TRY_OK(check_model(ask.model_config_id));
  const auto behavior = ask.busy_behavior.value_or("");
  if (behavior != "" && behavior != "queue" && behavior != "interrupt") return fail(Code::invalid, "Invalid busy_behavior value.");
  return {};
}

std::unexpected<Error> archived() { return fail(Code::invalid, "Cannot mutate an archived chat.", "Take it out of the archive first."); }

// As it is stored, once its number is known.
Task<Result<api::ChatMessage>> append(http::Call& call, const sql::Chat& chat, const Parts& parts) {
  api::ChatMessage message;
  message.chat_id = chat.id.uuid;
  message.created_by = call.actor().user_id.uuid;
  message.created_at = call.now();
  message.role = api::ChatMessageRole::user;
  message.content = kept(parts);
  const auto author = call.actor().user_id;
  const pg::Json content{api::to_json(message.content)};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::chat>(object_of(chat))));
    CO_TRY(said, co_await sql::append(tx, may, kMostMessages, message.created_at, author, content));
    if (said.filled) co_return fail(Code::conflict, "Chat is full.", fmt::format("It has {} messages. Begin another one.", kMostMessages));
    if (!said.id) co_return archived();
    message.id = *said.id;
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return message;
}

Task<Result<api::CreateChatMessageResponse>> say(http::Call& call, News& news) {
  CO_TRY(chat, co_await find(call));
  const rbac::Object own{.type = Resource::chat, .owner = call.actor().user_id, .organization = chat.organization_id};
  if (!call.store().may(Action::create, own) || !call.store().may(Action::update, object_of(chat))) co_return forbidden();
  CO_TRY(ask, co_await call.body<api::CreateChatMessageRequest>(kMostBody));
  CO_CHECK(check_message(ask));
  if (chat.archived) co_return archived();
  CO_TRY(message, co_await append(call, chat, ask.content));
  news.said(chat.id);
  api::CreateChatMessageResponse out;
  out.messages.push_back(message);
  out.message = std::move(message);
  co_return out;
}

}  // namespace

void add_messages(http::Routes& routes, std::string_view prefix, News& news) {
  using http::Audit, http::Auth;
  const auto path = std::string(prefix) + "/{chat}/messages";
  routes.get<Auth::user, Audit::none>(path, list);
  routes.post<Auth::user, Audit::none>(path, [&news](http::Call& call) { return say(call, news); });
}

}  // namespace slipway::chats
