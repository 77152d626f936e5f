#include "http/routes.hpp"
#include "base/text.hpp"
#include "features/audit/audit.hpp"
#include "features/audit/search.hpp"
#include "http/audit.hpp"
#include "rbac/filter.hpp"

namespace slipway::audit {

namespace {

using rbac::Action, rbac::Resource;

constexpr const char* kSay = "Invalid audit search query.";

std::unexpected<Error> bad(std::string detail) { return bad_search(kSay, std::move(detail)); }

template <class Known>
Result<std::optional<std::string>> choice(const http::Filter& filter, std::string_view key, Known known) {
  auto value = filter.last(key);
  if (value && !known(*value)) return bad(fmt::format("Query param \"{}\" has invalid value: \"{}\".", key, *value));
  return value;
}

bool is_type(std::string_view name) {
  const auto declared = http::trail_types();
  return api::ResourceType::is_known(name) || std::ranges::find(declared, name, &http::TrailType::type) != declared.end();
}

// A whole day, by its date.
Result<std::optional<Time>> day(const http::Filter& filter, std::string_view key, std::chrono::days add) {
  const auto text = filter.last(key);
  if (!text) return std::optional<Time>();
  const auto start = text->size() == 10 ? parse_rfc3339(*text + "T00:00:00Z") : std::nullopt;
  if (!start) return bad(fmt::format("Query param \"{}\" must be a date such as 2026-01-31, not \"{}\".", key, *text));
  return std::optional(*start + add);
}

Task<Result<sql::ListArgs>> read_filter(http::Call& call) {
  const std::vector<std::string_view> keys{"resource_type", "resource_id",  "resource_target", "action",    "build_reason", "username",
                                           "email",         "organization", "request_id",      "date_from", "date_to"};
  CO_TRY(filter, search_of(call, kSay, "resource_type", keys));
  sql::ListArgs args;
  CO_TRY(type, choice(filter, "resource_type", is_type));
  args.resource_type = std::move(type);
  args.resource_target = filter.last("resource_target");
  CO_TRY(resource, filter.uuid("resource_id"));
  if (resource) args.resource_id = ResourceId{*resource};
  CO_TRY(request, filter.uuid("request_id"));
  if (request) args.request_id = RequestId{*request};
  CO_TRY(action, choice(filter, "action", api::AuditAction::is_known));
  args.action = std::move(action);
  CO_TRY(reason, choice(filter, "build_reason", api::BuildReason::is_known));
  args.build_reason = std::move(reason);
  args.username = filter.last("username");
  args.email = filter.last("email");
  CO_TRY(from, day(filter, "date_from", std::chrono::days(0)));
  args.since = from;
  CO_TRY(to, day(filter, "date_to", std::chrono::days(1)));
  args.until = to;
  CO_TRY(organization, co_await organization_of(call, filter, kSay));
  args.organization_id = organization;
  co_return args;
}

struct Page {
  std::vector<sql::Line> rows;
  std::int64_t count = 0;
};

// The same fields under the name of another statement's arguments.
template <class Args>
Args same(const sql::ListArgs& a) {
  Args out;
  out.resource_type = a.resource_type;
  out.resource_target = a.resource_target;
  out.resource_id = a.resource_id;
  out.request_id = a.request_id;
  out.organization_id = a.organization_id;
  out.action = a.action;
  out.build_reason = a.build_reason;
  out.since = a.since;
  out.until = a.until;
  out.username = a.username;
  out.email = a.email;
  copy_page(a, out);
  return out;
}

// The organization that the index is entered by: the one asked for, or the only one whose trail this actor sees.
std::optional<OrganizationId> place_of(const http::Call& call, const sql::ListArgs& args) {
  if (args.organization_id) return args.organization_id;
  const auto rights = rbac::filter(*call.actor().subject, Action::read, Resource::audit_log);
  if (rights.everything || rights.organizations.size() != 1) return std::nullopt;
  return rights.organizations.front();
}

Task<Result<Page>> read_page(http::Call& call, const sql::ListArgs& args) {
  auto& store = call.store();
  Page page;
  if (args.resource_id || args.request_id) {
    auto list = same<sql::ListOfObjectArgs>(args);
    auto count = same<sql::CountOfObjectArgs>(args);
    list.wanted = count.wanted = args.resource_id ? args.resource_id->uuid : args.request_id->uuid;
    CO_TRY(rows, co_await sql::list_of_object(store, list));
    CO_TRY(total, co_await sql::count_of_object(store, count));
    co_return Page{std::move(rows), total};
  }
  if (args.username || args.email) {
    auto list = same<sql::ListOfPersonArgs>(args);
    auto count = same<sql::CountOfPersonArgs>(args);
    list.person = count.person = text::lower(args.username ? *args.username : *args.email);
    CO_TRY(rows, co_await sql::list_of_person(store, list));
    CO_TRY(total, co_await sql::count_of_person(store, count));
    co_return Page{std::move(rows), total};
  }
  if (const auto place = place_of(call, args)) {
    auto list = same<sql::ListOfOrganizationArgs>(args);
    auto count = same<sql::CountOfOrganizationArgs>(args);
    list.place = count.place = place->uuid;
    CO_TRY(rows, co_await sql::list_of_organization(store, list));
    CO_TRY(total, co_await sql::count_of_organization(store, count));
    co_return Page{std::move(rows), total};
  }
  if (args.resource_type) {
    auto list = same<sql::ListOfKindArgs>(args);
    auto count = same<sql::CountOfKindArgs>(args);
    list.kind = count.kind = *args.resource_type;
    CO_TRY(rows, co_await sql::list_of_kind(store, list));
    CO_TRY(total, co_await sql::count_of_kind(store, count));
    co_return Page{std::move(rows), total};
  }
  const auto counted = same<sql::CountArgs>(args);
  CO_TRY(rows, co_await sql::list(store, args));
  CO_TRY(total, co_await sql::count(store, counted));
  co_return Page{std::move(rows), total};
}

Task<Result<api::AuditLogResponse>> list(http::Call& call) {
  CO_CHECK(may_search(call, Resource::audit_log));
  CO_TRY(args, co_await read_filter(call));
  CO_CHECK(read_page_asked(call, args));
  CO_TRY(page, co_await read_page(call, args));
  api::AuditLogResponse out;
  out.count = page.count;
  out.count_cap = kCountCap;
  for (const auto& row : page.rows) out.audit_logs.push_back(to_wire(row));
  co_return out;
}

// A line that says what it is asked to, for trying out what reads the trail.
Task<Result<http::NoContent>> generate(http::Call& call, api::CreateTestAuditLogRequest ask) {
  // Empty is not set, as everywhere in requests.
  const auto given_or = [](const std::optional<std::string>& text, std::string otherwise) { return text && !text->empty() ? *text : otherwise; };
  store::Trace trace{.resource_type = given_or(ask.resource_type, "user"),
                     .resource_id = ask.resource_id.value_or(call.actor().user_id.uuid),
                     .target = call.actor().name,
                     .organization = {ask.organization_id.value_or(Uuid())},
                     .action = given_or(ask.action, "create")};
  std::map<std::string, api::json::Raw> more;
  if (ask.additional_fields) {
    auto given = api::from_json<std::map<std::string, api::json::Raw>>(ask.additional_fields->text);
    if (!given) co_return fail_field("Validation failed.", "additional_fields", "additional_fields must be an object.");
    more = std::move(*given);
  }
  if (ask.build_reason && !ask.build_reason->empty()) more["build_reason"] = {api::to_json(*ask.build_reason)};
  trace.additional = api::to_json(more);
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_CHECK((tx.permit<Action::create, Resource::audit_log>(rbac::all_in(Resource::audit_log, trace.organization))));
    tx.trace_as(std::move(trace), ask.time, ask.request_id ? std::optional(RequestId{*ask.request_id}) : std::nullopt);
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::NoContent{};
}

}  // namespace

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  routes.get<Auth::user, Audit::none>("/api/v2/audit", list);
  routes.post<Auth::user, Audit::none>("/api/v2/audit/testgenerate", generate);
}

}  // namespace slipway::audit
