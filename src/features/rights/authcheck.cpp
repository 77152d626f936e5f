// POST /authcheck: named questions about rights, answered from the compiled subject; rows are read only for a resource_id.
#include "features/rights/authcheck.hpp"
#include "api/gen/auth.hpp"
#include "features/groups/objects.hpp"
#include "features/templates/objects.hpp"
#include "features/users/objects.hpp"
#include "features/workspaces/objects.hpp"
#include "store/store.hpp"

namespace slipway::rights {

namespace {

using rbac::Resource;

// A page asks for a few rows, never for lists.
constexpr int kMostRows = 10;

Uuid uuid_or_nil(const std::optional<std::string>& text) {
  const auto id = text ? Uuid::parse(*text) : std::nullopt;
  return id ? *id : Uuid{};
}

bool holds_row(Resource type) {
  return type == Resource::workspace || type == Resource::template_ || type == Resource::user || type == Resource::group;
}

template <class Row>
Task<Result<std::optional<store::Target>>> target_of(Task<Result<std::optional<Row>>> reading) {
  auto row = co_await std::move(reading);
  if (!row && row.error().code == Code::not_found) co_return std::optional<store::Target>();
  if (!row) co_return std::unexpected(std::move(row).error());
  if (!*row) co_return std::optional<store::Target>();
  co_return std::optional<store::Target>(object_of(**row));
}

}  // namespace

Result<void> check_object(const std::string& key, const api::AuthorizationObject& object) {
  if (object.resource_type.empty()) return fail(Code::invalid, fmt::format("Object's \"resource_type\" field must be defined for key \"{}\".", key));
  if (!object.resource_id || object.resource_id->empty()) return {};
  if (!Uuid::parse(*object.resource_id)) return fail(Code::invalid, fmt::format("Object \"{}\" id is not a valid uuid.", *object.resource_id));
  if (holds_row(rbac::resource_named(object.resource_type))) return {};
  return fail(Code::invalid, fmt::format("Object type \"{}\" does not support \"resource_id\" field.", object.resource_type));
}

rbac::Object described(const api::AuthorizationObject& from, UserId self) {
  rbac::Object object{.type = rbac::resource_named(from.resource_type)};
  object.owner = from.owner_id && *from.owner_id == "me" ? self : UserId{uuid_or_nil(from.owner_id)};
  object.organization = OrganizationId{uuid_or_nil(from.organization_id)};
  object.any_org = from.any_org.value_or(false);
  return object;
}

Task<Result<std::optional<store::Target>>> load_object(http::Call& call, Resource type, Uuid id) {
  auto& store = call.store();
  switch (type) {
    case Resource::workspace: co_return co_await target_of(workspaces::sql::by_id(store, call.actor().user_id.uuid, WorkspaceId{id}));
    case Resource::template_: co_return co_await target_of(templates::sql::by_id(store, TemplateId{id}));
    case Resource::user: co_return co_await target_of(users::sql::by_id(store, UserId{id}));
    default: break;
  }
  co_return co_await target_of(groups::sql::by_id(store, GroupId{id}));
}

void read(api::json::Reader& in, const api::json::Value& from, CheckAsk& to) {
  if (!in.is_object(from)) return;
  std::map<std::string, OneCheck> checks;
  in.field(from, "checks", checks);
  for (auto& [key, one] : checks) to.checks.emplace(key, std::move(one.check));
}

void read(api::json::Reader& in, const api::json::Value& from, OneCheck& to) {
  if (!in.is_object(from)) return;
  in.field(from, "action", to.check.action);
  const auto* object = in.find(from, "object");
  if (!object) return;
  api::json::Reader::Step step(in, "object");
  if (!in.is_object(*object)) return;
  in.field(*object, "resource_type", to.check.object.resource_type);  // no choice(): an unknown type is an answer, not an error
  in.field(*object, "owner_id", to.check.object.owner_id);
  in.field(*object, "organization_id", to.check.object.organization_id);
  in.field(*object, "resource_id", to.check.object.resource_id);
  in.field(*object, "any_org", to.check.object.any_org);
}

Task<Result<api::AuthorizationResponse>> authcheck(http::Call& call, CheckAsk ask) {
  int rows = 0;
  for (const auto& [key, check] : ask.checks) rows += check.object.resource_id && !check.object.resource_id->empty() ? 1 : 0;
  if (rows > kMostRows)
    co_return fail(Code::invalid,
                   fmt::format("Endpoint only supports using \"resource_id\" field {} times, found {} usages. Remove {} objects with this field set.",
                               kMostRows, rows, rows - kMostRows));
  for (const auto& [key, check] : ask.checks) CO_CHECK(check_object(key, check.object));
  api::AuthorizationResponse answers;
  for (const auto& [key, check] : ask.checks) {
    const auto action = rbac::action_named(check.action);
    const rbac::Object object = described(check.object, call.actor().user_id);
    const Uuid id = uuid_or_nil(check.object.resource_id);
    if (id.is_nil()) {
      answers[key] = call.store().may(action, object);
      continue;
    }
    CO_TRY(row, co_await load_object(call, object.type, id));
    answers[key] = row && call.store().may(action, *row);
  }
  co_return answers;
}

}  // namespace slipway::rights
