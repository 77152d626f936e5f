// What the searches of the audit trail and of the connection log have in common.
#pragma once

#include "base/ids.hpp"
#include "http/call.hpp"
#include "http/filter.hpp"
#include "rbac/actions.hpp"

namespace slipway::audit {

inline constexpr std::int32_t kCountCap = 2000;  // counting stops there: nobody pages through more

// `say` is how a log calls a search that it does not understand.
std::unexpected<Error> bad_search(const char* say, std::string detail);
// Forbidden to whoever may read the log neither as a whole nor in any organization.
Result<void> may_search(http::Call& call, rbac::Resource log);
Result<http::Filter> search_of(http::Call& call, const char* say, std::string_view default_key, const std::vector<std::string_view>& keys);
// Of the search's `organization`.
Task<Result<std::optional<OrganizationId>>> organization_of(http::Call& call, const http::Filter& filter, const char* say);

// The page that `limit` and `offset` ask for, as a statement's arguments.
template <class Args>
Result<void> read_page_asked(const http::Call& call, Args& args) {
  constexpr std::int64_t kUsual = 100;
  TRY(limit, call.query_int("limit", kUsual));
  TRY(offset, call.query_int("offset", 0));
  args.most = static_cast<std::int32_t>(limit == 0 ? kUsual : limit);
  args.skip = static_cast<std::int32_t>(offset);
  return {};
}

// The page of one statement's arguments under the name of another's, or how far that one counts.
template <class From, class To>
void copy_page(const From& from, To& to) {
  if constexpr (requires { to.cap; }) {
    to.cap = kCountCap + 1;
  } else {
    to.most = from.most;
    to.skip = from.skip;
  }
}

}  // namespace slipway::audit
