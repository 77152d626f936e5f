// Lists of chats, one chat, and what the clients ask besides.
#include "features/chats/routes.hpp"
#include "features/chats/ask.hpp"
#include "features/chats/wire.hpp"
#include "features/organizations/organizations.hpp"
#include "http/filter.hpp"
#include "net/url.hpp"

#include <algorithm>

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;

constexpr std::int64_t kPage = 50, kMostPage = 1000;

// What stands where a chat's id would and is a path of clients that is not served.
constexpr std::string_view kNotServed[] = {"by-workspace", "models", "files", "providers", "model-configs", "usage-limits", "user-provider-configs"};

// Every `label` of the query, each a key and its value; nothing when no chat can have them all. Errors: one without either.
Result<std::optional<Labels>> labels_of(const http::Call& call) {
  Labels labels;
  bool possible = true;
  for (const auto& [name, label] : net::parse_query(call.request().query)) {
    if (name != "label") continue;
    const auto colon = label.find(':');
    if (colon == label.npos || colon == 0 || colon + 1 == label.size())
      return fail(Code::invalid, fmt::format("Invalid label filter: \"{}\" (expected format key:value, both must be non-empty)", label));
    const auto value = label.substr(colon + 1);
    possible = labels.emplace(label.substr(0, colon), value).first->second == value && possible;
  }
  if (!possible) return std::optional<Labels>();
  return std::optional(std::move(labels));
}

std::unexpected<Error> bad_search(std::string detail) { return fail_field("Invalid chat search query.", "q", std::move(detail)); }

struct Search {
  bool archived = false, mine = true;
  std::optional<std::string> title;  // a pattern
};

Result<Search> search_of(const http::Call& call) {
  const auto filter = http::parse_filter(call.query("q").value_or(""), "title", {"archived", "source"});
  if (!filter) return bad_search(filter.error().fields.empty() ? "It cannot be read." : filter.error().fields.front().detail);
  Search search;
  const auto archived = filter->last("archived").value_or("false"), source = filter->last("source").value_or("created_by_me");
  if (archived != "true" && archived != "false") return bad_search(fmt::format("archived must be true or false, not \"{}\".", archived));
  if (source != "created_by_me" && source != "shared_with_me")
    return bad_search(fmt::format("source must be created_by_me or shared_with_me, not \"{}\".", source));
  search.archived = archived == "true";
  search.mine = source == "created_by_me";
  if (const auto word = filter->last("title")) search.title = http::like(*word);
  return search;
}

Task<Result<std::vector<api::Chat>>> list(http::Call& call) {
  CO_TRY(search, search_of(call));
  CO_TRY(labels, labels_of(call));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  CO_TRY(after, call.query_uuid("after_id"));
  if (!search.mine || !labels) co_return std::vector<api::Chat>();  // nobody shares one yet
  sql::PageArgs args;
  args.owner_id = call.actor().user_id;
  args.archived = search.archived;
  args.labels = pg::Json{api::to_json(*labels)};
  args.title = search.title;
  args.after = after;
  args.most = static_cast<std::int32_t>(std::min(limit == 0 ? kPage : limit, kMostPage));
  args.skip = static_cast<std::int32_t>(std::min<std::int64_t>(offset, 1'000'000));
  CO_TRY(rows, co_await sql::page(call.store(), args));
  co_return to_wire(rows);
}

Task<Result<api::Chat>> show(http::Call& call) {
  CO_TRY(row, co_await find(call));
  co_return to_wire(row);
}

// Nothing runs that could be interrupted; who may not do it is told so.
Task<Result<api::Chat>> interrupt(http::Call& call) {
  CO_TRY(row, co_await find(call));
  if (!call.store().may(Action::update, object_of(row))) co_return forbidden();
  co_return to_wire(row);
}

Task<Result<api::OrganizationChatModelsResponse>> models(http::Call& call) {
  CO_CHECK(co_await organizations::find(call, call.path("organization")));
  co_return api::OrganizationChatModelsResponse{};
}

}  // namespace

Task<Result<sql::Chat>> find(http::Call& call) {
  if (std::ranges::find(kNotServed, call.path("chat")) != std::end(kNotServed)) co_return fail(Code::not_found, "Route not found.");
  CO_TRY(id, call.path_id<ChatId>("chat"));
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

void add_routes(http::Routes& routes, News& news, Limits& limits, http::Authenticator& authenticator) {
  using http::Audit, http::Auth;
  for (const auto prefix : kPrefixes) {
    const std::string chats(prefix);
    routes.get<Auth::user, Audit::none>(chats, list);
    routes.get<Auth::user, Audit::none>(chats + "/{chat}", show);
    routes.post<Auth::user, Audit::none>(chats + "/{chat}/interrupt", interrupt);
    add_creation(routes, prefix, news, limits);
    add_changes(routes, prefix, news);
    add_messages(routes, prefix, news);
    add_streams(routes, prefix, news, authenticator);
    add_watching(routes, prefix, news, authenticator);
    add_retention(routes, prefix);
  }
  routes.get<Auth::user, Audit::none>("/api/v2/organizations/{organization}/chats/models", models);
}

}  // namespace slipway::chats
