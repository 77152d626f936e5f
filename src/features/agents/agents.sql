-- owns: workspace_agents, workspace_resources, workspace_resource_metadata, workspace_agent_scripts, workspace_agent_script_timings
-- owns: workspace_agent_log_sources, workspace_agent_logs, workspace_agent_metadata, workspace_apps, workspace_app_statuses
-- owns: workspace_agent_stats, connection_logs, workspace_agent_devcontainers, workspace_agent_port_share, replicas, agent_tunnels
-- kept: workspace_agents, workspace_resources, workspace_resource_metadata, workspace_agent_scripts, workspace_agent_metadata, workspace_apps: as long as their build
-- kept: workspace_agent_port_share, workspace_agent_devcontainers, crypto_keys: as long as their workspace; as their build; one a feature
-- kept: workspace_agent_log_sources, workspace_app_statuses: 100 of an agent (save_log_source); of an app (insert_app_status), 30 days (retention.app_statuses)
-- kept: workspace_agent_script_timings, workspace_agent_stats: 100 of a script (save_timing); 180 days (retention.agent_stats)
-- kept: workspace_agent_logs: a mebibyte of an agent, --workspace-agent-logs-retention after it was last connected (retention.agent_logs)
-- kept: connection_logs, replicas, agent_tunnels: --connection-logs-retention (audit.purge_connections); an hour after their end (forget_replicas)
-- writes: workspaces because an agent that is used says that its workspace is
-- writes: workspace_builds because use of a workspace moves its deadline
-- writes: crypto_keys because the first replica makes the key that all relay with

-- What a job made ------------------------------------------------------------------------------------------------------

-- Ids of a state outlive a build; rows of older builds keep theirs.
-- name: taken_ids :many
-- authz: duty provisioner_daemon
select a.id as "taken!" from workspace_agents a where a.id = any (@agent_ids::uuid[]) union all
select p.id from workspace_apps p where p.id = any (@app_ids::uuid[])
union all
select d.id from workspace_agent_devcontainers d where d.id = any (@devcontainer_ids::uuid[]);

-- A token belongs to the newest build of its workspace; an older row that had it gets one that nobody knows.
-- name: free_tokens :exec
-- authz: duty provisioner_daemon
update workspace_agents a set auth_token = gen_random_uuid()
from workspace_resources r join workspace_builds b on b.job_id = r.job_id
where a.auth_token = any (@auth_tokens::uuid[]) and r.id = a.resource_id
  and b.workspace_id = (select c.workspace_id from workspace_builds c where c.job_id = @job_id);

-- name: insert_resources :exec
-- authz: duty provisioner_daemon
insert into workspace_resources (id, job_id, transition, type, name, hide, icon, instance_type, daily_cost, created_at)
select r.id, @job_id, @transition, r.type, r.name, r.hide, r.icon, r.instance_type, r.daily_cost, @now
from unnest(@resource_ids::uuid[], @types::text[], @names::text[], @hides::bool[], @icons::text[], @instance_types::text[], @daily_costs::int4[])
    as r (id, type, name, hide, icon, instance_type, daily_cost);

-- name: insert_resource_metadata :exec
-- authz: duty provisioner_daemon
insert into workspace_resource_metadata (workspace_resource_id, position, key, value, sensitive)
select m.resource_id, m.position, m.key, m.value, m.sensitive
from unnest(@resource_ids::uuid[], @positions::int4[], @keys::text[], @values::text[], @sensitives::bool[])
    as m (resource_id, position, key, value, sensitive);

-- name: insert_agents :exec
-- authz: duty provisioner_daemon
insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, auth_instance_id, environment_variables,
    directory, troubleshooting_url, motd_file, connection_timeout_seconds, display_order, display_apps, api_key_scope, created_at, updated_at)
select a.id, a.resource_id, a.name, a.architecture, a.operating_system, a.auth_token, nullif(a.auth_instance_id, ''), a.environment::jsonb,
    a.directory, a.troubleshooting_url, a.motd_file, a.connection_timeout, a.display_order, string_to_array(a.display_apps, ','),
    a.api_key_scope, @now, @now
