#include "http/routes.hpp"
#include "api/gen/response.hpp"
#include "base/names.hpp"
#include "features/groups/groups.hpp"
#include "features/organizations/organizations.hpp"
#include "features/users/users.hpp"
#include "http/filter.hpp"
#include "store/store.hpp"

namespace slipway::groups {

namespace {

using rbac::Action, rbac::Resource;

// Longer than other names: identity providers name groups too.
Result<void> valid_group_name(std::string_view name) {
  bool word = false, valid = !name.empty() && name.size() <= 255 && name != "new" && name != "create";
  for (const char c : name) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    valid = valid && (letter || (c == '-' && word));
    word = letter;
  }
  if (valid && word) return {};
  return fail_field("Validation failed.", "name",
                    "Use 1 to 255 letters and digits, with single dashes between them; \"new\" and \"create\" are reserved.");
}

Result<void> not_reserved(std::string_view name) {
  if (!net::iequals(name, kEveryone)) return {};
  return fail_field(fmt::format("\"{}\" is a reserved keyword and cannot be used for a group name.", kEveryone), "name", "Choose another name.");
}

Result<std::int32_t> valid_allowance(std::int64_t allowance) {
  if (allowance >= 0 && allowance <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(allowance);
  return fail_field("Validation failed.", "quota_allowance", "Must be a number of credits, zero or more.");
}

Result<void> valid_avatar(std::string_view url) {
  if (url.empty() || url.starts_with('/') || url.starts_with("https://") || url.starts_with("http://")) return {};
  return fail_field("Validation failed.", "avatar_url", "Must be a web address or a path that begins with /.");
}

Task<Result<sql::Group>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<GroupId>("group"));
  co_return co_await find(call, id);
}

