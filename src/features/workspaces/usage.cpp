#include "features/resources/resources.hpp"
#include "features/workspaces/workspaces.hpp"
#include "store/db.hpp"

namespace slipway::workspaces {

Task<Result<void>> mark_used(store::Tx& tx, const MayUse& may) {
  CO_CHECK(co_await sql::used(tx, may, tx.now()));
  CO_TRY(moved, co_await sql::extend_deadline(tx, may, tx.now()));
  if (moved == 0) co_return Result<void>();
  co_return co_await store::notify(tx, std::string(resources::kWorkspaceNews), WorkspaceId{may.id()}.str());
}

}  // namespace slipway::workspaces
