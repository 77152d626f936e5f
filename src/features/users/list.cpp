#include "base/text.hpp"
#include "features/users/routes.hpp"
#include "http/filter.hpp"

namespace slipway::users {

namespace {

Result<std::vector<std::string>> choices(const http::Filter& filter, std::string_view key, std::initializer_list<std::string_view> known) {
  auto values = filter.all(key);
  for (auto& value : values) {
    value = text::lower(value);
    if (std::ranges::find(known, value) == known.end())
      return fail_field("Invalid search query.", "q",
                        fmt::format("Query param \"{}\" has invalid value: \"{}\" is none of {}.", key, value, fmt::join(known, ", ")));
  }
  return values;
}

Result<std::optional<std::int64_t>> number(const http::Filter& filter, std::string_view key) {
  const auto text = filter.last(key);
  if (!text) return std::optional<std::int64_t>();
  if (const auto value = text::number<std::int64_t>(*text)) return value;
  return fail_field("Invalid search query.", "q", fmt::format("Query param \"{}\" must be a number, not \"{}\".", key, *text));
}

Result<sql::ListArgs> read_filter(std::string_view q) {
  TRY(filter, http::parse_filter(q, "search",
                                 {"search", "name", "status", "role", "login_type", "service_account", "github_com_user_id", "last_seen_after",
                                  "last_seen_before", "created_after", "created_before"}));
  sql::ListArgs args;
  if (const auto search = filter.last("search")) args.search = http::like(*search);
  if (const auto name = filter.last("name")) args.name = http::like(*name);
  TRY(statuses, choices(filter, "status", {"active", "suspended", "dormant"}));
  args.statuses = std::move(statuses);
  args.roles = filter.all("role");
  TRY(login_types, choices(filter, "login_type", {"password", "github", "oidc", "token", "none"}));
  args.login_types = std::move(login_types);
  TRY(service_account, filter.boolean("service_account"));
  args.service_account = service_account;
  TRY(github, number(filter, "github_com_user_id"));
  args.github_id = github;
  TRY(seen_after, filter.time("last_seen_after"));
  args.last_seen_after = seen_after;
  TRY(seen_before, filter.time("last_seen_before"));
  args.last_seen_before = seen_before;
  TRY(created_after, filter.time("created_after"));
  args.created_after = created_after;
  TRY(created_before, filter.time("created_before"));
  args.created_before = created_before;
  return args;
}

sql::User without_total(sql::Listed&& row) {
  return {.id = row.id,
          .email = std::move(row.email),
          .username = std::move(row.username),
          .name = std::move(row.name),
          .avatar_url = std::move(row.avatar_url),
          .status = std::move(row.status),
          .login_type = std::move(row.login_type),
          .rbac_roles = std::move(row.rbac_roles),
          .is_system = row.is_system,
          .is_service_account = row.is_service_account,
          .last_seen_at = row.last_seen_at,
          .created_at = row.created_at,
          .updated_at = row.updated_at,
          .organization_ids = std::move(row.organization_ids)};
}

}  // namespace

Task<Result<api::GetUsersResponse>> list(http::Call& call) {
  CO_TRY(args, read_filter(call.query("q").value_or("")));
  CO_TRY(limit, call.query_int("limit", 0));
  CO_TRY(offset, call.query_int("offset", 0));
  CO_TRY(after, call.query_uuid("after_id"));
  args.most = static_cast<std::int32_t>(std::min<std::int64_t>(limit, 1 << 30));
  args.skip = static_cast<std::int32_t>(std::min<std::int64_t>(offset, 1 << 30));
  if (after && !after->is_nil()) args.after_id = after;
  CO_TRY(rows, co_await sql::list(call.store(), args));
  api::GetUsersResponse out;
  if (!rows.empty()) out.count = rows.front().total;
  if (rows.empty() && (args.skip > 0 || args.after_id)) {  // past the end: the total is on the first page
    args.skip = 0;
    args.most = 1;
    args.after_id.reset();
    CO_TRY(first, co_await sql::list(call.store(), args));
    if (!first.empty()) out.count = first.front().total;
  }
  for (auto& row : rows) out.users.push_back(to_wire(without_total(std::move(row))));
  co_return out;
}

}  // namespace slipway::users
