-- owns:

-- Whoever shares an instance id, the live ones first: of the newest build of a workspace that is not deleted. Agents of imports and
-- sub-agents are never among them. One statement, however many there are: nothing of it is asked for anew row by row.
-- name: sharers :many
-- authz: permit read system
-- under: machine_reader
-- row: Sharer
select a.id, a.name, a.auth_token, b.workspace_id,
       (not w.deleted and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = b.workspace_id)) as "live!"
from workspace_agents a
join workspace_resources r on r.id = a.resource_id
join provisioner_jobs j on j.id = r.job_id
join workspace_builds b on b.job_id = j.id
join workspaces w on w.id = b.workspace_id
where a.auth_instance_id = @instance_id::text and a.parent_id is null and not a.deleted and j.type = 'workspace_build'
order by 5 desc, a.created_at desc, a.id limit 256;

-- The machine whose proof an agent waits for.
-- name: awaited :opt
-- authz: row read workspace
-- row: Awaited
select w.id, w.owner_id, w.organization_id, (w.dormant_at is not null) as "dormant!", w.user_acl, w.group_acl, t.id as template_id,
       t.user_acl as template_user_acl, t.group_acl as template_group_acl, coalesce(a.auth_instance_id, '') as "instance_id!",
       (b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)) as "is_latest!"
from workspace_agents a
join workspace_resources r on r.id = a.resource_id
join workspace_builds b on b.job_id = r.job_id
join workspaces w on w.id = b.workspace_id
join templates t on t.id = w.template_id
where a.id = @agent_id and a.parent_id is null and not a.deleted and not w.deleted;
