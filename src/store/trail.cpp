#include "store/trail.hpp"

#include "store/gen.hpp"
#include "store/trail_statement.hpp"

namespace slipway::store {

namespace {

// uuid[], timestamptz[], text[], integer[] and jsonb[] by their numbers in pg_type.
constexpr std::uint32_t kTypes[] = {2951, 1185, 2951, 2951, 1009, 1009, 1009, 2951, 1009, 1009, 1009, 3807, 1007, 3807, 2951};
constexpr pg::Statement kInsert{
    "store.trail",
    R"sql(insert into audit_logs (id, time, user_id, organization_id, ip, user_agent, resource_type, resource_id, resource_target, resource_icon,
    action, diff, status_code, additional_fields, request_id)
select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[],
    $10::text[], $11::text[], $12::jsonb[], $13::int4[], $14::jsonb[], $15::uuid[])
on conflict (id) do nothing)sql",
    kTypes};
const KnownStatement known_insert(kInsert);

template <class T, class Get>
std::vector<T> column(const std::vector<TrailLine>& lines, Get get) {
  std::vector<T> values;
  values.reserve(lines.size());
  for (const auto& line : lines) values.push_back(get(line));
  return values;
}

std::optional<Uuid> unless_nil(const Uuid& id) { return id.is_nil() ? std::nullopt : std::optional(id); }

}  // namespace

pg::Command trail_insert(const std::vector<TrailLine>& lines) {
  using Line = const TrailLine&;
  pg::Params params;
  params.add(column<Uuid>(lines, [](Line l) { return l.id.uuid; }));
  params.add(column<Time>(lines, [](Line l) { return l.time; }));
  params.add(column<std::optional<Uuid>>(lines, [](Line l) { return unless_nil(l.trace.user.uuid); }));
  params.add(column<std::optional<Uuid>>(lines, [](Line l) { return unless_nil(l.trace.organization.uuid); }));
  params.add(column<std::string>(lines, [](Line l) { return l.ip; }));
  params.add(column<std::string>(lines, [](Line l) { return l.user_agent; }));
  params.add(column<std::string>(lines, [](Line l) { return l.trace.resource_type; }));
  params.add(column<Uuid>(lines, [](Line l) { return l.trace.resource_id; }));
  params.add(column<std::string>(lines, [](Line l) { return l.trace.target; }));
  params.add(column<std::string>(lines, [](Line l) { return l.trace.icon; }));
  params.add(column<std::string>(lines, [](Line l) { return l.trace.action; }));
  params.add(column<pg::Json>(lines, [](Line l) { return pg::Json{l.trace.diff}; }));
  params.add(column<std::int32_t>(lines, [](Line l) { return l.status; }));
  params.add(column<pg::Json>(lines, [](Line l) { return pg::Json{l.trace.additional}; }));
  params.add(column<Uuid>(lines, [](Line l) { return l.request.uuid; }));
  return {&kInsert, std::move(params)};
}

Task<Result<void>> keep(DutyHandle<rbac::Duty::audit_recorder>& duty, const std::vector<TrailLine>& lines) {
  if (lines.empty()) co_return Result<void>();
  auto insert = trail_insert(lines);
  co_return co_await Gen::exec(duty, *insert.statement, std::move(insert.params));
}

}  // namespace slipway::store
