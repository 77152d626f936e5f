#include "features/reports/events.hpp"

#include <boost/json.hpp>

namespace slipway::reports {

namespace {

namespace json = boost::json;
using sql::FailedBuild;
using Rows = std::span<const FailedBuild>;

// Runs of rows that are alike: `each` of them.
template <class Key, class Each>
void for_runs(Rows rows, Key key, Each each) {
  for (auto from = rows.begin(); from != rows.end();) {
    const auto to = std::find_if(from, rows.end(), [&](const auto& row) { return row.*key != (*from).*key; });
    each(Rows(from, to));
    from = to;
  }
}

json::object of_version(Rows rows) {
  json::array builds;
  for (const auto& row : rows)
    builds.push_back({{"workspace_owner_username", row.username}, {"workspace_name", row.workspace_name}, {"build_number", row.build_number}});
  const auto& first = rows.front();
  return {{"template_version_name", first.version_name}, {"failed_count", first.of_version}, {"failed_builds", std::move(builds)}};
}

json::object of_template(Rows rows) {
  json::array versions;
  for_runs(rows, &FailedBuild::version_id, [&](Rows version) { versions.push_back(of_version(version)); });
  const auto& first = rows.front();
  return {{"name", first.template_name},
          {"display_name", first.display_name},
          {"failed_builds", first.failed},
          {"total_builds", first.total},
          {"versions", std::move(versions)}};
}

notifications::Event of_organization(Rows rows, Time now) {
  const auto organization = rows.front().organization_id;
  json::array templates;
  std::vector<Uuid> targets;
  for_runs(rows, &FailedBuild::template_id, [&](Rows one) {
    templates.push_back(of_template(one));
    targets.push_back(one.front().template_id.uuid);
  });
  targets.push_back(organization.uuid);
  return {.kind = notifications::Kind::builds_failed_report,
          .to = {.template_admins = true},
          .organization = organization,
          .data = json::serialize(json::object{{"report_frequency", "week"}, {"templates", std::move(templates)}}),
          .targets = std::move(targets),
          .created_by = "reports",
          .key = organization.str() + "/" + to_rfc3339(now)};
}

}  // namespace

std::vector<notifications::Event> events(Rows rows, Time now) {
  std::vector<notifications::Event> out;
  for_runs(rows, &FailedBuild::organization_id, [&](Rows one) { out.push_back(of_organization(one, now)); });
  return out;
}

}  // namespace slipway::reports
