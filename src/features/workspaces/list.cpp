#include "features/workspaces/list.hpp"

#include "features/agents/agents.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/organizations.hpp"
#include "http/filter.hpp"

namespace slipway::workspaces {

namespace {

constexpr std::string_view kStatuses[] = {"pending", "starting", "running", "stopping", "stopped", "failed", "canceling", "canceled", "deleting", "deleted"};

Result<void> read_name(const http::Filter& filter, sql::ListArgs& args) {
  const auto name = filter.last("name");
  if (!name) return {};
  const auto slash = name->find('/');
  if (slash != std::string::npos) args.owner_name = name->substr(0, slash);
  args.name = http::like(slash == std::string::npos ? *name : name->substr(slash + 1));
  return {};
}

Result<void> read_choices(const http::Filter& filter, sql::ListArgs& args) {
  for (const auto& status : filter.all("status")) {
    if (std::ranges::find(kStatuses, status) == std::end(kStatuses))
      return fail_field("Invalid search query.", "q", fmt::format("\"{}\" is not a valid workspace status.", status));
    args.statuses.push_back(status);
  }
  for (const auto& status : filter.all("has-agent")) {
    if (status != "connecting" && status != "connected" && status != "disconnected" && status != "timeout")
      return fail_field("Invalid search query.", "q", fmt::format("\"{}\" is not an agent status.", status));
    args.agent_statuses.push_back(status);
  }
  for (auto name : filter.all("template")) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    args.template_names.push_back(std::move(name));
  }
  if (const auto parameter = filter.last("param")) {
    const auto equals = parameter->find('=');
    args.parameter_name = parameter->substr(0, equals);
    if (equals != std::string::npos) args.parameter_value = parameter->substr(equals + 1);
  }
  return {};
}

Task<Result<sql::ListArgs>> read_filter(http::Call& call) {
  CO_TRY(filter, http::parse_filter(call.query("q").value_or(""), "name",
                                    {"id", "owner", "template", "name", "status", "has-agent", "healthy", "dormant", "outdated", "last_used_after",
                                     "last_used_before", "organization", "param", "has-ai-task", "has_external_agent", "shared", "shared_with_user",
                                     "shared_with_group"}));
  sql::ListArgs args;
  args.viewer = call.actor().user_id.uuid;
  args.now = call.now();
  if (const auto owner = filter.last("owner")) {
    if (*owner == "me") args.owner_id = call.actor().user_id;
    else args.owner_name = *owner;
  }
  CO_CHECK(read_name(filter, args));
  CO_CHECK(read_choices(filter, args));
  CO_TRY(ids, filter.uuids("id"));
  for (const auto& id : ids) args.workspace_ids.push_back(WorkspaceId{id});
  if (const auto name = filter.last("organization")) {
    CO_TRY(organization, co_await organizations::find(call, *name));
    args.organization_id = organization.id;
  }
  CO_TRY(dormant, filter.boolean("dormant"));
  args.dormant = dormant;
  CO_TRY(outdated, filter.boolean("outdated"));
  args.outdated = outdated;
  CO_TRY(healthy, filter.boolean("healthy"));
  if (healthy) args.agent_statuses = *healthy ? std::vector<std::string>{"connected"} : std::vector<std::string>{"disconnected", "timeout"};
  CO_TRY(after, filter.time("last_used_after"));
  args.used_after = after;
  CO_TRY(before, filter.time("last_used_before"));
  args.used_before = before;
  co_return args;
}

sql::CountArgs same(const sql::ListArgs& a) {
  return {.owner_id = a.owner_id, .owner_name = a.owner_name, .organization_id = a.organization_id, .template_names = a.template_names,
          .template_ids = a.template_ids, .workspace_ids = a.workspace_ids, .name = a.name, .statuses = a.statuses, .dormant = a.dormant,
          .outdated = a.outdated, .used_after = a.used_after, .used_before = a.used_before, .parameter_name = a.parameter_name,
          .parameter_value = a.parameter_value, .agent_statuses = a.agent_statuses, .now = a.now};
}

}  // namespace

Task<Result<api::WorkspacesResponse>> list(http::Call& call) {
  CO_TRY(args, co_await read_filter(call));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  args.most = static_cast<std::int32_t>(limit);
  args.skip = static_cast<std::int32_t>(offset);
  CO_TRY(rows, co_await sql::list(call.store(), args));
  api::WorkspacesResponse out;
  out.count = static_cast<std::int64_t>(rows.size());
  if (limit > 0 || offset > 0) {  // a whole list counts itself
    const auto count_args = same(args);
    CO_TRY(count, co_await sql::count(call.store(), count_args));
    out.count = count;
  }
  std::vector<JobId> ids;
  for (const auto& row : rows) ids.push_back(row.job_id);
  jobs::ById jobs;
  agents::ResourcesByJob resources;
  if (!ids.empty()) {
    CO_TRY(loaded, co_await jobs::load_visible(call.store(), ids));
    jobs = std::move(loaded);
    CO_TRY(found, co_await agents::load_resources_visible(call.store(), ids));
    resources = std::move(found);
  }
  for (const auto& row : rows) out.workspaces.push_back(assemble(row, std::move(jobs[row.job_id]), std::move(resources[row.job_id])));
  co_return out;
}

}  // namespace slipway::workspaces
