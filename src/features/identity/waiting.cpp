// What is known of a machine that an agent waits for.
#include "features/identity/waiting.hpp"
#include "features/identity/objects.hpp"

namespace slipway::identity {

namespace {

// Whoever can do something about it: owns the workspace, or may change its template.
bool may_know(http::Call& call, const sql::Awaited& row) {
  return row.owner_id == call.actor().user_id || call.store().may(rbac::Action::update, sql::template_of(row));
}

}  // namespace

Task<Result<api::WorkspaceAgentIdentity>> awaited_machine(http::Call& call, const Refusals& refusals) {
  CO_TRY(id, call.path_id<AgentId>("agent"));
  CO_TRY(row, co_await sql::awaited(call.store(), id));
  if (!row) co_return not_found();
  api::WorkspaceAgentIdentity out{.instance_id = row->instance_id};
  if (!row->is_latest || !may_know(call, *row)) co_return out;
  if (auto refusal = refusals.of(row->instance_id, call.now()))
    out.refused =
        api::RefusedProof{.provider = std::string(name_of(refusal->provider)), .reason = std::move(refusal->reason), .refused_at = refusal->at};
  co_return out;
}

}  // namespace slipway::identity
