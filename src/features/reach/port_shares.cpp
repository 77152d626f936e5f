// Ports of a workspace that its owner lets others reach, each up to the level that the template allows.
#include "api/gen/apps.hpp"
#include "features/reach/objects.hpp"
#include "features/reach/reach.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/audit.hpp"
#include "http/routes.hpp"
#include "store/store.hpp"

namespace slipway::reach {

namespace {

using rbac::Action, rbac::Resource;

// From the narrowest to the widest.
constexpr std::array<std::string_view, 4> kLevels{"owner", "organization", "authenticated", "public"};
std::ptrdiff_t rank(std::string_view level) { return std::ranges::find(kLevels, level) - kLevels.begin(); }

// A share is told as something that happened to its workspace.
http::AuditObject audit_of(const sql::Shareable& row, const std::string& share = "{}") {
  return {.type = "workspace", .id = row.workspace_id.uuid, .target = row.workspace_name, .organization = row.organization_id, .additional = share};
}

Task<Result<sql::Shareable>> of_path(http::Call& call) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(row, co_await sql::shareable(call.store(), id));
  if (!row) co_return not_found();
  call.audited(http::audit_about(audit_of(*row)));
  co_return std::move(*row);
}

// In the order in which clients know it.
Result<void> check(const api::UpsertWorkspaceAgentPortShareRequest& ask, const sql::Shareable& row) {
  if (ask.share_level == "owner" || rank(ask.share_level) == std::ssize(kLevels))
    return fail_field("Port sharing level not allowed.", "share_level",
                      "Is one of organization, authenticated, public; delete the share to keep the port to yourself.");
  if (ask.port < tunnels::kLeastPort || ask.port > 65535)
    return fail_field(fmt::format("Port must be between {} and 65535.", tunnels::kLeastPort), "port",
                      fmt::format("Must be between {} and 65535.", tunnels::kLeastPort));
  if (!ask.protocol.empty() && ask.protocol != "http" && ask.protocol != "https")
    return fail_field("Port protocol not allowed.", "protocol", "Is http or https.");
  if (rank(row.max_port_sharing_level) == std::ssize(kLevels))
    return fail_field("port sharing level is invalid.", "share_level", "The template's maximum cannot be read; set it anew.");
  if (rank(ask.share_level) > rank(row.max_port_sharing_level))
    return fail_field(fmt::format("\"{}\" sharing level is not allowed under max level \"{}\"", ask.share_level, row.max_port_sharing_level),
                      "share_level", "The template does not allow more.");
  if (std::ranges::find(row.agent_names, ask.agent_name) == row.agent_names.end())
    return fail_field("Agent not found.", "agent_name", "The workspace's newest build has no such agent.");
  return {};
}

Task<Result<api::WorkspaceAgentPortShares>> list(http::Call& call) {
  CO_TRY(row, co_await of_path(call));
  CO_TRY(may, (call.store().permit<Action::read, Resource::workspace>(sql::object_of(row))));
  CO_TRY(shares, co_await sql::port_shares(call.store(), may));
  api::WorkspaceAgentPortShares out;
  for (const auto& share : shares)
    out.shares.push_back({.workspace_id = row.workspace_id.uuid,
                          .agent_name = share.agent_name,
                          .port = share.port,
                          .share_level = share.share_level,
                          .protocol = share.protocol});
  co_return out;
}

Task<Result<api::WorkspaceAgentPortShare>> share(http::Call& call, api::UpsertWorkspaceAgentPortShareRequest ask) {
  CO_TRY(row, co_await of_path(call));
  if (!call.store().may(Action::update, sql::object_of(row))) co_return forbidden();
  CO_CHECK(check(ask, row));
  const std::string protocol = ask.protocol.empty() ? "http" : ask.protocol;
  const api::WorkspaceAgentPortShare made{
      .workspace_id = row.workspace_id.uuid, .agent_name = ask.agent_name, .port = ask.port, .share_level = ask.share_level, .protocol = protocol};
  const sql::SharePortArgs args{.agent_name = ask.agent_name,
                                .port = static_cast<std::int32_t>(ask.port),
                                .share_level = ask.share_level,
                                .protocol = protocol,
                                .cap_seen = row.max_port_sharing_level};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    CO_CHECK(co_await sql::share_port(tx, may, args));
    const auto told = audit_of(row, "{\"port_share\":" + api::to_json(made) + "}");
    tx.trace(http::audit_change(told, told));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return made;
}

Task<Result<http::Raw>> unshare(http::Call& call, api::DeleteWorkspaceAgentPortShareRequest ask) {
  CO_TRY(row, co_await of_path(call));
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, (tx.permit<Action::update, Resource::workspace>(sql::object_of(row))));
    CO_TRY(gone, co_await sql::unshare_port(tx, may, ask.agent_name, static_cast<std::int32_t>(std::clamp<std::int64_t>(ask.port, 0, 65536))));
    if (gone == 0) co_return fail(Code::not_found, "Port share not found.");
    const auto told = audit_of(row, "{\"port_share_removed\":" + api::to_json(ask) + "}");
    tx.trace(http::audit_change(told, told));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return http::Raw{net::Response{.status = 200, .headers = {}, .body = {}}};
}

}  // namespace

void add_port_share_routes(http::Routes& routes) {
  using http::Audit, http::Auth;
  const std::string shares = "/api/v2/workspaces/{workspace}/port-share";
  routes.get<Auth::user, Audit::none>(shares, list);
  routes.post<Auth::user, Audit::write>(shares, share);
  routes.del<Auth::user, Audit::write>(shares, unshare);
}

}  // namespace slipway::reach
