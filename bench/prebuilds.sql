-- :presets presets of a hundred templates, each with a full pool of five workspaces whose agents are ready; the user "bench" is there.
begin;
create temporary table who on commit drop as
    select u.id as owner, o.id as organization from users u, organizations o where u.username = 'bench' and o.is_default;
create temporary table kind on commit drop as
    select n, md5('pool template' || n)::uuid as template, md5('pool version' || n)::uuid as version, md5('pool import' || n)::uuid as job
    from generate_series(1, 100) n;
insert into files (id, hash, created_by, mimetype, data, created_at)
    select md5('pool file')::uuid, md5('pool file'), owner, 'application/x-tar', '', now() from who;
insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, created_at, updated_at, started_at, completed_at)
    select job, organization, owner, 'template_version_import', 'replay', md5('pool file')::uuid, '{}', now(), now(), now(), now() from kind, who;
insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)
    select template, organization, 'pool-' || n, version, owner, now(), now() from kind, who;
insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)
    select version, template, organization, 'v1', job, owner, now(), now() from kind, who;
insert into template_version_presets (id, template_version_id, name, desired_instances, created_at)
    select md5('preset' || n || '/' || k)::uuid, version, 'preset-' || k, 5, now() from kind, generate_series(1, :presets / 100) k;
create temporary table member on commit drop as
    select md5(p.id || '/' || i)::uuid as workspace, md5('build' || p.id || '/' || i)::uuid as build, md5('job' || p.id || '/' || i)::uuid as job,
        p.id as preset, k.template, k.version
    from kind k join template_version_presets p on p.template_version_id = k.version, generate_series(1, 5) i;
insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, created_at, updated_at, started_at, completed_at)
    select job, organization, 'c42fdf75-3097-471c-8c33-fb52454d81c0', 'workspace_build', 'replay', md5('pool file')::uuid, '{}', now(), now(), now(), now()
    from member, who;
insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)
    select workspace, 'c42fdf75-3097-471c-8c33-fb52454d81c0', organization, template, 'prebuild-' || workspace, now(), now(), now() from member, who;
insert into workspace_builds (id, workspace_id, template_version_id, template_version_preset_id, build_number, transition, initiator_id, job_id, created_at, updated_at)
    select build, workspace, version, preset, 1, 'start', 'c42fdf75-3097-471c-8c33-fb52454d81c0', job, now(), now() from member;
insert into workspace_resources (id, job_id, transition, type, name, created_at)
    select md5('resource' || job)::uuid, job, 'start', 'docker_container', 'dev', now() from member;
insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, lifecycle_state, created_at, updated_at)
    select md5('agent' || job)::uuid, md5('resource' || job)::uuid, 'main', 'amd64', 'linux', md5('token' || job)::uuid, 'ready', now(), now() from member;
commit;
analyze;
