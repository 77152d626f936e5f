-- owns: workspace_agents, workspace_resources, workspace_resource_metadata, workspace_agent_scripts, workspace_agent_log_sources
-- owns: workspace_agent_metadata, workspace_apps, workspace_agent_devcontainers
-- kept: workspace_agents, workspace_resources, workspace_resource_metadata, workspace_agent_scripts, workspace_agent_metadata, workspace_apps: as long as their build
-- kept: workspace_agent_devcontainers, workspace_agent_log_sources: as their build; 100 of an agent (agents.save_log_source)
-- about: workspace_agent_devcontainers: workspace_agent_devcontainers
-- conflict: workspace_agents_auth_token_key: An agent's token is already in use by another agent.

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
    healthcheck_interval, healthcheck_threshold, health, display_order, display_group, hidden, open_in, tooltip, asks_visitor,
    created_at)
select p.id, p.agent_id, p.slug, left(p.display_name, 64), p.icon, p.command, p.url, p.external, p.subdomain, p.sharing_level, p.check_url,
    p.check_interval, p.check_threshold, case when p.check_url = '' then 'disabled' else 'initializing' end, p.display_order, p.display_group,
    p.hidden, p.open_in, p.tooltip, p.asks_visitor, @now
from unnest(@app_ids::uuid[], @agent_ids::uuid[], @slugs::text[], @display_names::text[], @icons::text[], @commands::text[], @urls::text[],
            @externals::bool[], @subdomains::bool[], @sharing_levels::text[], @check_urls::text[], @check_intervals::int4[],
            @check_thresholds::int4[], @display_orders::int4[], @display_groups::text[], @hiddens::bool[], @open_ins::text[], @tooltips::text[],
            @asks_visitors::bool[])
    as p (id, agent_id, slug, display_name, icon, command, url, external, subdomain, sharing_level, check_url, check_interval,
          check_threshold, display_order, display_group, hidden, open_in, tooltip, asks_visitor);

-- name: insert_devcontainers :exec
-- authz: duty provisioner_daemon
insert into workspace_agent_devcontainers (id, workspace_agent_id, name, workspace_folder, config_path, created_at)
select d.id, d.agent_id, d.name, d.workspace_folder, d.config_path, @now
from unnest(@devcontainer_ids::uuid[], @agent_ids::uuid[], @names::text[], @workspace_folders::text[], @config_paths::text[])
    as d (id, agent_id, name, workspace_folder, config_path);

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

-- name: metadata :many
-- authz: permit read workspace or update_agent workspace
-- row: Metadata
select key, display_name, script, value, error, timeout, interval, collected_at from workspace_agent_metadata
where workspace_agent_id = @agent_id order by display_order, key;