Task<Result<sql::Group>> by_names(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(row, co_await sql::by_name(call.store(), organization.id, std::string(call.path("groupName"))));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

api::Group bare(const sql::Group& row) {
  api::Group out;
  out.id = row.id.uuid;
  out.name = row.name;
  out.display_name = row.display_name;
  out.organization_id = row.organization_id.uuid;
  out.total_member_count = row.total_member_count;
  out.avatar_url = row.avatar_url;
  out.quota_allowance = row.quota_allowance;
  out.source = row.source;
  out.organization_name = row.organization_name;
  out.organization_display_name = row.organization_display_name;
  return out;
}

Task<Result<api::Group>> whole(http::Call& call, const sql::Group& row) {
  CO_TRY(without, call.query_bool("exclude_members"));
  if (without) co_return bare(row);
  std::vector<sql::Group> rows{row};
  CO_TRY(wire, co_await to_wire(call, rows));
  co_return std::move(wire.front());
}

// A filter tells who is in which group, so it asks for the same right as the members themselves do.
void hide_unreadable(http::Call& call, UserId member, std::vector<sql::Group>& rows) {
  std::erase_if(rows, [&](const sql::Group& row) {
    const rbac::Object membership{.type = Resource::group_member, .id = member.uuid, .owner = member, .organization = row.organization_id};
    return !call.store().may(Action::read, membership);
  });
}

Result<std::vector<GroupId>> ids_in(std::string_view list) {
  std::vector<GroupId> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto text = list.substr(0, comma);
    const auto id = GroupId::parse(text);
    if (!id) return fail_field("Query parameters have invalid values.", "group_ids", fmt::format("\"{}\" is not a valid UUID.", text));
    out.push_back(*id);
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
  return out;
}

// Where only the groups are wanted, who is in them is left out: of large ones that is most of the answer.
Task<Result<std::vector<api::Group>>> answered(http::Call& call, const std::vector<sql::Group>& rows) {
  CO_TRY(without, call.query_bool("exclude_members"));
  if (!without) co_return co_await to_wire(call, rows);
  std::vector<api::Group> out;
  for (const auto& row : rows) out.push_back(bare(row));
  co_return out;
}

Task<Result<std::vector<api::Group>>> list(http::Call& call) {
  sql::ListArgs args;
  if (const auto name = call.query("organization"); name && !name->empty()) {
    CO_TRY(organization, co_await organizations::find(call, *name));
    args.organization_id = organization.id;
  }
  CO_TRY(ids, ids_in(call.query("group_ids").value_or("")));
  args.group_ids = std::move(ids);
  std::optional<UserId> member;
  if (const auto name = call.query("has_member"); name && !name->empty()) {
    member = UserId::parse(*name);
    if (!member) {
      auto user = co_await users::find(call, *name);
      if (!user && user.error().code == Code::not_found) co_return std::vector<api::Group>();  // a list never says that somebody is hidden
      if (!user) co_return std::unexpected(std::move(user).error());
      member = user->id;
    }
    args.has_member = member->uuid;
  }
  CO_TRY(rows, co_await sql::list(call.store(), args));
  if (member) hide_unreadable(call, *member, rows);
  co_return co_await answered(call, rows);
}

Task<Result<std::vector<api::Group>>> of_organization(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(rows, co_await sql::list(call.store(), sql::ListArgs{.organization_id = organization.id}));
  co_return co_await answered(call, rows);
}

Task<Result<api::Group>> show(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await whole(call, row);
}

Task<Result<api::Group>> show_by_name(http::Call& call) {
  CO_TRY(row, co_await by_names(call));
  co_return co_await whole(call, row);
}

Task<Result<api::GroupMembersResponse>> page_of(http::Call& call, const sql::Group& row) {
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "search", {"search"}));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  CO_TRY(after, call.query_uuid("after_id"));
  sql::MembersArgs args{.group_id = row.id};
  if (const auto search = filter.last("search")) args.search = http::like(*search);
  args.most = static_cast<std::int32_t>(std::min<std::int64_t>(limit, 1 << 30));
  args.skip = static_cast<std::int32_t>(std::min<std::int64_t>(offset, 1 << 30));
  if (after && !after->is_nil()) args.after_id = after;
  CO_TRY(rows, co_await sql::members(call.store(), args));
  api::GroupMembersResponse out;
  if (!rows.empty()) out.count = rows.front().total;
  if (rows.empty() && (args.skip > 0 || args.after_id)) {  // past the end: the total is on the first page
    args.skip = 0;
    args.most = 1;
    args.after_id.reset();
    CO_TRY(first, co_await sql::members(call.store(), args));
    if (!first.empty()) out.count = first.front().total;
  }
  for (const auto& one : rows) out.users.push_back(person(one));
  co_return out;
}

Task<Result<api::GroupMembersResponse>> members(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  co_return co_await page_of(call, row);
}

Task<Result<api::GroupMembersResponse>> members_by_name(http::Call& call) {
  CO_TRY(row, co_await by_names(call));
  co_return co_await page_of(call, row);
}

