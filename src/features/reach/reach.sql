-- owns: workspace_agent_port_share
-- kept: workspace_agent_port_share: as long as their workspace

-- define: found
select a.id, a.name, a.resource_id, r.job_id, w.id as workspace_id, w.name as workspace_name, w.owner_id, w.organization_id, w.user_acl, w.group_acl,
       (w.dormant_at is not null) as "dormant!", u.username as owner_name, a.connection_timeout_seconds, a.lifecycle_state,
       a.first_connected_at, a.last_connected_at, a.disconnected_at, a.created_at,
       (not w.deleted and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id)) as "is_latest!"
from workspace_agents a join workspace_resources r on r.id = a.resource_id join workspace_builds b on b.job_id = r.job_id
join workspaces w on w.id = b.workspace_id join users u on u.id = w.owner_id where a.id = @agent_id and not a.deleted

-- name: agent_of_workspace :opt
-- authz: row read workspace
-- row: Found
{found};

-- name: agent_to_enter :opt
-- authz: open because whoever keeps a stream open judges the right that it needs, which need not be reading
-- row: Found
{found};

-- name: logs :many
-- authz: permit read workspace
-- row: Log
select id, created_at, output, level, log_source_id from workspace_agent_logs
where agent_id = @agent_id and id > @after and (@before::int8 = 0 or id < @before::int8) order by id limit @most::int4;

-- name: app_ports :many
-- authz: permit read workspace
select url from workspace_apps where agent_id = @agent_id;

-- Ports that an owner shares. The names are those of the newest build's agents.
-- name: shareable :opt
-- authz: row read workspace
-- row: Shareable
select w.id as workspace_id, w.name as workspace_name, w.owner_id, w.organization_id, w.user_acl, w.group_acl, (w.dormant_at is not null) as "dormant!",
    t.max_port_sharing_level,
    coalesce((select array_agg(a.name::text order by a.name) from workspace_builds b join workspace_resources r on r.job_id = b.job_id
              join workspace_agents a on a.resource_id = r.id and not a.deleted
              where b.workspace_id = w.id and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)),
             '{}') as "agent_names!" from workspaces w join templates t on t.id = w.template_id where w.id = @workspace_id and not w.deleted;

-- name: port_shares :many
-- authz: permit read workspace
select agent_name, port, share_level, protocol from workspace_agent_port_share where workspace_id = @permit.id order by port, agent_name;

-- Touches nothing when the template's cap is no more what the level was checked against: a lower one ends what is above it.
-- name: share_port :change
-- authz: permit update workspace
insert into workspace_agent_port_share (workspace_id, agent_name, port, share_level, protocol)
select w.id, @agent_name::text, @port::int4, @share_level::text, @protocol::text from workspaces w join templates t on t.id = w.template_id
where w.id = @permit.id and not w.deleted and t.max_port_sharing_level = @cap_seen for share of t
on conflict (workspace_id, agent_name, port) do update set share_level = excluded.share_level, protocol = excluded.protocol;

-- name: unshare_port :count
-- authz: permit update workspace
delete from workspace_agent_port_share where workspace_id = @permit.id and agent_name = @agent_name and port = @port;