from unnest(@agent_ids::uuid[], @resource_ids::uuid[], @names::text[], @architectures::text[], @operating_systems::text[], @auth_tokens::uuid[],
            @auth_instance_ids::text[], @environments::text[], @directories::text[], @troubleshooting_urls::text[], @motd_files::text[],
            @connection_timeouts::int4[], @display_orders::int4[], @display_apps::text[], @api_key_scopes::text[])
    as a (id, resource_id, name, architecture, operating_system, auth_token, auth_instance_id, environment, directory, troubleshooting_url,
          motd_file, connection_timeout, display_order, display_apps, api_key_scope);

-- Each script logs under a source of its own.
-- name: insert_scripts :exec
-- authz: duty provisioner_daemon
with s as (
    select * from unnest(@script_ids::uuid[], @agent_ids::uuid[], @log_source_ids::uuid[], @display_names::text[], @icons::text[],
                         @log_paths::text[], @scripts::text[], @crons::text[], @blocks_logins::bool[], @on_starts::bool[], @on_stops::bool[],
                         @timeouts::int4[])
        as s (id, agent_id, log_source_id, display_name, icon, log_path, script, cron, blocks_login, on_start, on_stop, timeout)
), sources as (
    insert into workspace_agent_log_sources (workspace_agent_id, id, display_name, icon, created_at)
    select s.agent_id, s.log_source_id, left(s.display_name, 127), s.icon, @now from s
)
insert into workspace_agent_scripts (id, workspace_agent_id, log_source_id, log_path, script, cron, start_blocks_login, run_on_start,
                                     run_on_stop, timeout_seconds, display_name, created_at)
select s.id, s.agent_id, s.log_source_id, s.log_path, s.script, s.cron, s.blocks_login, s.on_start, s.on_stop, s.timeout, s.display_name, @now
from s;

-- name: insert_metadata :exec
-- authz: duty provisioner_daemon
insert into workspace_agent_metadata (workspace_agent_id, key, display_name, script, timeout, interval, display_order)
select m.agent_id, m.key, left(m.display_name, 127), m.script, m.timeout, m.interval, m.display_order
from unnest(@agent_ids::uuid[], @keys::text[], @display_names::text[], @scripts::text[], @timeouts::int8[], @intervals::int8[],
            @display_orders::int4[])
    as m (agent_id, key, display_name, script, timeout, interval, display_order);

-- name: insert_apps :exec
-- authz: duty provisioner_daemon
insert into workspace_apps (id, agent_id, slug, display_name, icon, command, url, external, subdomain, sharing_level, healthcheck_url,
    healthcheck_interval, healthcheck_threshold, health, display_order, display_group, hidden, open_in, tooltip, created_at)
select p.id, p.agent_id, p.slug, left(p.display_name, 64), p.icon, p.command, p.url, p.external, p.subdomain, p.sharing_level, p.check_url,
    p.check_interval, p.check_threshold, case when p.check_url = '' then 'disabled' else 'initializing' end, p.display_order, p.display_group,
    p.hidden, p.open_in, p.tooltip, @now
from unnest(@app_ids::uuid[], @agent_ids::uuid[], @slugs::text[], @display_names::text[], @icons::text[], @commands::text[], @urls::text[],
            @externals::bool[], @subdomains::bool[], @sharing_levels::text[], @check_urls::text[], @check_intervals::int4[],
            @check_thresholds::int4[], @display_orders::int4[], @display_groups::text[], @hiddens::bool[], @open_ins::text[], @tooltips::text[])
    as p (id, agent_id, slug, display_name, icon, command, url, external, subdomain, sharing_level, check_url, check_interval,
          check_threshold, display_order, display_group, hidden, open_in, tooltip);

-- name: insert_devcontainers :exec
-- authz: duty provisioner_daemon
insert into workspace_agent_devcontainers (id, workspace_agent_id, name, workspace_folder, config_path, created_at)
select d.id, d.agent_id, d.name, d.workspace_folder, d.config_path, @now
from unnest(@devcontainer_ids::uuid[], @agent_ids::uuid[], @names::text[], @workspace_folders::text[], @config_paths::text[])
    as d (id, agent_id, name, workspace_folder, config_path);

