#include "features/workspaces/list.hpp"

#include "base/text.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "features/resources/resources.hpp"
#include "http/filter.hpp"

namespace slipway::workspaces {

namespace {

constexpr std::string_view kStatuses[] = {"pending", "starting",  "running",  "stopping", "stopped",
                                          "failed",  "canceling", "canceled", "deleting", "deleted"};

Result<void> read_name(const http::Filter& filter, sql::ListArgs& args) {
  const auto name = filter.last("name");
  if (!name) return {};
  const auto slash = name->find('/');
  if (slash != std::string::npos) args.owner_name = name->substr(0, slash);
  args.name = http::like(slash == std::string::npos ? *name : name->substr(slash + 1));
  return {};
}

Result<void> read_choices(const http::Filter& filter, sql::ListArgs& args) {
  for (const auto& given : filter.all("status")) {
    const auto status = text::lower(given);
    if (std::ranges::find(kStatuses, status) == std::end(kStatuses))
      return fail_field("Invalid search query.", "q", fmt::format("\"{}\" is not a valid workspace status.", given));
    args.statuses.push_back(status);
  }
  for (const auto& given : filter.all("has-agent")) {
    const auto status = text::lower(given);
    if (status != "connecting" && status != "connected" && status != "disconnected" && status != "timeout")
      return fail_field("Invalid search query.", "q", fmt::format("\"{}\" is not an agent status.", given));
    args.agent_statuses.push_back(status);
  }
  for (const auto& name : filter.all("template")) args.template_names.push_back(text::lower(name));
  for (const auto& parameter : filter.each("param")) {
    const auto equals = parameter.find('=');
    const auto name = text::lower(parameter.substr(0, equals));
    if (equals == std::string::npos)
      args.parameter_names.push_back(name);
    else
      args.parameters.push_back(name + parameter.substr(equals));
  }
  return {};
}

void read_sharing(const http::Filter& filter, const store::Actor& actor, sql::ListArgs& args) {
  if (const auto user = filter.last("shared_with_user")) args.shared_user = *user == "me" ? actor.user_id.str() : *user;
  const auto group = filter.last("shared_with_group");
  if (!group) return;
  const auto slash = group->find('/');
  if (slash != std::string::npos) args.shared_group_organization = group->substr(0, slash);
  args.shared_group = slash == std::string::npos ? *group : group->substr(slash + 1);
}

struct Flag {
  const char* key;
  std::optional<bool> sql::ListArgs::* value;
};
constexpr Flag kFlags[] = {{"dormant", &sql::ListArgs::dormant},
                           {"outdated", &sql::ListArgs::outdated},
                           {"shared", &sql::ListArgs::shared},
                           {"has-ai-task", &sql::ListArgs::has_ai_task},
                           {"has_external_agent", &sql::ListArgs::has_external_agent}};

Task<Result<sql::ListArgs>> read_filter(http::Call& call) {
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "name",
                                    {"id", "owner", "template", "name", "status", "has-agent", "healthy", "dormant", "outdated", "last_used_after",
                                     "last_used_before", "organization", "param", "has-ai-task", "has_external_agent", "shared", "shared_with_user",
                                     "shared_with_group"}));
  sql::ListArgs args;
  args.viewer = call.actor().user_id.uuid;
  args.now = call.now();
  if (const auto owner = filter.last("owner")) {
    if (text::lower(*owner) == "me")
      args.owner_id = call.actor().user_id;
    else
      args.owner_name = *owner;
  }
  CO_CHECK(read_name(filter, args));
  CO_CHECK(read_choices(filter, args));
  CO_TRY(ids, filter.uuids("id"));
  for (const auto& id : ids) args.workspace_ids.push_back(WorkspaceId{id});
  if (const auto name = filter.last("organization")) {
    auto organization = co_await organizations::find(call, *name);
    if (!organization && organization.error().code != Code::not_found) co_return std::unexpected(std::move(organization).error());
    if (!organization)
      co_return fail_field("Invalid search query.", "q", fmt::format("The organization \"{}\" does not exist, or you may not read it.", *name));
    args.organization_id = organization->id;
  }
  for (const auto& flag : kFlags) {
    CO_TRY(value, filter.boolean(flag.key));
    args.*flag.value = value;
  }
  read_sharing(filter, call.actor(), args);
  CO_TRY(healthy, filter.boolean("healthy"));
  if (healthy) args.agent_statuses = *healthy ? std::vector<std::string>{"connected"} : std::vector<std::string>{"disconnected", "timeout"};
  CO_TRY(after, filter.time("last_used_after"));
  args.used_after = after;
  CO_TRY(before, filter.time("last_used_before"));
  args.used_before = before;
  co_return args;
}

