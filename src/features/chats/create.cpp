// A new chat with its first message: one statement, the audit line rides with the commit, and nobody waits for anybody.
#include "crypto/hash.hpp"
#include "features/chats/ask.hpp"
#include "features/chats/routes.hpp"
#include "features/chats/wire.hpp"
#include "rbac/subject.hpp"

namespace slipway::chats {

namespace {

using rbac::Action, rbac::Resource;

struct Asked {
  api::CreateChatRequest what;
  OrganizationId organization;
  std::optional<WorkspaceId> workspace;
  std::optional<std::string> key;
  std::optional<pg::Bytes> hash;  // of the body as it came, where there is a key
};

std::unexpected<Error> no_workspace() { return fail(Code::invalid, "Workspace not found or you do not have access to this resource"); }

std::unexpected<Error> full() {
  return fail(Code::conflict, "Chat limit reached.", "Archive chats that you do not need any more, and try again in half a minute.");
}

// Errors: the caller is nobody in that organization. What a key may do does not matter here.
Result<Asked> asked_of(const http::Call& call, std::string_view body) {
  TRY(what, api::from_request<api::CreateChatRequest>(body));
  const OrganizationId organization{what.organization_id};
  if (organization.is_nil()) return fail(Code::invalid, "organization_id is required.");
  if (!call.actor().subject->is_member(organization)) return fail(Code::forbidden, "You are not a member of the specified organization.");
  Asked asked{.what = std::move(what), .organization = organization};
  if (asked.what.workspace_id) asked.workspace = WorkspaceId{*asked.what.workspace_id};
  const auto& headers = call.request().headers;
  if (headers.has("Idempotency-Key")) {
    asked.key = std::string(headers.get("Idempotency-Key"));
    asked.hash = pg::Bytes{crypto::sha256(body)};
  }
  return asked;
}

// Something is wrong with it: says what comes first in the order of the checks, at no one's cost but the caller's.
Task<Result<void>> refuse(http::Call& call, const Asked& asked, const rbac::Object& chat) {
  if (!call.store().may(Action::create, chat)) co_return forbidden();
  CO_CHECK(check_words(asked.what));
  if (asked.workspace) CO_CHECK(co_await judge_workspace(call.store(), *asked.workspace, asked.organization));
  CO_CHECK(check_choices(asked.what));
  co_return check_key(asked.key);
}

sql::Chat row_of(const http::Call& call, const Asked& asked, const rbac::Object& chat) {
  sql::Chat row;
  row.id = ChatId{chat.id};
  row.organization_id = chat.organization;
  row.owner_id = chat.owner;
  if (const auto& user = call.principal().user) {
    row.owner_username = user->username;
    row.owner_name = user->name;
  }
  row.workspace_id = asked.workspace;
  row.title = title_of(asked.what.content);
  row.status = api::ChatStatus::waiting;
  row.client_type = asked.what.client_type.value_or("").empty() ? std::string(api::ChatClientType::api) : *asked.what.client_type;
  row.labels.text = api::to_json(asked.what.labels.value_or(Labels()));
  if (!asked.what.plan_mode.value_or("").empty()) row.plan_mode = asked.what.plan_mode;
  row.created_at = row.updated_at = call.now();
  row.request_hash = asked.hash;
  return row;
}

sql::CreateArgs arguments(const Asked& asked, const sql::Chat& row) {
  sql::CreateArgs args;
  args.workspace_id = asked.workspace;
  args.title = row.title;
  args.client_type = row.client_type;
  args.labels = row.labels;
  args.plan_mode = row.plan_mode;
  args.system_prompt = asked.what.system_prompt.value_or("");
  args.idempotency_key = asked.key;
  args.request_hash = row.request_hash;
  args.now = row.created_at;
  args.content = pg::Json{api::to_json(kept(asked.what.content))};
  return args;
}

// The workspace as the creating statement found it.
std::optional<sql::Named> named_in(const sql::Created& made) {
  if (!made.workspace_id || !made.organization_id || !made.owner_id) return std::nullopt;
  sql::Named named;
  named.id = *made.workspace_id;
  named.organization_id = *made.organization_id;
  named.owner_id = *made.owner_id;
  named.dormant_at = made.dormant_at;
  named.user_acl = made.user_acl.value_or(pg::Json{"{}"});
  named.group_acl = made.group_acl.value_or(pg::Json{"{}"});
  return named;
}

// What was made with this key before, if it was asked for in the same words.
Result<sql::Chat> same(std::optional<sql::Chat> found, const Asked& asked) {
  if (!found) return fail(Code::conflict, "The chat of this Idempotency-Key was deleted just now.", "Send the request again to begin another one.");
  if (found->request_hash != asked.hash) return fail(Code::conflict, "Idempotency key was already used with a different request.");
  return std::move(*found);
}

struct Outcome {
  sql::Chat row;
  bool replayed = false;
};

// Nothing can be made any more, but what was made before can be had again.
Task<Result<Outcome>> only_before(http::Call& call, const Asked& asked, const rbac::Object& chat) {
  CO_TRY(may, (call.store().permit<Action::create, Resource::chat>(chat)));
  if (!asked.key) co_return full();
  CO_TRY(found, co_await sql::by_key(call.store(), may, *asked.key));
  if (!found) co_return full();
  CO_TRY(row, same(std::move(found), asked));
  co_return Outcome{.row = std::move(row), .replayed = true};
}

Task<Result<Outcome>> make(http::Call& call, const Asked& asked, const rbac::Object& chat) {
  Outcome outcome{.row = row_of(call, asked, chat)};
  const auto args = arguments(asked, outcome.row);
  const auto key = asked.key.value_or("");
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::chat>(chat)));
    CO_TRY(made, co_await sql::create(tx, may, args));
    if (asked.workspace) CO_CHECK(judge_workspace(tx, named_in(made), asked.organization));
    if (made.made) {
      tx.trace(http::audit_new(audit_of(outcome.row)));
      co_return Result<void>();
    }
    CO_TRY(found, co_await sql::by_key(tx, may, key));
    CO_TRY(row, same(std::move(found), asked));
    outcome = {.row = std::move(row), .replayed = true};
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return outcome;
}