-- Loading what jobs made -----------------------------------------------------------------------------------------------

-- define: resource_columns
    r.id, r.job_id, r.transition, r.type, r.name, r.hide, r.icon, r.daily_cost, r.created_at

-- define: readable
join workspace_builds b on b.job_id = r.job_id join workspaces w on w.id = b.workspace_id

-- name: resources :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: resources_of_list list read workspace w
-- row: Resource
select {resource_columns} from workspace_resources r [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) [[and @visible]] order by r.type, r.name, r.id;

-- define: resource_metadata_columns
    m.workspace_resource_id, m.key, m.value, m.sensitive

-- name: resource_metadata :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: resource_metadata_of_list list read workspace w
-- row: ResourceMetadata
select {resource_metadata_columns} from workspace_resources r join workspace_resource_metadata m on m.workspace_resource_id = r.id [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) [[and @visible]] order by m.workspace_resource_id, m.position;

-- define: agent_columns
    a.id, a.resource_id, a.parent_id, a.name, a.architecture, a.operating_system, coalesce(a.auth_instance_id, '') as "auth_instance_id!",
    a.environment_variables, a.directory, a.expanded_directory, a.version, a.api_version, a.troubleshooting_url, a.motd_file,
    a.connection_timeout_seconds, a.lifecycle_state, a.logs_length, a.logs_overflowed, a.subsystems, a.display_apps,
    a.first_connected_at, a.last_connected_at, a.disconnected_at, a.started_at, a.ready_at, a.created_at, a.updated_at,
    coalesce((select concat_ws('--', a.name, n.name, o.username) from workspace_builds c join workspaces n on n.id = c.workspace_id
              join users o on o.id = n.owner_id where c.job_id = r.job_id), '') as "app_host!"

-- name: agents :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: agents_of_list list read workspace w
-- row: Agent
select {agent_columns} from workspace_resources r join workspace_agents a on a.resource_id = r.id [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) and not a.deleted [[and @visible]] order by a.display_order, a.name, a.id;

-- define: app_columns
    p.id, p.agent_id, p.slug, p.display_name, p.icon, p.command, p.url, p.external, p.subdomain, p.sharing_level, p.healthcheck_url,
    p.healthcheck_interval, p.healthcheck_threshold, p.health, p.display_group, p.hidden, p.open_in, p.tooltip

-- name: apps :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: apps_of_list list read workspace w
-- row: App
select {app_columns} from workspace_resources r join workspace_agents a on a.resource_id = r.id join workspace_apps p on p.agent_id = a.id [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) [[and @visible]] order by p.display_order, p.slug;

-- define: status_columns
    s.id, s.agent_id, s.app_id, s.workspace_id, s.state, s.message, s.uri, s.created_at

-- define: newest_statuses
join lateral (select t.* from workspace_app_statuses t where t.app_id = p.id order by t.created_at desc limit 10) s on true

-- name: statuses :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: statuses_of_list list read workspace w
-- row: Status
select {status_columns} from workspace_resources r join workspace_agents a on a.resource_id = r.id join workspace_apps p on p.agent_id = a.id
{newest_statuses} [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) [[and @visible]] order by s.created_at desc;

-- define: script_columns
    s.id, s.workspace_agent_id, s.log_source_id, s.log_path, s.script, s.cron, s.start_blocks_login, s.run_on_start, s.run_on_stop,
    s.timeout_seconds, s.display_name,
    (select t.exit_code from workspace_agent_script_timings t where t.script_id = s.id order by t.started_at desc limit 1) as "exit_code?",
    coalesce((select t.status from workspace_agent_script_timings t where t.script_id = s.id order by t.started_at desc limit 1), '') as "status!"

-- name: scripts :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: scripts_of_list list read workspace w
-- row: Script
select {script_columns} from workspace_resources r join workspace_agents a on a.resource_id = r.id
join workspace_agent_scripts s on s.workspace_agent_id = a.id [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) [[and @visible]] order by s.display_name, s.id;

