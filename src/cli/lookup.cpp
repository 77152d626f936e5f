#include "cli/lookup.hpp"

#include "cli/terminal.hpp"
#include "net/url.hpp"

namespace slipway::cli {
namespace {

// Replaces the server's one answer for everything missing by one that names the thing.
template <class T>
Result<T> named(Result<T> result, std::string say, std::string next) {
  if (!result && result.error().code == Code::not_found) return fail(Code::not_found, std::move(say), std::move(next));
  return result;
}

}  // namespace

std::string segment(std::string_view text) { return net::percent_encode(text); }

Result<api::Workspace> find_workspace(Session& session, std::string_view name) {
  const auto slash = name.find('/');
  const auto owner = slash == std::string_view::npos ? std::string_view("me") : name.substr(0, slash);
  const auto own = slash == std::string_view::npos ? name : name.substr(slash + 1);
  auto found = session.get<api::Workspace>(fmt::format("/api/v2/users/{}/workspace/{}", segment(owner), segment(own)));
  return named(std::move(found), fmt::format("There is no workspace \"{}\", or you may not see it.", name),
               "slipway list shows yours; one of somebody else's is named owner/workspace.");
}

Result<Target> find_target(Session& session, std::string_view name) {
  const auto slash = name.find('/');
  const auto dot = name.find('.', slash == std::string_view::npos ? 0 : slash);
  TRY(workspace, find_workspace(session, name.substr(0, dot)));
  return Target{std::move(workspace), std::string(dot == std::string_view::npos ? "" : name.substr(dot + 1))};
}

Result<api::WorkspaceAgent> find_agent(const api::WorkspaceBuild& build, std::string_view name) {
  std::vector<std::string> names;
  const api::WorkspaceAgent* found = nullptr;
  for (const auto& resource : build.resources)
    for (const auto& agent : resource.agents) {
      names.push_back(agent.name);
      if (name.empty() || agent.name == name) found = &agent;
    }
  const auto full = fmt::format("{}/{}", build.workspace_owner_name, build.workspace_name);
  if (names.empty())
    return fail(Code::precondition, fmt::format("Workspace {} has no agent.", full), "It is stopped, or its template declares none.");
  if (!found)
    return fail(Code::not_found, fmt::format("Workspace {} has no agent \"{}\".", full, name), fmt::format("It has: {}", fmt::join(names, ", ")));
  if (name.empty() && names.size() > 1)
    return fail(Code::invalid, fmt::format("Workspace {} has several agents.", full),
                fmt::format("Say which: {}.{}", build.workspace_name, fmt::join(names, fmt::format(", {}.", build.workspace_name))));
  return *found;
}

Result<api::Template> find_template(Session& session, std::string_view organization, std::string_view name) {
  auto found = session.get<api::Template>(fmt::format("/api/v2/organizations/{}/templates/{}", segment(organization), segment(name)));
  return named(std::move(found), fmt::format("There is no template \"{}\", or you may not see it.", name),
               "slipway templates list shows those there are.");
}

Result<api::Organization> find_organization(Session& session, std::string_view name) {
  auto found = session.get<api::Organization>(fmt::format("/api/v2/organizations/{}", segment(name)));
  return named(std::move(found), fmt::format("There is no organization \"{}\", or you are no member.", name), "Choose another with --org.");
}

std::string painted_status(std::string_view status) {
  if (status == "running" || status == "succeeded" || status == "connected" || status == "active") return on_stdout(Colour::green, status);
  if (status == "failed" || status == "suspended" || status == "timeout") return on_stdout(Colour::red, status);
  if (status == "stopped" || status == "canceled" || status == "deleted" || status == "dormant") return on_stdout(Colour::dim, status);
  return on_stdout(Colour::yellow, status);
}

}  // namespace slipway::cli
