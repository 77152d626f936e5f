-- :count running workspaces of the user "bench", each with an agent, two apps, a script and metadata, as a build would have left
-- them. Ids come from a number, so that whoever loads them knows the agents' tokens: md5('token' || number).
begin;
create temporary table who on commit drop as
    select u.id as owner, o.id as organization from users u, organizations o where u.username = 'bench' and o.is_default;
insert into files (id, hash, created_by, mimetype, data, created_at)
    select md5('file')::uuid, md5('file'), owner, 'application/x-tar', '', now() from who;
insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at, completed_at)
    select md5('import')::uuid, organization, owner, 'template_version_import', 'replay', md5('file')::uuid, '{}', '{}', now(), now(), now(), now() from who;
insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)
    select md5('template')::uuid, organization, 'many', md5('version')::uuid, owner, now(), now() from who;
insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)
    select md5('version')::uuid, md5('template')::uuid, organization, 'v1', md5('import')::uuid, owner, now(), now() from who;
insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at, completed_at)
    select md5('job' || i)::uuid, organization, owner, 'workspace_build', 'replay', md5('file')::uuid, '{}', '{}', now(), now(), now(), now()
    from who, generate_series(1, :count) i;
insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)
    select md5('workspace' || i)::uuid, owner, organization, md5('template')::uuid, 'many-' || i, now(), now(), now()
    from who, generate_series(1, :count) i;
insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)
    select md5('build' || i)::uuid, md5('workspace' || i)::uuid, md5('version')::uuid, 1, 'start', owner, md5('job' || i)::uuid, now(), now()
    from who, generate_series(1, :count) i;
insert into workspace_resources (id, job_id, transition, type, name, created_at)
    select md5('resource' || i)::uuid, md5('job' || i)::uuid, 'start', 'docker_container', 'dev', now() from generate_series(1, :count) i;
insert into workspace_resource_metadata (workspace_resource_id, position, key, value)
    select md5('resource' || i)::uuid, k, 'key ' || k, 'value ' || k from generate_series(1, :count) i, generate_series(0, 1) k;
insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, connection_timeout_seconds, created_at, updated_at)
    select md5('agent' || i)::uuid, md5('resource' || i)::uuid, 'main', 'amd64', 'linux', md5('token' || i)::uuid, 120, now(), now()
    from generate_series(1, :count) i;
insert into workspace_agent_log_sources (workspace_agent_id, id, created_at, display_name, icon)
    select md5('agent' || i)::uuid, md5('source' || i)::uuid, now(), 'Start', '' from generate_series(1, :count) i;
insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, script, run_on_start, display_name, created_at)
    select md5('script' || i)::uuid, md5('agent' || i)::uuid, md5('source' || i)::uuid, 'true', true, 'Start', now() from generate_series(1, :count) i;
insert into workspace_apps (id, agent_id, slug, display_name, url, created_at)
    select md5('app' || i || a)::uuid, md5('agent' || i)::uuid, a, upper(a), 'http://localhost:8080/', now()
    from generate_series(1, :count) i, unnest(array['code', 'docs']) a;
commit;
analyze;