// Of a workspace's newest build.
bool asks_of_builds(const sql::ListArgs& given) {
  return !given.statuses.empty() || given.outdated || !given.parameter_names.empty() || !given.parameters.empty() || given.has_ai_task ||
         given.has_external_agent || !given.agent_statuses.empty();
}

}  // namespace

template <class Args>
Args filter_of(const sql::ListArgs& given) {
  Args args;
  args.of_builds = asks_of_builds(given);
  args.owner_id = given.owner_id;
  args.owner_name = given.owner_name;
  args.organization_id = given.organization_id;
  args.template_names = given.template_names;
  args.template_ids = given.template_ids;
  args.workspace_ids = given.workspace_ids;
  args.name = given.name;
  args.statuses = given.statuses;
  args.dormant = given.dormant;
  args.outdated = given.outdated;
  args.used_after = given.used_after;
  args.used_before = given.used_before;
  args.parameter_names = given.parameter_names;
  args.parameters = given.parameters;
  args.has_ai_task = given.has_ai_task;
  args.has_external_agent = given.has_external_agent;
  args.shared = given.shared;
  args.shared_user = given.shared_user;
  args.shared_group = given.shared_group;
  args.shared_group_organization = given.shared_group_organization;
  args.agent_statuses = given.agent_statuses;
  args.now = given.now;
  return args;
}
template sql::CountArgs filter_of(const sql::ListArgs&);
template sql::ListedMatchingArgs filter_of(const sql::ListArgs&);
template sql::ListedOfOwnerArgs filter_of(const sql::ListArgs&);

bool is_part(const sql::ListArgs& given) { return given.most > 0 || given.skip > 0; }

bool asks_for_all(const sql::ListArgs& given) {
  const bool of_people = given.owner_id || given.owner_name || given.shared || given.shared_user || given.shared_group;
  const bool of_places = given.organization_id || !given.template_names.empty() || !given.template_ids.empty() || !given.workspace_ids.empty();
  const bool of_itself = given.name || given.dormant || given.used_after || given.used_before;
  return !of_people && !of_places && !of_itself && !asks_of_builds(given);
}

Task<Result<api::WorkspacesResponse>> list_plainly(http::Call& call, const sql::ListArgs& args) {
  CO_TRY(rows, co_await sql::list(call.store(), args));
  api::WorkspacesResponse out;
  out.count = static_cast<std::int64_t>(rows.size());
  if (is_part(args)) {  // a whole list counts itself
    const auto count_args = filter_of<sql::CountArgs>(args);
    CO_TRY(count, co_await sql::count(call.store(), count_args));
    out.count = count;
  }
  std::vector<JobId> ids;
  for (const auto& row : rows) ids.push_back(row.job_id);
  jobs::ById jobs;
  resources::ResourcesByJob resources;
  if (!ids.empty()) {
    CO_TRY(loaded, co_await jobs::load_visible(call.store(), ids));
    jobs = std::move(loaded);
    CO_TRY(found, co_await resources::load_resources_visible(call.store(), ids));
    resources = std::move(found);
  }
  for (const auto& row : rows) out.workspaces.push_back(assemble(call, row, std::move(jobs[row.job_id]), std::move(resources[row.job_id])));
  co_return out;
}

Task<Result<http::Raw>> list(http::Call& call, Kept& kept) {
  CO_TRY(args, co_await read_filter(call));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  args.most = static_cast<std::int32_t>(limit);
  args.skip = static_cast<std::int32_t>(offset);
  if (kept.has_room()) co_return co_await list_quickly(call, args, kept);
  CO_TRY(whole, co_await list_plainly(call, args));
  co_return http::Raw{http::json(200, api::to_json(whole))};
}

Task<Result<std::vector<api::MinimalUser>>> available_users(http::Call& call) {
  CO_TRY(organization, co_await organizations::find(call, call.path("organization")));
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "search", {"search"}));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  const auto may_create = [&](UserId owner) {
    return call.store().may(rbac::Action::create, rbac::Object{.type = rbac::Resource::workspace, .owner = owner, .organization = organization.id});
  };
  sql::AvailableOwnersArgs args{.organization_id = organization.id,
                                .only = {},
                                .search = {},
                                .most = static_cast<std::int32_t>(limit),
                                .skip = static_cast<std::int32_t>(offset)};
  if (!may_create(UserId::random())) args.only = call.actor().user_id.uuid;
  std::vector<api::MinimalUser> out;
  if (args.only && !may_create(call.actor().user_id)) co_return out;
  if (const auto search = filter.last("search")) args.search = http::like(*search);
  CO_TRY(rows, co_await sql::available_owners(call.store(), args));
  for (auto& row : rows)
    out.push_back({.id = row.id.uuid, .username = std::move(row.username), .name = std::move(row.name), .avatar_url = std::move(row.avatar_url)});
  co_return out;
}

}  // namespace slipway::workspaces
