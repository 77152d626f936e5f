#include "features/files/files.hpp"
#include "features/files/objects.hpp"
#include "http/home.hpp"

namespace slipway::files {

Task<Result<std::int64_t>> purge(http::Home& home, Time before, std::int32_t most) {
  auto duty = home.db.duty<rbac::Duty::db_purge>();
  co_return co_await sql::purge(duty, before, most);
}

}  // namespace slipway::files
