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
