#include "whole/world.hpp"

#include "crypto/token.hpp"

namespace slipway::test {

namespace {

std::string fresh() { return Uuid::random().str(); }

std::string hex(const std::string& bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out;
}

constexpr std::string_view kJob =
    "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at,"
    " completed_at) values ('{}', '{}', '{}', '{}', 'replay', '{}', '{{}}', '{{}}', now(), now(), now(), now());";

}  // namespace

World::World(TestServer& the_server) : server(the_server) {
  const Person owner = server.owner();
  here = add_organization(server.organization(), "");
  there = add_organization(fresh(), "elsewhere");
  add_belongings(owner, here);
  ana = add_person("ana", "", here, "");
  bo = add_person("bo", "", there, "");
  proxy = fresh();
  server.database().sql(
      fmt::format("insert into workspace_proxies (id, name, url, token_hashed_secret, created_at, updated_at)"
                  " values ('{}', 'far', 'https://far.example.com', decode('00', 'hex'), now(), now())",
                  proxy));
  const auto add = [&](const std::string& column, const Person& who, const std::string& home) { actors.push_back({column, who, home}); };
  const auto member = add_person("mem", "", here, "");
  add("owner", owner, "here");
  add("member", member, "here");
  add("auditor", add_person("aud", "auditor", here, ""), "here");
  add("tmpl-adm", add_person("tad", "template-admin", here, ""), "here");
  add("user-adm", add_person("uad", "user-admin", here, ""), "here");
  add("org-adm", add_person("oad", "", here, "organization-admin"), "here");
  add("org-aud", add_person("oau", "", here, "organization-auditor"), "here");
  add("org-user", add_person("ous", "", here, "organization-user-admin"), "here");
  add("org-tmpl", add_person("otm", "", here, "organization-template-admin"), "here");
  add("outsider", add_person("out", "", there, ""), "there");
  add("owner/r", narrow(owner, "workspace:read"), "here");
  add("member/r", narrow(member, "workspace:read"), "here");
  add("agent", {member.id, member.username, of.at("mem").agent_token}, "here");
  add("no key", {}, "here");
}

Shared World::add_organization(const std::string& id, const std::string& name) {
  Shared made{.organization = id,
              .name = name,
              .template_id = fresh(),
              .template_name = "t-" + id.substr(0, 8),
              .version = fresh(),
              .version_name = "v1",
              .old_version = fresh(),
              .loose = fresh(),
              .file = fresh(),
              .import = fresh(),
              .dry_run = fresh(),
              .group = fresh(),
              .group_name = "g-" + id.substr(0, 8),
              .daemon = fresh(),
              .provisioner_key = fresh(),
              .role = "r-" + id.substr(0, 8),
              .preset = fresh()};
  const auto old_import = fresh(), loose_import = fresh();
  auto& db = server.database();
  const auto& owner = server.owner();
  if (name.empty())
    made.name = db.sql("select name from organizations where is_default");
  else
    db.sql(fmt::format("insert into organizations (id, name, created_at, updated_at) values ('{}', '{}', now(), now())", id, name));
  db.sql(
      fmt::format("insert into files (id, hash, created_by, mimetype, data, created_at) values ('{0}', '{0}', '{1}', 'application/x-tar', "
                  "decode(repeat('00', 1024), 'hex'), now());",
                  made.file, owner.id) +
      fmt::format(kJob, made.import, id, owner.id, "template_version_import", made.file) +
      fmt::format(kJob, old_import, id, owner.id, "template_version_import", made.file) +
      fmt::format(kJob, loose_import, id, owner.id, "template_version_import", made.file) +
      fmt::format(kJob, made.dry_run, id, owner.id, "template_version_dry_run", made.file) +
      fmt::format("update provisioner_jobs set input = '{{\"template_version_id\":\"{}\"}}' where id = '{}';", made.version, made.dry_run) +
      fmt::format("insert into templates (id, organization_id, name, active_version_id, created_by, group_acl, max_port_sharing_level, created_at, "
                  "updated_at)"
                  " values ('{0}', '{1}', '{2}', '{3}', '{4}', '{{\"{1}\":[\"read\",\"use\"]}}', 'public', now(), now());"
                  "insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
                  " values ('{3}', '{0}', '{1}', 'v1', '{5}', '{4}', now() - interval '1 hour', now());",
                  made.template_id, id, made.template_name, made.version, owner.id, made.import) +
      fmt::format("insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
                  " select '{1}', template_id, organization_id, 'v0', '{3}', created_by, now() - interval '2 hours', now()"
                  " from template_versions where id = '{0}';"
                  // As after an import: it belongs to no template yet.
                  "insert into template_versions (id, organization_id, name, job_id, created_by, created_at, updated_at)"
                  " select '{2}', organization_id, 'loose', '{4}', created_by, now(), now() from template_versions where id = '{0}';",
                  made.version, made.old_version, made.loose, old_import, loose_import) +
      fmt::format("insert into template_version_presets (id, template_version_id, name, created_at) values ('{}', '{}', 'usual', now());",
                  made.preset, made.version) +
      fmt::format("insert into groups (id, organization_id, name, created_at) values ('{}', '{}', '{}', now());", made.group, id, made.group_name) +
      fmt::format("insert into provisioner_keys (id, organization_id, name, hashed_secret, created_at) values ('{0}', '{1}', 'k-{0}', "
                  "decode(md5('{0}'), 'hex'), now());"
                  "insert into provisioner_daemons (id, organization_id, key_id, name, provisioners, created_at, last_seen_at)"
                  " values ('{2}', '{1}', '{0}', 'd-{0}', '{{replay}}', now(), now());",
                  made.provisioner_key, id, made.daemon) +
      fmt::format("insert into custom_roles (organization_id, name, created_at, updated_at) values ('{}', '{}', now(), now())", id, made.role));
  return made;
}

std::string World::add_key(const Person& who, const std::string& login_type, const std::string& name, const std::string& scope, std::string* id) {
  const auto key = crypto::make_api_key();
  server.database().sql(
      fmt::format("insert into api_keys (id, hashed_secret, user_id, login_type, token_name, scopes, lifetime_seconds, last_used, expires_at, "
                  "created_at, updated_at)"
                  " values ('{}', '\\x{}', '{}', '{}', '{}', '{{{}}}', 86400, now(), now() + interval '1 day', now(), now())",
                  key.id, hex(key.hash()), who.id, login_type, name, scope));
  if (id) *id = key.id;
  return key.text().reveal();
}

Person World::narrow(const Person& who, const std::string& scope) { return {who.id, who.username, add_key(who, "token", scope, scope, nullptr)}; }

Person World::add_person(const std::string& name, const std::string& site_roles, const Shared& home, const std::string& roles) {
  Person made{fresh(), name, ""};
  server.database().sql(fmt::format(
      "insert into users (id, email, username, login_type, rbac_roles, last_seen_at, created_at, updated_at)"
      " values ('{0}', '{1}@example.com', '{1}', 'password', '{{{2}}}', now(), now(), now());"
      "insert into organization_members (organization_id, user_id, roles, created_at, updated_at) values ('{3}', '{0}', '{{{4}}}', now(), now());"
      "insert into group_members (group_id, user_id) values ('{5}', '{0}');"
      "insert into git_ssh_keys (user_id, public_key, private_key, created_at, updated_at) values ('{0}', 'ssh-ed25519 AAAA', 'private', now(), "
      "now())",
      made.id, name, site_roles, home.organization, roles, home.group));
  made.token = add_key(made, "password", "", "coder:all", nullptr);
  add_belongings(made, home);
  return made;
}

void World::add_belongings(const Person& who, const Shared& home) {
  Belongings made{.organization = home.organization,
                  .workspace = fresh(),
                  .workspace_name = "ws-" + who.username,
                  .build = fresh(),
                  .job = fresh(),
                  .resource = fresh(),
                  .agent = fresh(),
                  .agent_token = fresh(),
                  .app = fresh(),
                  .script = fresh(),
                  .source = fresh(),
                  .token_name = "ci",
                  .chat = fresh()};
  add_key(who, "token", "ci", "coder:all", &made.token_id);
  add_key(who, "password", "", "coder:all", &made.key_id);
  server.database().sql(
      fmt::format(kJob, made.job, home.organization, who.id, "workspace_build", home.file) +
      fmt::format("insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)"
                  " values ('{}', '{}', '{}', '{}', '{}', now(), now(), now());",
                  made.workspace, who.id, home.organization, home.template_id, made.workspace_name) +
      fmt::format("insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, "
                  "updated_at)"
                  " values ('{}', '{}', '{}', 1, 'start', '{}', '{}', now(), now());",
                  made.build, made.workspace, home.version, who.id, made.job) +
      fmt::format("insert into workspace_resources (id, job_id, transition, type, name, created_at) values ('{0}', '{1}', 'start', "
                  "'docker_container', 'dev', now());"
                  "insert into workspace_resource_metadata values ('{0}', 0, 'cpu', '4', false);"
                  "insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, connection_timeout_seconds, "
                  "created_at, updated_at)"
                  " values ('{2}', '{0}', 'main', 'amd64', 'linux', '{3}', 120, now(), now());"
                  "insert into workspace_agent_log_sources values ('{2}', '{4}', 'Start', '', now());"
                  "insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, script, run_on_start, display_name, created_at)"
                  " values ('{5}', '{2}', '{4}', 'echo hello', true, 'Start', now());"
                  "insert into workspace_agent_metadata (workspace_agent_id, key, display_name, script, interval) values ('{2}', 'load', 'Load', "
                  "'uptime', 10);"
                  "insert into workspace_apps (id, agent_id, slug, url, created_at) values ('{6}', '{2}', 'web', 'http://localhost:1/', now());"
                  "insert into workspace_app_statuses (id, agent_id, app_id, workspace_id, state, message, created_at)"
                  " values (gen_random_uuid(), '{2}', '{6}', '{7}', 'working', 'busy', now());",
                  made.resource, made.job, made.agent, made.agent_token, made.source, made.script, made.app, made.workspace) +
      fmt::format("insert into audit_logs (id, time, user_id, organization_id, resource_type, resource_id, action, status_code, request_id)"
                  " values (gen_random_uuid(), now(), '{0}', '{1}', 'workspace', '{2}', 'create', 201, gen_random_uuid());"
                  "insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, "
                  "type, user_id, connection_id, replica_id)"
                  " values (gen_random_uuid(), now(), '{1}', '{0}', '{2}', '{3}', 'main', 'ssh', '{0}', gen_random_uuid(), (select id from replicas "
                  "limit 1))",
                  who.id, home.organization, made.workspace, made.workspace_name) +
      fmt::format(";insert into chats (id, organization_id, owner_id, workspace_id, title, created_at, updated_at)"
                  " values ('{0}', '{1}', '{2}', '{3}', 'fix the build', now(), now());"
                  "insert into chat_messages (chat_id, created_at, created_by, role, content)"
                  " values ('{0}', now(), '{2}', 'user', '[{{\"type\":\"text\",\"text\":\"fix the build\"}}]')",
                  made.chat, home.organization, who.id, made.workspace));
  of[who.username] = made;
}

proof::Arguments World::arguments() const {
  const auto& hers = of.at("ana");
  proof::Arguments give;
  give.named = {
      {"user_id", ana.id},
      {"owner_id", ana.id},
      {"username", "ana"},
      {"email", "ana@example.com"},
      {"viewer", ana.id},
      {"workspaces.shown.workspace_ids", hers.workspace},
      {"organization_id", here.organization},
      {"organization_name", here.name},
      {"template_id", here.template_id},
      {"version_id", here.version},
      {"template_version_id", here.version},
      {"workspace_id", hers.workspace},
      {"build_id", hers.build},
      {"build_number", "1"},
      {"job_id", hers.job},
      {"job_ids", hers.job},
      {"resource_ids", hers.resource},
      {"agent_id", hers.agent},
      {"agent_ids", hers.agent},
      {"group_id", here.group},
      {"group_ids", here.group},
      {"user_ids", ana.id},
      {"most", "100"},
      {"cap", "100"},
      {"person", "ana"},
      {"offline", "true"},
      {"file_id", here.file},
      {"token_name", "ci"},
      {"include_expired", "true"},
      {"include_system", "true"},
      {"audit.list_of_kind.kind", "workspace"},
      {"audit.count_of_kind.kind", "workspace"},
      {"audit.list_of_object.wanted", hers.workspace},
      {"audit.count_of_object.wanted", hers.workspace},
      {"audit.list_of_organization.place", here.organization},
      {"audit.count_of_organization.place", here.organization},
      {"audit.connections_of_workspace.place", hers.workspace},
      {"audit.count_connections_of_workspace.place", hers.workspace},
      {"groups.by_id.id", here.group},
      {"groups.lock.id", here.group},
      {"groups.by_name.name", here.group_name},
      {"jobs.key_by_name.name", "k-" + here.provisioner_key},
      {"templates.dry_run.job_id", here.dry_run},
      {"chats.by_id.id", hers.chat},
      {"chats.lock.id", hers.chat},
      {"chats.some.ids", hers.chat},
      {"chats.page.labels", "{}"},
      {"chats.since.since", "-3600"},
      {"organizations.by_id.id", here.organization},
      {"organizations.lock_organization.id", here.organization},
      {"organizations.by_name.name", here.name},
      {"templates.by_id.id", here.template_id},
      {"templates.lock.id", here.template_id},
      {"templates.lock_list.id", here.template_id},
      {"template_ids", here.template_id},
      {"templates.by_name.name", here.template_name},
      {"templates.version_by_id.id", here.version},
      {"templates.version_by_name.name", here.version_name},
      {"templates.previous_version.name", here.version_name},
      {"users.by_id.id", ana.id},
      {"users.lock.id", ana.id},
      {"workspaces.by_id.id", hers.workspace},
      {"workspaces.lock_list.id", hers.workspace},
      {"workspaces.by_owner_and_name.name", hers.workspace_name},
      {"workspaces.build_by_number.name", hers.workspace_name},
      {"apps.by_names.workspace", hers.workspace_name},
      {"apps.by_names.owner", "ana"},
      {"apps.by_names.slug", "web"},
      {"reach.agent_of_workspace.agent_id", hers.agent},
      {"connections.place.workspace_id", hers.workspace},
      {"jobs.by_ids_of_list.ids", hers.job},
      {"sessions.key_by_id.id", hers.token_id},
      {"proxies.by_id.proxy_id", proxy},
      {"proxies.by_name.name", "far"},
      {"files.by_id.id", here.file},
      {"files.by_hash.hash", here.file},
      {"files.by_hash.created_by", server.owner().id},
  };
  return give;
}

}  // namespace slipway::test
