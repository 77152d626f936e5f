-- What an import or build needs. Job, archive and version are of one organization, or there is nothing: what a version
-- knows in secret stays with its organization's provisioners.
-- name: archive_of :one
-- authz: duty provisioner_daemon
select f.data from provisioner_jobs j join files f on f.id = j.file_id
where j.id = @job_id and exists (
    select 1 from template_versions v join provisioner_jobs i on i.id = v.job_id
    where v.id = @template_version_id and v.organization_id = j.organization_id and i.organization_id = j.organization_id and i.file_id = j.file_id);

-- name: version_source :one
-- authz: duty provisioner_daemon
select v.name as version_name, v.template_id, coalesce(t.name, '') as "template_name!"
from template_versions v left join templates t on t.id = v.template_id
where v.id = @template_version_id;

-- name: variables_of :many
-- authz: duty provisioner_daemon
select name, value, sensitive from template_version_variables where template_version_id = @template_version_id order by name;

-- name: build_source :one
-- authz: duty provisioner_daemon
-- row: BuildSource
select b.id, b.workspace_id, b.build_number, b.transition, b.template_version_id, b.initiator_id,
       w.name as workspace_name, w.owner_id, w.organization_id, w.template_id,
       t.name as template_name, v.name as version_name,
       u.username, u.name as full_name, u.email, u.login_type, u.rbac_roles,
       coalesce((select p.provisioner_state from workspace_builds p where p.workspace_id = b.workspace_id
                 and p.build_number <= b.build_number and p.provisioner_state is not null
                 order by p.build_number desc limit 1), ''::bytea) as "state!",
       coalesce((select array_agg(g.name order by g.name) from groups g where g.organization_id = w.organization_id
                 and (g.id = g.organization_id or exists (select 1 from group_members gm where gm.group_id = g.id and gm.user_id = u.id))), '{}') as "groups!",
       coalesce((select k.public_key from git_ssh_keys k where k.user_id = u.id), '') as "public_key!",
       coalesce((select k.private_key from git_ssh_keys k where k.user_id = u.id), '') as "private_key!"
from workspace_builds b
join provisioner_jobs j on j.id = b.job_id
join workspaces w on w.id = b.workspace_id and w.organization_id = j.organization_id
join templates t on t.id = w.template_id and t.organization_id = j.organization_id
join template_versions v on v.id = b.template_version_id and v.template_id = t.id and v.organization_id = j.organization_id
join users u on u.id = w.owner_id
where b.id = @workspace_build_id and j.id = @job_id;

-- name: build_parameters :many
-- authz: duty provisioner_daemon
select name, value from workspace_build_parameters where workspace_build_id = @workspace_build_id order by name;

-- The agents that run while a workspace is claimed: those of its last build that succeeded.
-- name: running_agents :many
-- authz: duty provisioner_daemon
-- row: RunningAgent
select a.id, a.auth_token from workspace_agents a join workspace_resources r on r.id = a.resource_id
where not a.deleted and a.parent_id is null and r.job_id = (
    select b.job_id from workspace_builds b join provisioner_jobs j on j.id = b.job_id
    where b.workspace_id = @workspace_id and b.build_number < @build_number and j.job_status = 'succeeded'
    order by b.build_number desc limit 1)
order by a.display_order, a.name;

-- name: previous_parameters :many
-- authz: duty provisioner_daemon
select p.name, p.value from workspace_build_parameters p
where p.workspace_build_id = (select b.id from workspace_builds b where b.workspace_id = @workspace_id and b.build_number < @build_number
                              order by b.build_number desc limit 1);

-- name: person :one
-- authz: duty provisioner_daemon
select u.id, u.username, u.name, u.email, u.login_type from users u where u.id = @user_id;

-- name: end_owner_token :exec
-- authz: duty provisioner_daemon
-- writes: api_keys because a build's token of the workspace's owner ends with the build
delete from api_keys k using workspace_builds b where b.id = k.build_id and b.workspace_id = @workspace_id;

-- Only where owners act for themselves: their own start, or that of a schedule which they set. It opens this workspace and its
-- template, as the workspace's agents do.
-- name: give_owner_token :count
-- authz: duty provisioner_daemon
-- writes: api_keys because a build is given a token of the workspace's owner
insert into api_keys (id, hashed_secret, user_id, login_type, token_name, allow_list, build_id, lifetime_seconds, last_used, expires_at, created_at, updated_at)
select @id, @hashed_secret, w.owner_id, 'token', w.id::text || '_session_token',
    array['workspace:' || w.id, 'template:' || w.template_id, 'template:' || b.template_version_id, 'user:' || w.owner_id],
    b.id, @lifetime_seconds, @now, @expires_at, @now, @now
from workspace_builds b
join workspaces w on w.id = b.workspace_id
join users u on u.id = w.owner_id
join organization_members m on m.organization_id = w.organization_id and m.user_id = w.owner_id
where b.id = @build_id and b.transition = 'start' and b.initiator_id = w.owner_id
  and (b.reason <> 'autostart' or w.autostart_set_by = w.owner_id)
  and not u.deleted and not u.is_system and u.status <> 'suspended'
on conflict (user_id, token_name) where login_type = 'token' do update
set id = excluded.id, hashed_secret = excluded.hashed_secret, scopes = excluded.scopes, allow_list = excluded.allow_list, build_id = excluded.build_id,
    lifetime_seconds = excluded.lifetime_seconds, expires_at = excluded.expires_at, created_at = excluded.created_at,
    updated_at = excluded.updated_at, last_used = excluded.last_used;
