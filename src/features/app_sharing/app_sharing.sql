-- owns: workspace_app_shares
-- kept: workspace_app_shares: as long as their workspace, membership and group; 1000 of a workspace (app_sharing.count)

-- define: of_newest_build
from workspace_builds b join workspace_resources r on r.job_id = b.job_id join workspace_agents a on a.resource_id = r.id and not a.deleted

-- define: is_newest_build
b.workspace_id = w.id and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)

-- A workspace with the names of what its newest build has. What an external app shows is not the server's to share.
-- name: shareable :opt
-- authz: row read workspace
-- row: Shareable
select w.id as workspace_id, w.name as workspace_name, w.owner_id, w.organization_id, w.user_acl, w.group_acl, (w.dormant_at is not null) as "dormant!",
    t.max_port_sharing_level,
    coalesce((select array_agg(a.name::text order by a.name) {of_newest_build} where {is_newest_build}), '{}') as "agent_names!",
    coalesce((select array_agg(p.slug order by p.slug) {of_newest_build} join workspace_apps p on p.agent_id = a.id and not p.external
              where {is_newest_build}), '{}') as "app_slugs!",
    coalesce((select array_agg(p.slug order by p.slug) {of_newest_build} join workspace_apps p on p.agent_id = a.id and p.asks_visitor
              where {is_newest_build}), '{}') as "asking!"
from workspaces w join templates t on t.id = w.template_id where w.id = @workspace_id and not w.deleted;

-- name: listed_users :many
-- authz: permit read workspace
select s.slug, s.agent_name, s.port, u.id, u.username, u.name, u.avatar_url
from workspace_app_shares s join users u on u.id = s.user_id
where s.workspace_id = @permit.id and not u.deleted order by s.slug, s.agent_name, s.port, lower(u.username);

-- name: listed_groups :many
-- authz: permit read workspace
select s.slug, s.agent_name, s.port, g.id, g.name, g.display_name, g.avatar_url
from workspace_app_shares s join groups g on g.id = s.group_id
where s.workspace_id = @permit.id order by s.slug, s.agent_name, s.port, lower(g.name);

-- The template's cap, which stays until the list is stored. Locked after the people and before the workspace, as everywhere.
-- name: hold_cap :one
-- authz: permit share workspace
select t.max_port_sharing_level from workspaces w join templates t on t.id = w.template_id where w.id = @permit.id for share of t;

-- Whoever changes a list waits here for the others who do: the workspace's own list can be what lets somebody change it.
-- name: lock :opt
-- authz: row lock workspace
-- row: Shared
select w.id, w.owner_id, w.organization_id, w.dormant_at, w.user_acl, w.group_acl
from workspaces w where w.id = @workspace_id and not w.deleted for no key update;

-- name: add_users :count
-- authz: locked permit share workspace
insert into workspace_app_shares (workspace_id, organization_id, slug, agent_name, port, user_id, created_at)
select @permit.id, @permit.organization, @slug, @agent_name, @port, new.id, @now from unnest(@user_ids::uuid[]) as new (id)
on conflict do nothing;

-- name: add_groups :count
-- authz: locked permit share workspace
insert into workspace_app_shares (workspace_id, organization_id, slug, agent_name, port, group_id, created_at)
select @permit.id, @permit.organization, @slug, @agent_name, @port, new.id, @now from unnest(@group_ids::uuid[]) as new (id)
on conflict do nothing;

-- name: remove :count
-- authz: locked permit share workspace
delete from workspace_app_shares
where workspace_id = @permit.id and slug = @slug and agent_name = @agent_name and port = @port
  and (user_id = any (@user_ids::uuid[]) or group_id = any (@group_ids::uuid[]));

-- name: remove_all :count
-- authz: locked permit share workspace
delete from workspace_app_shares where workspace_id = @permit.id and slug = @slug and agent_name = @agent_name and port = @port;

-- name: count :one
-- authz: permit share workspace
select count(*) as "entries!" from workspace_app_shares where workspace_id = @permit.id;