Task<Result<http::Created<api::Chat>>> create(http::Call& call, News& news, Limits& limits) {
  CO_TRY(text, co_await call.exchange().body(kMostBody));
  CO_TRY(asked, asked_of(call, text));
  const auto owner = call.actor().user_id;
  const rbac::Object chat{.type = Resource::chat, .id = Uuid::random(), .owner = owner, .organization = asked.organization};
  call.audited(http::audit_about({.type = "chat", .organization = asked.organization}));
  if (!check_words(asked.what) || !check_choices(asked.what) || !check_key(asked.key)) {
    CO_CHECK(co_await refuse(call, asked, chat));
    co_return fail_internal("a chat was refused that nothing is wrong with");
  }
  auto task = limits.reached(owner) ? only_before(call, asked, chat) : make(call, asked, chat);
  CO_TRY(outcome, co_await std::move(task));
  if (outcome.replayed) {
    call.origin()->follows = true;  // nothing was done: there is no line
    call.answer_headers().set("Idempotency-Replayed", "true");
  } else {
    limits.made(owner);
    news.changed(outcome.row.id, owner);
  }
  auto answer = to_wire(outcome.row);
  answer.warnings = warnings_of(asked.what);
  co_return http::Created<api::Chat>{std::move(answer)};
}

}  // namespace

Result<void> judge_workspace(store::Store& store, const std::optional<sql::Named>& workspace, OrganizationId organization) {
  if (!workspace) return no_workspace();
  const auto target = object_of(*workspace);
  if (!store.may(Action::ssh, target) || !store.may(Action::read, target)) return no_workspace();
  if (workspace->organization_id != organization) return fail(Code::invalid, "Workspace does not belong to this chat's organization.");
  return {};
}

Task<Result<void>> judge_workspace(store::Store& store, WorkspaceId workspace, OrganizationId organization) {
  CO_TRY(found, co_await sql::workspace(store, workspace));
  co_return judge_workspace(store, found, organization);
}

void add_creation(http::Routes& routes, std::string_view prefix, News& news, Limits& limits) {
  using http::Audit, http::Auth;
  routes.post<Auth::user, Audit::create>(std::string(prefix), [&news, &limits](http::Call& call) { return create(call, news, limits); });
}

}  // namespace slipway::chats
