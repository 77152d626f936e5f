-- owns:
-- writes: connection_logs because a session that passes this server is told by the server, which alone knows whose it is

-- The agent inside tells of the same session under the same connection id: what kind it turned out to be, and its exit code.
-- A stream that comes back over another connection goes on in its row, unless it ended too long ago: then nothing is written.
-- name: begin :opt
-- authz: permit ssh workspace or application_connect workspace
insert into connection_logs as c (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, user_agent,
    user_id, slug_or_port, connection_id, replica_id)
values (gen_random_uuid(), @now, @permit.organization, @permit.owner, @permit.id, @workspace_name, @agent_name, @type, nullif(@ip, ''),
    nullif(@user_agent, ''), @user_id, nullif(@port, ''), @connection_id, @replica_id)
on conflict (connection_id, workspace_id, agent_name) do update set disconnect_time = null, disconnect_reason = null, replica_id = excluded.replica_id
where c.user_id = excluded.user_id and (c.disconnect_time is null or c.disconnect_time > @since)
returning c.connection_id as "connection_id!";

-- A forwarded port is opened and closed all the time: a person who comes back soon goes on in the same row.
-- name: go_on :opt
-- authz: permit ssh workspace or application_connect workspace
update connection_logs set disconnect_time = null, disconnect_reason = null, replica_id = @replica_id
where id = (select c.id from connection_logs c
            where c.workspace_id = @permit.id and c.user_id = @user_id and c.agent_name = @agent_name and c.type = 'port_forwarding'
              and c.slug_or_port = @port and c.ip is not distinct from nullif(@ip, '') and c.connect_time > @day_ago and c.disconnect_time > @since
            order by c.connect_time desc limit 1)
returning connection_id as "connection_id!";

-- A stream may have come back over another server before this one noticed: what it carried counts, and its end is the other's to tell.
-- name: end_session :exec
-- authz: duty connection_keeper
update connection_logs set
    disconnect_time = case when replica_id is distinct from @replica_id then disconnect_time else @now end,
    disconnect_reason = case when replica_id is distinct from @replica_id then disconnect_reason
                             else coalesce(nullif(disconnect_reason, ''), nullif(@reason, '')) end,
    rx_bytes = coalesce(rx_bytes, 0) + @rx_bytes::int8, tx_bytes = coalesce(tx_bytes, 0) + @tx_bytes::int8
where connection_id = @connection_id and workspace_id = @workspace_id and agent_name = @agent_name;

-- Somebody has come back while the end of a port's session was written.
-- name: reopen :exec
-- authz: duty connection_keeper
update connection_logs set disconnect_time = null, disconnect_reason = null
where connection_id = @connection_id and workspace_id = @workspace_id and agent_name = @agent_name;

-- Sessions that were open on a server that says nothing any more.
-- name: end_lost :count
-- authz: duty connection_keeper
update connection_logs set disconnect_time = @now, disconnect_reason = coalesce(nullif(disconnect_reason, ''), @reason)
where disconnect_time is null and replica_id is not null
  and not exists (select 1 from replicas p where p.id = replica_id and p.stopped_at is null and p.updated_at > @alive_since);

-- name: place :opt
-- authz: row read workspace
-- row: Place
select w.id, w.owner_id, w.organization_id, (w.dormant_at is not null) as "dormant!", w.user_acl, w.group_acl
from workspaces w where w.id = @workspace_id and not w.deleted;

-- name: open_of_workspace :many
-- authz: permit ssh workspace
-- row: Open
select c.connection_id as "connection_id!", c.type, c.agent_name, coalesce(c.slug_or_port, '') as "port!", c.connect_time, c.user_id as "user_id?",
    coalesce(u.username, '') as "username!", coalesce(u.name, '') as "name!", coalesce(u.avatar_url, '') as "avatar_url!",
    count(*) over () as "total!"
from connection_logs c
join replicas p on p.id = c.replica_id and p.stopped_at is null and p.updated_at > @alive_since
left join users u on u.id = c.user_id
where c.workspace_id = @permit.id and c.disconnect_time is null and c.replica_id is not null
order by c.connect_time, c.id limit @most::int4;
