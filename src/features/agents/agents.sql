-- owns: workspace_agent_logs, workspace_agent_script_timings, workspace_app_statuses, workspace_agent_stats, connection_logs
-- kept: workspace_app_statuses: 100 of an app (insert_app_status), 30 days (retention.app_statuses)
-- kept: workspace_agent_script_timings, workspace_agent_stats: 100 of a script (save_timing); 180 days (retention.agent_stats)
-- kept: workspace_agent_logs: a mebibyte of an agent, --workspace-agent-logs-retention after it was last connected (retention.agent_logs)
-- kept: connection_logs: --connection-logs-retention (audit.purge_connections)
-- writes: workspace_agents because what an agent says of itself is in its row
-- writes: workspace_agent_metadata, workspace_apps because what their scripts and checks found is in their rows
-- writes: workspace_agent_log_sources because an agent may name sources of its own
-- about: connection_logs: connection_log

-- The agent belongs to the workspace that was judged.
-- define: judged
exists (select 1 from workspace_resources r join workspace_builds b on b.job_id = r.job_id where r.id = a.resource_id and b.workspace_id = @permit.id)

-- name: own :one
-- authz: permit update_agent workspace
-- row: Own
select a.parent_id, a.environment_variables, a.directory, a.motd_file, r.job_id
from workspace_agents a join workspace_resources r on r.id = a.resource_id where a.id = @agent_id and {judged};

-- name: own_devcontainers :many
-- authz: permit update_agent workspace
-- row: Devcontainer
select id, name, workspace_folder, config_path from workspace_agent_devcontainers where workspace_agent_id = @agent_id order by name;

-- name: started_up :count
-- authz: permit update_agent workspace
update workspace_agents a set version = @version, expanded_directory = @expanded_directory, subsystems = @subsystems, api_version = @api_version,
    updated_at = @now where a.id = @agent_id and {judged};

-- name: set_lifecycle :count
-- authz: permit update_agent workspace
update workspace_agents a set lifecycle_state = @state, updated_at = @now,
    started_at = case when @state = 'starting' then @changed_at::timestamptz
                      when @state in ('ready', 'start_timeout', 'start_error') then coalesce(a.started_at, @changed_at::timestamptz)
                      else a.started_at end,
    ready_at = case when @state = 'starting' then null
                    when @state in ('ready', 'start_timeout', 'start_error') then @changed_at::timestamptz else a.ready_at end
where a.id = @agent_id and {judged};

-- name: insert_stats :exec
-- authz: permit update_agent workspace
insert into workspace_agent_stats (agent_id, workspace_id, user_id, template_id, connections_by_proto, connection_count,
    connection_median_latency_ms, rx_packets, rx_bytes, tx_packets, tx_bytes, session_count_vscode, session_count_jetbrains,
    session_count_reconnecting_pty, session_count_ssh, created_at)
values (@agent_id, @permit.id, @permit.owner, @template_id, @connections_by_proto, @connection_count, @connection_median_latency_ms, @rx_packets,
    @rx_bytes, @tx_packets, @tx_bytes, @session_count_vscode, @session_count_jetbrains, @session_count_reconnecting_pty, @session_count_ssh, @now);

-- What many agents have reported, at once; the agents of which something was kept. Their right to report was judged one by one.
-- name: set_metadata :many
-- authz: duty metadata_keeper
update workspace_agent_metadata m set value = v.value, error = v.error, collected_at = v.collected_at
from unnest(@agent_ids::uuid[], @keys::text[], @values::text[], @errors::text[], @collected_ats::timestamptz[])
    as v (agent_id, key, value, error, collected_at)
where m.workspace_agent_id = v.agent_id and m.key = v.key returning m.workspace_agent_id;

-- name: own_apps :many
-- authz: permit update_agent workspace
-- row: OwnApp
select p.id, p.slug, p.icon, p.health, p.healthcheck_url from workspace_apps p join workspace_agents a on a.id = p.agent_id
where a.id = @agent_id and {judged};

-- name: set_app_health :count
-- authz: permit update_agent workspace
update workspace_apps p set health = v.health from unnest(@app_ids::uuid[], @healths::text[]) as v (id, health), workspace_agents a
where a.id = @agent_id and p.agent_id = a.id and p.id = v.id and p.health <> v.health and {judged};

-- name: insert_app_status :exec
-- authz: permit update_agent workspace
with older as (delete from workspace_app_statuses where id in (
    select s.id from workspace_app_statuses s where s.app_id = @app_id order by s.created_at desc offset 99))
