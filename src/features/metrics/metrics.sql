-- Numbers of the whole deployment, read now and then for Prometheus (snapshot.cpp) and never for a person's request.
-- owns:

-- name: users :many
-- authz: duty metrics_reader
-- row: Users
select u.status, count(*) as "people!", count(*) filter (where u.last_seen_at > @active_since) as "active!"
from users u where not u.deleted and not u.is_system
group by u.status order by u.status;

-- name: builds :many
-- authz: duty metrics_reader
-- row: Builds
select j.job_status, t.name as template_name, v.name as template_version, u.username, b.transition, count(*) as "builds!"
from workspaces w
join workspace_builds b on b.workspace_id = w.id
    and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)
join provisioner_jobs j on j.id = b.job_id
join template_versions v on v.id = b.template_version_id
join templates t on t.id = w.template_id
join users u on u.id = w.owner_id
where not w.deleted
group by j.job_status, t.name, v.name, u.username, b.transition
order by t.name, v.name, u.username, b.transition, j.job_status limit @most;

-- define: from_agents
from workspaces w
join workspace_builds b on b.workspace_id = w.id
    and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)
join template_versions v on v.id = b.template_version_id
join templates t on t.id = w.template_id
join users u on u.id = w.owner_id
join workspace_resources r on r.job_id = b.job_id
join workspace_agents a on a.resource_id = r.id and not a.deleted

-- name: agents :many
-- authz: duty metrics_reader
-- row: Agent
select u.username, w.name as workspace_name, t.name as template_name, v.name as template_version, a.name as agent_name, a.lifecycle_state,
    a.created_at, a.first_connected_at, a.last_connected_at, a.disconnected_at, a.connection_timeout_seconds
{from_agents}
where not w.deleted
order by u.username, w.name, a.name limit @most;

-- name: apps :many
-- authz: duty metrics_reader
-- row: App
select u.username, w.name as workspace_name, a.name as agent_name, coalesce(nullif(p.display_name, ''), p.slug) as "app_name!", p.health
{from_agents}
join workspace_apps p on p.agent_id = a.id
where not w.deleted
order by u.username, w.name, a.name, p.slug limit @most;

-- Bytes add up over the window; the rest is what each agent said last.
-- name: agent_stats :many
-- authz: duty metrics_reader
-- row: AgentStats
select u.username, w.name as workspace_name, a.name as agent_name,
    sum(s.rx_bytes)::int8 as "rx_bytes!", sum(s.tx_bytes)::int8 as "tx_bytes!",
    (array_agg(s.connection_count order by s.created_at desc))[1] as "connection_count!",
    (array_agg(s.connection_median_latency_ms order by s.created_at desc))[1] as "connection_median_latency_ms!",
    (array_agg(s.session_count_vscode order by s.created_at desc))[1] as "session_count_vscode!",
    (array_agg(s.session_count_jetbrains order by s.created_at desc))[1] as "session_count_jetbrains!",
    (array_agg(s.session_count_reconnecting_pty order by s.created_at desc))[1] as "session_count_reconnecting_pty!",
    (array_agg(s.session_count_ssh order by s.created_at desc))[1] as "session_count_ssh!"
from workspace_agent_stats s
join workspace_agents a on a.id = s.agent_id
join workspaces w on w.id = s.workspace_id
join users u on u.id = s.user_id
where s.created_at > @since and not w.deleted
group by u.username, w.name, a.name
order by u.username, w.name, a.name limit @most;

-- Messages that are still to leave, and those that could not. What waits because its person wants it so is not late before its time.
-- name: outbox :many
-- authz: duty metrics_reader
-- row: Outbox
select x.method as "method!", sum(x.waiting)::int8 as "waiting!", max(x.oldest)::float8 as "oldest!", sum(x.undelivered)::int8 as "undelivered!"
from (
    select m.method, count(*) as waiting, coalesce(extract(epoch from now() - min(greatest(m.created_at, m.hold_until)) filter (where coalesce(m.hold_until <= now(), true))), 0) as oldest,
        0 as undelivered
    from notification_messages m where m.status in ('pending', 'temporary_failure', 'leased') group by m.method
    union all
    select m.method, 0, 0, count(*)
    from notification_messages m where m.status = 'permanent_failure' and m.updated_at > now() - interval '60 days' group by m.method
) as x
group by x.method order by x.method;
