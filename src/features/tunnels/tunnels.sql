-- owns: replicas, agent_tunnels
-- kept: replicas, agent_tunnels: an hour after their end (forget_replicas); with their replica
-- writes: workspace_agents because whether an agent is connected is in its row
-- writes: crypto_keys because the first replica makes the key that all relay with

-- name: connected :exec
-- authz: duty tunnel_keeper
update workspace_agents set first_connected_at = coalesce(first_connected_at, @now::timestamptz), last_connected_at = @now, disconnected_at = null,
    last_connected_replica_id = @replica_id, connection_id = @connection_id, updated_at = @now where id = @agent_id;

-- name: hold_tunnel :exec
-- authz: duty tunnel_keeper
insert into agent_tunnels (agent_id, replica_id, connection_id, opened_at) values (@agent_id, @replica_id, @connection_id, @now)
on conflict (agent_id) do update set replica_id = excluded.replica_id, connection_id = excluded.connection_id, opened_at = excluded.opened_at;

-- A heartbeat of all agents that a server holds. An agent that is not among the rows has a newer connection than that one, or has gone.
-- Whether its status changed, and whether its build is still the newest.
-- name: beat :many
-- authz: duty tunnel_keeper
-- row: Beat
update workspace_agents a set last_connected_at = @now, disconnected_at = null
from (select o.id, h.connection_id, (o.disconnected_at is not null) as was_gone
      from unnest(@agent_ids::uuid[], @connection_ids::uuid[]) as h (agent_id, connection_id) join workspace_agents o on o.id = h.agent_id) before,
     workspace_resources r, workspace_builds b, workspaces w
where a.id = before.id and a.connection_id = before.connection_id and r.id = a.resource_id and b.job_id = r.job_id and w.id = b.workspace_id
returning a.id, w.id as workspace_id, before.was_gone as "was_gone!",
    (not w.deleted and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id)) as "is_latest!";

-- The end of a connection counts only while it is the agent's newest.
-- name: disconnected :count
-- authz: duty tunnel_keeper
update workspace_agents set disconnected_at = greatest(@now::timestamptz, last_connected_at), updated_at = @now
where id = @agent_id and connection_id = @connection_id and disconnected_at is null;

-- name: let_go_tunnel :exec
-- authz: duty tunnel_keeper
delete from agent_tunnels where agent_id = @agent_id and connection_id = @connection_id;

-- name: holder :opt
-- authz: duty tunnel_keeper
-- row: Holder
select t.replica_id, p.relay_address from agent_tunnels t join replicas p on p.id = t.replica_id
where t.agent_id = @agent_id and p.stopped_at is null and p.updated_at > @alive_since;

-- name: save_replica :exec
-- authz: duty tunnel_keeper
insert into replicas (id, hostname, relay_address, version, started_at, updated_at)
values (@replica_id, @hostname, @relay_address, @version, @now, @now)
on conflict (id) do update set updated_at = excluded.updated_at, relay_address = excluded.relay_address, stopped_at = null;

-- name: end_replica :exec
-- authz: duty tunnel_keeper
update replicas set stopped_at = @now, updated_at = @now where id = @replica_id;

-- Rows that no replica keeps alive any more. Agents that they held show as gone by their own silence.
-- name: forget_replicas :count
-- authz: duty tunnel_keeper
delete from replicas where updated_at < @silent_since::timestamptz;

-- name: relay_keys :many
-- authz: duty key_reader
select secret from crypto_keys where feature = 'replica_relay' order by sequence desc limit 2;

-- name: make_relay_key :exec
-- authz: duty key_rotator
insert into crypto_keys (feature, sequence, secret, starts_at) values ('replica_relay', 1, @secret, @now) on conflict do nothing;