insert into workspace_app_statuses (id, agent_id, app_id, workspace_id, state, message, uri, created_at) values (@status_id, @agent_id, @app_id, @permit.id, @state, @message, @uri, @now);

-- Adds a batch to the agent's account when it fits, whole; the answer is the length after it. Nothing: it does not fit.
-- name: take_log_room :opt
-- authz: permit update_agent workspace
update workspace_agents a set logs_length = a.logs_length + @bytes::int4, updated_at = @now
where a.id = @agent_id and not a.logs_overflowed and a.logs_length + @bytes::int8 <= 1048576 and {judged}
returning a.logs_length;

-- Nothing: it had overflowed before.
-- name: overflow_logs :count
-- authz: permit update_agent workspace
update workspace_agents a set logs_overflowed = true, updated_at = @now where a.id = @agent_id and not a.logs_overflowed and {judged};

-- name: insert_logs :exec
-- authz: permit update_agent workspace
insert into workspace_agent_logs (agent_id, created_at, output, level, log_source_id)
select a.id, l.created_at, l.output, l.level, @log_source_id
from workspace_agents a, unnest(@created_ats::timestamptz[], @outputs::text[], @levels::text[]) with ordinality as l (created_at, output, level, position)
where a.id = @agent_id and {judged} order by l.position;

-- name: save_log_source :opt
-- authz: permit update_agent workspace
-- row: LogSource
insert into workspace_agent_log_sources as l (workspace_agent_id, id, display_name, icon, created_at)
select a.id, @log_source_id, left(@display_name::text, 127), @icon, @now from workspace_agents a where a.id = @agent_id and {judged}
    and (select count(*) from workspace_agent_log_sources o where o.workspace_agent_id = @agent_id and o.id <> @log_source_id) < 100
on conflict (workspace_agent_id, id) do update set display_name = l.display_name
returning l.workspace_agent_id, l.id, l.created_at, l.display_name, l.icon;

-- name: save_timing :count
-- authz: permit update_agent workspace
with older as (delete from workspace_agent_script_timings where (script_id, started_at) in (
    select t.script_id, t.started_at from workspace_agent_scripts x join workspace_agent_script_timings t on t.script_id = x.id
    where x.id = @script_id and x.workspace_agent_id = @agent_id order by t.started_at desc offset 99))
insert into workspace_agent_script_timings (script_id, started_at, ended_at, exit_code, stage, status)
select s.id, @started_at, @ended_at, @exit_code, @stage, @status from workspace_agent_scripts s join workspace_agents a on a.id = s.workspace_agent_id
where s.id = @script_id and a.id = @agent_id and {judged}
on conflict (script_id, started_at) do update set ended_at = excluded.ended_at, exit_code = excluded.exit_code, status = excluded.status;

-- The ids are the agent's to make up: nothing more is kept once the workspace has `most` rows since `since`.
-- define: room
(select count(*) from connection_logs w where w.workspace_id = @permit.id and w.connect_time > @since::timestamptz) < @most::bigint

-- define: known
exists (select 1 from connection_logs k where k.connection_id = @connection_id and k.workspace_id = @permit.id and k.agent_name = @agent_name)

-- name: save_connection :count
-- authz: permit update_agent workspace
insert into connection_logs as c (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, connection_id)
select gen_random_uuid(), @at, @permit.organization, @permit.owner, @permit.id, @workspace_name, @agent_name, @type, nullif(@ip, ''), @connection_id
where {room} or {known} on conflict (connection_id, workspace_id, agent_name) do update set connect_time = least(c.connect_time, excluded.connect_time), type = excluded.type;

-- The report of a beginning may have been lost: then the row begins where it ends. A reason that the server gave stays where the agent has none.
-- name: end_connection :count
-- authz: permit update_agent workspace
insert into connection_logs as c (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, connection_id,
                             code, disconnect_time, disconnect_reason)
select gen_random_uuid(), @at, @permit.organization, @permit.owner, @permit.id, @workspace_name, @agent_name, @type, nullif(@ip, ''), @connection_id,
       @code, @at, @reason
where {room} or {known}
on conflict (connection_id, workspace_id, agent_name) do update
set code = excluded.code, type = excluded.type, disconnect_time = excluded.disconnect_time,
    disconnect_reason = coalesce(nullif(excluded.disconnect_reason, ''), c.disconnect_reason);

-- name: ssh_key_of_owner :opt
-- authz: permit read_personal user
-- row: SshKey
select public_key, private_key from git_ssh_keys where user_id = @permit.id;
