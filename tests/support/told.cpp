#include "support/told.hpp"

#include "store/store.hpp"

#include <gtest/gtest.h>

namespace slipway::test {

namespace {

std::string text(const boost::json::object& row, std::string_view name) {
  const auto& value = row.at(name);
  return value.is_null() ? "" : std::string(value.as_string());
}

void set(TestServer& server, const Person& who, const std::string& what) {
  server.database().sql("update users set " + what + " where id = '" + who.id + "'");
}

}  // namespace

std::vector<Told> told(TestServer& server, const std::string& kind) {
  const auto rows = server.database().sql(R"sql(
    select coalesce(json_agg(x order by x.created_at), '[]') from (
      select e.created_at, e.labels, e.data, e.targets, e.organization_id as organization,
        (select string_agg(u.username, ',' order by u.username) from inbox_notifications i join users u on u.id = i.user_id
         where i.dedupe_hash = notification_hash(e.template_id, i.user_id, 'inbox', e.event_key)) as people,
        (select string_agg(a.value ->> 'url', ' ' order by a.ordinality) from jsonb_array_elements((
           select i.actions from inbox_notifications i where i.dedupe_hash = notification_hash(e.template_id, i.user_id, 'inbox', e.event_key)
           order by i.user_id limit 1)) with ordinality as a) as urls
      from notification_events e join notification_templates t on t.id = e.template_id where t.name = ')sql" +
                                          kind + "') as x");
  std::vector<Told> out;
  for (const auto& each : boost::json::parse(rows).as_array()) {
    const auto& row = each.as_object();
    Labels labels;
    for (const auto& label : row.at("labels").as_object()) labels[label.key()] = std::string(label.value().as_string());
    Targets targets;
    for (const auto& target : row.at("targets").as_array()) targets.emplace_back(target.as_string());
    out.push_back({.labels = std::move(labels),
                   .data = row.at("data"),
                   .people = text(row, "people"),
                   .targets = std::move(targets),
                   .organization = text(row, "organization"),
                   .urls = text(row, "urls")});
  }
  return out;
}

std::vector<Told> await_told(TestServer& server, const std::string& kind, std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::vector<Told> all;
  for (all = told(server, kind); all.size() < count && std::chrono::steady_clock::now() < until; all = told(server, kind)) breathe();
  EXPECT_GE(all.size(), count) << kind;
  all.resize(std::max(all.size(), count));
  return all;
}

Told told_once(TestServer& server, const std::string& kind) {
  auto all = told(server, kind);
  EXPECT_EQ(all.size(), 1U) << kind;
  return all.empty() ? Told() : std::move(all.front());
}

std::string count_told(TestServer& server) { return server.database().sql("select count(*) from notification_events"); }

std::uint64_t untold() { return store::untold_events(); }

void wants(TestServer& server, const Person& who, const std::string& kind) {
  server.database().sql("insert into notification_preferences (user_id, notification_template_id, disabled, created_at, updated_at) select '" +
                        who.id + "', id, false, now(), now() from notification_templates where name = '" + kind + "'");
}

Cast::Cast(TestServer& server)
    : tess((server.owner(), server.member("tess"))),
      otto(server.member("otto")),
      dora(server.member("dora")),
      uma(server.member("uma")),
      ana(server.member("ana")) {
  for (const auto& who : {tess, dora}) set(server, who, "rbac_roles = '{template-admin}'");
  set(server, dora, "status = 'dormant'");
  set(server, uma, "rbac_roles = '{user-admin}'");
  server.database().sql("update organization_members set roles = '{organization-template-admin}' where user_id = '" + otto.id + "'");
  const std::string all = "rbac_roles = '{template-admin,user-admin}'";
  set(server, server.member("suspended"), all + ", status = 'suspended'");
  set(server, server.member("service"), all + ", is_service_account = true");
  set(server, server.member("gone"), all + ", deleted = true");
  const auto outside = server.member("outside");
  set(server, outside, "rbac_roles = '{template-admin}'");
  server.database().sql("delete from organization_members where user_id = '" + outside.id + "'");
}

}  // namespace slipway::test