-- name: log_sources :many
-- authz: permit read workspace or read template or update_agent workspace
-- also: log_sources_of_list list read workspace w
-- row: LogSource
select l.workspace_agent_id, l.id, l.created_at, l.display_name, l.icon from workspace_resources r join workspace_agents a on a.resource_id = r.id
join workspace_agent_log_sources l on l.workspace_agent_id = a.id [[{readable}]]
where r.job_id = any (@job_ids::uuid[]) [[and @visible]] order by l.created_at, l.display_name, l.id;

-- name: script_timings :many
-- authz: permit read workspace
select t.started_at, t.ended_at, t.exit_code, t.stage, t.status, s.display_name, a.id as agent_id, a.name as agent_name
from workspace_resources r join workspace_agents a on a.resource_id = r.id join workspace_agent_scripts s on s.workspace_agent_id = a.id
join workspace_agent_script_timings t on t.script_id = s.id
where r.job_id = @job_id order by t.started_at, s.id;

-- name: connection_timings :many
-- authz: permit read workspace
select a.created_at, a.first_connected_at as "first_connected_at!", a.id as agent_id, a.name as agent_name
from workspace_resources r join workspace_agents a on a.resource_id = r.id
where r.job_id = @job_id and a.first_connected_at is not null order by a.created_at, a.id;

-- One agent, for people ------------------------------------------------------------------------------------------------

-- define: found
select a.id, a.name, a.resource_id, r.job_id, w.id as workspace_id, w.name as workspace_name, w.owner_id, w.organization_id, w.user_acl, w.group_acl,
       (w.dormant_at is not null) as "dormant!", u.username as owner_name, a.connection_timeout_seconds, a.lifecycle_state,
       a.first_connected_at, a.last_connected_at, a.disconnected_at, a.created_at,
       (not w.deleted and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id)) as "is_latest!"
from workspace_agents a join workspace_resources r on r.id = a.resource_id join workspace_builds b on b.job_id = r.job_id
join workspaces w on w.id = b.workspace_id join users u on u.id = w.owner_id where a.id = @id and not a.deleted
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

-- name: metadata :many
-- authz: permit read workspace or update_agent workspace
-- row: Metadata
select key, display_name, script, value, error, timeout, interval, collected_at from workspace_agent_metadata
where workspace_agent_id = @agent_id order by display_order, key;

-- name: app_ports :many
-- authz: permit read workspace
select url from workspace_apps where agent_id = @agent_id;

-- What an agent says of itself -----------------------------------------------------------------------------------------

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

-- name: used :count
-- authz: permit update_agent workspace or update workspace
update workspaces set last_used_at = greatest(last_used_at, @now::timestamptz) where id = @permit.id and not deleted;

-- A deadline moves at most once a minute and never beyond what the template allows.
-- name: extend_deadline :count
-- authz: permit update_agent workspace or update workspace
update workspace_builds b set updated_at = @now, deadline = least(coalesce(b.max_deadline, 'infinity'), @now::timestamptz + t.activity_bump_ms * interval '1 millisecond')
from workspaces w join templates t on t.id = w.template_id
where w.id = @permit.id and b.workspace_id = w.id and b.transition = 'start' and b.deadline is not null and t.activity_bump_ms > 0
  and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id) and b.deadline > @now::timestamptz
  and b.deadline + interval '1 minute' < least(coalesce(b.max_deadline, 'infinity'), @now::timestamptz + t.activity_bump_ms * interval '1 millisecond');

-- name: set_metadata :count
-- authz: permit update_agent workspace
update workspace_agent_metadata m set value = v.value, error = v.error, collected_at = @now
from unnest(@keys::text[], @values::text[], @errors::text[]) as v (key, value, error), workspace_agents a
where a.id = @agent_id and m.workspace_agent_id = a.id and m.key = v.key and {judged};

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

-- name: save_connection :count
-- authz: permit update_agent workspace
insert into connection_logs as c (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, connection_id)
select gen_random_uuid(), @at, @permit.organization, @permit.owner, @permit.id, @workspace_name, @agent_name, @type, nullif(@ip, ''), @connection_id
where {room} on conflict (connection_id, workspace_id, agent_name) do update set connect_time = least(c.connect_time, excluded.connect_time);

