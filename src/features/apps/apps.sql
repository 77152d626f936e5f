-- The app that a path or host names, on the newest build of its workspace; `agent` is empty when the workspace has one agent.
-- name: by_names :opt
-- authz: open because an app is opened by the right to connect to it, which need not include reading its workspace
-- row: Found
select p.id, p.slug, p.display_name, p.url, p.external, p.sharing_level, a.id as agent_id, a.name as agent_name,
       a.connection_timeout_seconds, a.first_connected_at, a.last_connected_at, a.disconnected_at, a.created_at,
       w.id as workspace_id, w.name as workspace_name, w.owner_id, w.organization_id, w.user_acl, w.group_acl, (w.dormant_at is not null) as "dormant!"
from users u
join workspaces w on w.owner_id = u.id and lower(w.name) = lower(@workspace) and not w.deleted
join workspace_builds b on b.workspace_id = w.id and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id)
join workspace_resources r on r.job_id = b.job_id
join workspace_agents a on a.resource_id = r.id and not a.deleted
join workspace_apps p on p.agent_id = a.id
where lower(u.username) = lower(@owner) and not u.deleted and p.slug = @slug and (@agent?::text is null or a.name = @agent?::text)
order by a.display_order, a.name limit 1;
