// What becomes of a chat: its title, labels, place, workspace, and whether it is archived. All that was asked for, or nothing.
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "features/chats/ask.hpp"
#include "features/chats/pins.hpp"
#include "features/chats/routes.hpp"

#include <algorithm>

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;
using Ask = api::UpdateChatRequest;
using May = store::Permit<Action::update, Resource::chat>;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Result<void> check_change(const Ask& ask) {
  if (ask.title && text::trim(*ask.title).empty()) return fail(Code::invalid, "Title cannot be empty.");
  if (ask.title && characters(text::trim(*ask.title)) > kMostTitle) return fail(Code::invalid, "Title must be at most 200 characters.");
  TRY_OK(check_labels(ask.labels));
  if (ask.pin_order && *ask.pin_order < 0) return fail(Code::invalid, "Pin order must be non-negative.");
  return check_plan_mode(ask.plan_mode);
}

// However they are spelled.
bool same_labels(const sql::Chat& row, const Labels& labels) {
  const auto held = api::from_json<Labels>(row.labels.text);
  return held && *held == labels;
}

// What the row becomes, but for its place among those pinned. Errors: it is archived, or is not, already.
Result<sql::Chat> changed(const sql::Chat& row, const Ask& ask, Time now) {
  sql::Chat after = row;
  if (ask.title) after.title = std::string(text::trim(*ask.title));
  if (ask.labels && !same_labels(row, *ask.labels)) after.labels.text = api::to_json(*ask.labels);
  if (ask.plan_mode) after.plan_mode = ask.plan_mode->empty() ? std::nullopt : ask.plan_mode;
  if (ask.workspace_id) after.workspace_id = ask.workspace_id->is_nil() ? std::nullopt : std::optional(WorkspaceId{*ask.workspace_id});
  if (ask.archived) {
    if (*ask.archived == row.archived) return fail(Code::invalid, row.archived ? "Chat is already archived." : "Chat is already not archived.");
    after.archived = *ask.archived;
    after.archived_at = after.archived ? std::optional(now) : std::nullopt;
  }
  if (after.archived && ask.pin_order.value_or(0) > 0) return fail(Code::invalid, "Cannot pin an archived chat.");
  return after;
}

bool differs(const sql::Chat& before, const sql::Chat& after) {
  return before.title != after.title || before.plan_mode != after.plan_mode || before.workspace_id != after.workspace_id ||
         before.archived != after.archived || before.labels != after.labels;
}

// Writes the places of all whose place is another one now. The chat's own.
Task<Result<std::int32_t>> place(store::Tx& tx, const May& may, ChatId chat, std::int64_t wanted) {
  CO_TRY(before, co_await sql::pinned(tx, may));
  const auto after = pinned_anew(before, chat, wanted);
  std::vector<ChatId> ids = after;
  std::vector<std::int32_t> places;
  for (std::size_t i = 0; i < after.size(); ++i) places.push_back(static_cast<std::int32_t>(i) + 1);
  if (std::ranges::find(after, chat) == after.end()) {
    ids.push_back(chat);
    places.push_back(0);
  }
  CO_CHECK(co_await sql::set_pins(tx, may, ids, places));
  const auto at = std::ranges::find(after, chat);
  co_return at == after.end() ? 0 : static_cast<std::int32_t>(at - after.begin()) + 1;
}

// True: something was changed. The row is held from here on.
Task<Result<bool>> apply(store::Tx& tx, const sql::Chat& known, const Ask& ask) {
  CO_TRY(may, (tx.permit<Action::update, Resource::chat>(object_of(known))));
  const bool pins = ask.pin_order || ask.archived;
  if (pins) CO_CHECK(co_await sql::lock_pins(tx, may));  // before the row, which others who pin would wait for
  CO_TRY(locked, co_await sql::lock(tx, known.id));
  if (!locked) co_return not_found();
  const sql::Chat& row = **locked;
  CO_TRY(after, changed(row, ask, tx.now()));
  if (ask.workspace_id && after.workspace_id && after.workspace_id != row.workspace_id)
    CO_CHECK(co_await judge_workspace(tx, *after.workspace_id, row.organization_id));
  if (differs(row, after)) {
    CO_TRY(writes, (store::permit<Action::update, Resource::chat>(tx, *locked)));
    sql::ChangeArgs args;
    args.title = after.title;
    args.labels = after.labels;
    args.plan_mode = after.plan_mode;
    args.workspace_id = after.workspace_id;
    args.archived = after.archived;
    args.archived_at = after.archived_at;
    args.now = tx.now();
    CO_CHECK(co_await sql::change(tx, writes, args));
  }
  if (pins) {
    CO_TRY(at, co_await place(tx, may, row.id, after.archived ? 0 : ask.pin_order.value_or(row.pin_order)));
    after.pin_order = at;
  }
  if (!differs(row, after) && row.pin_order == after.pin_order) co_return false;
  tx.trace(http::audit_change(audit_of(row), audit_of(after)));
  co_return true;
}

Task<Result<http::NoContent>> change(http::Call& call, News& news) {
  CO_TRY(row, co_await find(call));
  call.audited(http::audit_about(audit_of(row)));
  if (!call.store().may(Action::update, object_of(row))) co_return forbidden();
  CO_TRY(ask, co_await call.body<Ask>(kMostBody));
  CO_CHECK(check_change(ask));
  bool done = false;
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(something, co_await apply(tx, row, ask));
    done = something;
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  if (done)
    news.changed(row.id, row.owner_id);
  else
    call.origin()->follows = true;  // nothing was done: there is no line
  co_return http::NoContent{};
}

}  // namespace

void add_changes(http::Routes& routes, std::string_view prefix, News& news) {
  using http::Audit, http::Auth;
  routes.patch<Auth::user, Audit::write>(std::string(prefix) + "/{chat}", [&news](http::Call& call) { return change(call, news); });
}

}  // namespace slipway::chats