-- The report of a beginning may have been lost: then the row begins where it ends.
-- name: end_connection :count
-- authz: permit update_agent workspace
insert into connection_logs as c (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, ip, connection_id,
                             code, disconnect_time, disconnect_reason)
select gen_random_uuid(), @at, @permit.organization, @permit.owner, @permit.id, @workspace_name, @agent_name, @type, nullif(@ip, ''), @connection_id,
       @code, @at, @reason
where {room} or exists (select 1 from connection_logs k where k.connection_id = @connection_id and k.workspace_id = @permit.id and k.agent_name = @agent_name)
on conflict (connection_id, workspace_id, agent_name) do update
set code = excluded.code, disconnect_time = excluded.disconnect_time, disconnect_reason = excluded.disconnect_reason;

-- name: ssh_key_of_owner :opt
-- authz: permit read_personal user
-- row: SshKey
select public_key, private_key from git_ssh_keys where user_id = @permit.id;

-- Tunnels --------------------------------------------------------------------------------------------------------------

-- name: connected :exec
-- authz: duty system
update workspace_agents set first_connected_at = coalesce(first_connected_at, @now::timestamptz), last_connected_at = @now, disconnected_at = null,
    last_connected_replica_id = @replica_id, connection_id = @connection_id, updated_at = @now where id = @id;

-- name: hold_tunnel :exec
-- authz: duty system
insert into agent_tunnels (agent_id, replica_id, connection_id, opened_at) values (@agent_id, @replica_id, @connection_id, @now)
on conflict (agent_id) do update set replica_id = excluded.replica_id, connection_id = excluded.connection_id, opened_at = excluded.opened_at;

-- A heartbeat. Nothing: another connection is newer. Whether the status changed, and whether the build is still the newest.
-- name: beat :opt
-- authz: duty system
-- row: Beat
update workspace_agents a set last_connected_at = @now, disconnected_at = null
from (select o.id, (o.disconnected_at is not null) as was_gone from workspace_agents o where o.id = @id) before,
     workspace_resources r, workspace_builds b, workspaces w
where a.id = before.id and a.connection_id = @connection_id and r.id = a.resource_id and b.job_id = r.job_id and w.id = b.workspace_id
returning before.was_gone as "was_gone!",
    (not w.deleted and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id)) as "is_latest!";

-- The end of a connection counts only while it is the agent's newest.
-- name: disconnected :count
-- authz: duty system
update workspace_agents set disconnected_at = greatest(@now::timestamptz, last_connected_at), updated_at = @now
where id = @id and connection_id = @connection_id and disconnected_at is null;

-- name: let_go_tunnel :exec
-- authz: duty system
delete from agent_tunnels where agent_id = @agent_id and connection_id = @connection_id;

-- name: holder :opt
-- authz: duty system
-- row: Holder
select t.replica_id, p.relay_address from agent_tunnels t join replicas p on p.id = t.replica_id
where t.agent_id = @agent_id and p.stopped_at is null and p.updated_at > @alive_since;

-- name: save_replica :exec
-- authz: duty system
insert into replicas (id, hostname, relay_address, version, started_at, updated_at)
values (@replica_id, @hostname, @relay_address, @version, @now, @now)
on conflict (id) do update set updated_at = excluded.updated_at, relay_address = excluded.relay_address, stopped_at = null;

-- name: end_replica :exec
-- authz: duty system
update replicas set stopped_at = @now, updated_at = @now where id = @replica_id;

-- Rows that no replica keeps alive any more. Agents that they held show as gone by their own silence.
-- name: forget_replicas :count
-- authz: duty system
delete from replicas where updated_at < @silent_since::timestamptz;

-- name: relay_key :opt
-- authz: duty key_reader
select secret from crypto_keys where feature = 'replica_relay' order by sequence desc limit 1;

-- name: make_relay_key :exec
-- authz: duty key_rotator
insert into crypto_keys (feature, sequence, secret, starts_at) values ('replica_relay', 1, @secret, @now) on conflict do nothing;

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
select agent_name, port, share_level, protocol from workspace_agent_port_share where workspace_id = @permit.id order by agent_name, port;

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
