#include "features/audit/search.hpp"

#include "features/organizations/organizations.hpp"

namespace slipway::audit {

std::unexpected<Error> bad_search(const char* say, std::string detail) { return fail_field(say, "q", std::move(detail)); }

Result<void> may_search(http::Call& call, rbac::Resource log) {
  if (call.store().may(rbac::Action::read, rbac::all_of(log)) || call.store().may(rbac::Action::read, rbac::in_any_org(log))) return {};
  return forbidden();
}

Result<http::Filter> search_of(http::Call& call, const char* say, std::string_view default_key, const std::vector<std::string_view>& keys) {
  auto filter = http::parse_filter(call.query("q").value_or(""), default_key, keys);
  if (!filter) filter.error().say = say;
  return filter;
}

Task<Result<std::optional<OrganizationId>>> organization_of(http::Call& call, const http::Filter& filter, const char* say) {
  const auto name = filter.last("organization");
  if (!name) co_return std::optional<OrganizationId>();
  auto found = co_await organizations::find(call, *name);
  if (!found && found.error().code == Code::not_found)
    co_return bad_search(say, fmt::format("Organization \"{}\" does not exist, or you may not see it.", *name));
  if (!found) co_return std::unexpected(std::move(found).error());
  co_return std::optional(found->id);
}

}  // namespace slipway::audit
