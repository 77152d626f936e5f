-- :count workspaces in 200 organizations, two of three of them running, as builds of long ago left them; "three" owns three of them and "places"
-- administers three organizations. Without triggers, which would take minutes; what they keep is made after it (db/migrations/0039).
set session_replication_role = replica;
begin;
insert into organizations (id, name, created_at, updated_at) select md5('place' || i)::uuid, 'place-' || i, now(), now() from generate_series(1, 200) i;
insert into users (id, email, username, login_type, created_at, updated_at)
    select md5('person' || i)::uuid, 'person-' || i || '@example.com', 'person-' || i, 'none', now(), now() from generate_series(1, :count / 10) i;
insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at, completed_at)
    select md5('large job' || i)::uuid, md5('place' || i % 200 + 1)::uuid, md5('person' || i % (:count / 10) + 1)::uuid, 'workspace_build', 'replay',
        md5('file')::uuid, '{}', '{}', now(), now(), now(), now() from generate_series(1, :count) i;
insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)
    select md5('large template' || i)::uuid, md5('place' || i)::uuid, 'large', md5('large version' || i)::uuid, md5('person1')::uuid, now(), now() from generate_series(1, 200) i;
insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)
    select md5('large version' || i)::uuid, md5('large template' || i)::uuid, md5('place' || i)::uuid, 'v1', md5('large job' || i)::uuid, md5('person1')::uuid, now(), now()
    from generate_series(1, 200) i;
insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, due_at, created_at, updated_at)
    select md5('large' || i)::uuid, case when i <= 3 then (select id from users where username = 'three') else md5('person' || i % (:count / 10) + 1)::uuid end,
        md5('place' || i % 200 + 1)::uuid, md5('large template' || i % 200 + 1)::uuid, 'large-' || i, now(), 'infinity', now(), now()
    from generate_series(1, :count) i;
insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)
    select md5('large build' || i)::uuid, md5('large' || i)::uuid, md5('large version' || i % 200 + 1)::uuid, 1, case when i % 3 = 0 then 'stop' else 'start' end,
        md5('person' || i % (:count / 10) + 1)::uuid, md5('large job' || i)::uuid, now(), now() from generate_series(1, :count) i;
insert into workspace_resources (id, job_id, transition, type, name, created_at)
    select md5('large resource' || i)::uuid, md5('large job' || i)::uuid, 'start', 'docker_container', 'dev', now() from generate_series(1, :count) i where i % 3 <> 0;
insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, connection_timeout_seconds, created_at, updated_at)
    select md5('large agent' || i)::uuid, md5('large resource' || i)::uuid, 'main', 'amd64', 'linux', md5('large token' || i)::uuid, 120, now(), now()
    from generate_series(1, :count) i where i % 3 <> 0;
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
    select md5('place' || i % 200 + 1)::uuid, (select id from users where username = 'three'), '{}', now(), now() from generate_series(1, 3) i;
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
    select md5('place' || i)::uuid, (select id from users where username = 'places'), '{organization-admin}', now(), now() from generate_series(11, 13) i;
commit;
set session_replication_role = origin;