Task<Result<http::Created<api::Group>>> create(http::Call& call, api::CreateGroupRequest ask) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_CHECK(not_reserved(ask.name));
  CO_CHECK(valid_group_name(ask.name));
  CO_CHECK(names::valid_display_name(ask.display_name));
  CO_CHECK(valid_avatar(ask.avatar_url));
  CO_TRY(allowance, valid_allowance(ask.quota_allowance));
  const rbac::Object object{.type = Resource::group, .id = GroupId::random().uuid, .organization = organization.id};
  const sql::InsertArgs args{
      .name = ask.name, .display_name = ask.display_name, .avatar_url = ask.avatar_url, .quota_allowance = allowance, .now = call.now()};
  const sql::Group made{.id = GroupId{object.id},
                        .organization_id = organization.id,
                        .name = args.name,
                        .display_name = args.display_name,
                        .avatar_url = args.avatar_url,
                        .quota_allowance = allowance,
                        .source = std::string(api::GroupSource::user),
                        .organization_name = organization.name,
                        .organization_display_name = organization.display_name,
                        .total_member_count = 0};
  call.audited(http::audit_about(sql::audit_of(made)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::create, Resource::group>(object)));
    CO_CHECK(co_await sql::insert(tx, may, args));
    tx.trace(http::audit_new(sql::audit_of(made)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::Created<api::Group>{bare(made)};
}

// Errors: 400 naming every id that is none.
Result<std::vector<UserId>> ids_of(const std::vector<std::string>& texts, std::string_view field, std::vector<FieldError>& faults) {
  std::vector<UserId> out;
  for (const auto& text : texts) {
    if (const auto id = UserId::parse(text))
      out.push_back(*id);
    else
      faults.push_back({std::string(field), fmt::format("ID \"{}\" must be a valid user UUID.", text)});
  }
  return out;
}

struct Members {
  std::vector<UserId> add, remove;
};

std::vector<Uuid> uuids(const std::vector<UserId>& ids) {
  std::vector<Uuid> out;
  for (const auto& id : ids) out.push_back(id.uuid);
  return out;
}

Result<Members> asked_members(const api::PatchGroupRequest& ask) {
  std::vector<FieldError> faults;
  TRY(add, ids_of(ask.add_users, "add_users", faults));
  TRY(remove, ids_of(ask.remove_users, "remove_users", faults));
  if (!faults.empty()) return std::unexpected(Error{.code = Code::invalid, .say = "Validation failed.", .fields = std::move(faults)});
  return Members{std::move(add), std::move(remove)};
}

Result<void> check_everyone(const api::PatchGroupRequest& ask, const sql::Group& row) {
  if (!is_everyone(row)) return {};
  if (!ask.name.empty() && ask.name != row.name)
    return fail_field(fmt::format("Cannot rename the \"{}\" group!", kEveryone), "name", "Leave it empty.");
  if (ask.display_name && !ask.display_name->empty() && *ask.display_name != row.display_name)
    return fail_field(fmt::format("Cannot change the display name of the \"{}\" group!", kEveryone), "display_name", "Leave it empty.");
  if (ask.add_users.empty() && ask.remove_users.empty()) return {};
  return fail(Code::invalid, fmt::format("Cannot modify members of the \"{}\" group!", kEveryone),
              "Add people to the organization, or remove them from it.");
}

Task<Result<void>> add_members(store::Tx& tx, const store::Permit<Action::update, Resource::group>& may, const sql::Group& row,
                               const std::vector<UserId>& ids) {
  if (ids.empty()) co_return Result<void>();
  CO_TRY(known, co_await sql::lock_members(tx, may, ids));
  std::vector<FieldError> faults;
  for (const auto& id : ids)
    if (std::ranges::find(known, id) == known.end())
      faults.push_back({"add_users", fmt::format("User \"{}\" must be a member of organization \"{}\"", id.str(), row.organization_name)});
  if (!faults.empty()) co_return std::unexpected(Error{.code = Code::invalid, .say = faults.front().detail, .fields = std::move(faults)});
  CO_CHECK(co_await sql::add_members(tx, may, ids));
  co_return Result<void>();
}

// The trail shows who was in the group before and who is after.
Task<Result<void>> change_members(store::Tx& tx, const store::Permit<Action::update, Resource::group>& may, const sql::Group& row,
                                  const Members& people, http::AuditObject& before, http::AuditObject& after) {
  CO_TRY(members_before, co_await sql::member_ids(tx, may));
  CO_CHECK(co_await add_members(tx, may, row, people.add));
  if (!people.remove.empty()) CO_CHECK(co_await sql::remove_members(tx, may, people.remove));
  CO_TRY(members_after, co_await sql::member_ids(tx, may));
  before.fields.emplace_back("members", uuids(members_before));
  after.fields.emplace_back("members", uuids(members_after));
  co_return Result<void>();
}

// What was asked for is put on the group as it is now. Errors: 400 with the field at fault.
Result<sql::Group> changed_group(const sql::Group& row, const api::PatchGroupRequest& ask) {
  TRY_OK(check_everyone(ask, row));
  auto changed = row;
  if (!ask.name.empty() && ask.name != row.name) {
    TRY_OK(not_reserved(ask.name));
    TRY_OK(valid_group_name(ask.name));
    changed.name = ask.name;
  }
  TRY_OK(names::valid_display_name(ask.display_name.value_or("")));
  TRY_OK(valid_avatar(ask.avatar_url.value_or("")));
  TRY(allowance, valid_allowance(ask.quota_allowance.value_or(row.quota_allowance)));
  if (!is_everyone(row)) changed.display_name = ask.display_name.value_or(row.display_name);
  changed.avatar_url = ask.avatar_url.value_or(row.avatar_url);
  changed.quota_allowance = allowance;
  return changed;
}

Task<Result<api::Group>> update(http::Call& call, api::PatchGroupRequest ask) {
  CO_TRY(seen, co_await of_path(call));
  call.audited(http::audit_about(sql::audit_of(seen)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await sql::lock(tx, seen.id));
    if (!row) co_return not_found();
    CO_TRY(may, (store::permit<Action::update, Resource::group>(tx, *row)));
    CO_TRY(changed, changed_group(**row, ask));
    CO_TRY(people, asked_members(ask));
    CO_CHECK(co_await sql::update(tx, may, changed.name, changed.display_name, changed.avatar_url, changed.quota_allowance));
    auto before = sql::audit_of(**row), after = sql::audit_of(changed);
    if (!people.add.empty() || !people.remove.empty()) CO_CHECK(co_await change_members(tx, may, **row, people, before, after));
    tx.trace(http::audit_change(before, after));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  CO_TRY(after, co_await find(call, seen.id));
  co_return co_await whole(call, after);
}

Task<Result<api::Response>> remove(http::Call& call) {
  CO_TRY(seen, co_await of_path(call));
  call.audited(http::audit_about(sql::audit_of(seen)));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(row, co_await sql::lock(tx, seen.id));
    if (!row) co_return not_found();
    CO_TRY(may, (store::permit<Action::delete_, Resource::group>(tx, *row)));
    if (is_everyone(**row)) co_return fail(Code::invalid, fmt::format("\"{}\" is a reserved group and cannot be deleted!", kEveryone));
    CO_CHECK(co_await sql::leave_templates(tx, may));
    CO_CHECK(co_await sql::leave_workspaces(tx, may));
    CO_CHECK(co_await sql::delete_group(tx, may));
    tx.trace(http::audit_end(sql::audit_of(**row)));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return api::Response{.message = "Successfully deleted group!", .detail = {}, .validations = {}};
}

}  // namespace

Task<Result<sql::Group>> find(http::Call& call, GroupId id) {
  CO_TRY(row, co_await sql::by_id(call.store(), id));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

Task<Result<std::vector<api::Group>>> to_wire(http::Call& call, const std::vector<sql::Group>& rows) {
  std::vector<api::Group> out;
  std::vector<GroupId> ids;
  std::map<GroupId, std::size_t> place;
  for (const auto& row : rows) {
    place[row.id] = out.size();
    ids.push_back(row.id);
    out.push_back(bare(row));
  }
  if (rows.empty()) co_return out;
  CO_TRY(members, co_await sql::members_of(call.store(), ids));
  for (const auto& member : members) out[place.at(member.group_id)].members.push_back(person(member));
  co_return out;
}

void add_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string one = "/api/v2/groups/{group}", in_organization = "/api/v2/organizations/{organization}/groups";
  routes.get<Auth::user, Audit::none>("/api/v2/groups", list);
  routes.get<Auth::user, Audit::none>(one, show);
  routes.patch<Auth::user, Audit::write>(one, update);
  routes.del<Auth::user, Audit::delete_>(one, remove);
  routes.get<Auth::user, Audit::none>(one + "/members", members);
  routes.get<Auth::user, Audit::none>(in_organization, of_organization);
  routes.post<Auth::user, Audit::create>(in_organization, create);
  routes.get<Auth::user, Audit::none>(in_organization + "/{groupName}", show_by_name);
  routes.get<Auth::user, Audit::none>(in_organization + "/{groupName}/members", members_by_name);
}

}  // namespace slipway::groups
