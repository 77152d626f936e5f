-- owns: workspace_app_audit_sessions, workspace_app_stats
-- kept: workspace_app_audit_sessions: an hour after the last visit (forget_visits)
-- about: workspace_app_audit_sessions: connection_log
-- writes: connection_logs because who opens an app is known to the server that lets them in
-- kept: workspace_app_stats: 180 days (retention.app_stats)
-- writes: workspaces because a workspace whose apps are used is in use

-- What an address leads to: a row for each agent of the newest build, with the app of that name if it has it, and how its port is shared.
-- define: place
select w.id as workspace_id, w.name as workspace_name, w.owner_id, u.username as "owner_name!", w.organization_id, w.user_acl, w.group_acl,
       (w.dormant_at is not null) as "dormant!", t.cors_behavior, b.transition,
       a.id as "agent_id?", a.name as "agent_name?", a.connection_timeout_seconds as "timeout?", a.created_at as "agent_created_at?",
       a.first_connected_at as "first_connected_at?", a.last_connected_at as "last_connected_at?", a.disconnected_at as "disconnected_at?",
       p.id as "app_id?", p.url as "url?", p.external as "external?", p.sharing_level as "sharing_level?", s.share_level as "port_level?",
       p.asks_visitor as "asks_visitor?", v.username as "visitor_username?", v.name as "visitor_name?", v.email as "visitor_email?"

-- define: of_newest_build
join templates t on t.id = w.template_id
join workspace_builds b on b.workspace_id = w.id and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id)

-- An id where the address has one, else a name: the other of the two is nil, or empty, and fits nothing.
-- name: at_names :many
-- authz: open because an app is opened by the right to connect to it, which need not include reading its workspace
-- row: Found
{place},
       case when p.id is not null then app_shared_with(w.id, p.slug, @visitor?::uuid)
            else port_shared_with(w.id, a.name, @port::int4, @visitor?::uuid) end as "listed!",
       case when p.asks_visitor then visitor_groups(w.organization_id, @visitor?::uuid) else '{}' end as "visitor_groups!"
from users u
join workspaces w on w.owner_id = u.id and (w.id = @workspace_id or lower(w.name) = lower(@workspace_name)) and not w.deleted
{of_newest_build}
left join workspace_resources r on r.job_id = b.job_id
left join workspace_agents a on a.resource_id = r.id and not a.deleted
left join workspace_apps p on p.agent_id = a.id and p.slug = @slug
left join workspace_agent_port_share s on s.workspace_id = w.id and s.agent_name = a.name and s.port = @port::int4
left join users v on v.id = @visitor?::uuid and p.asks_visitor
where (u.id = @owner_id or lower(u.username) = lower(@owner_name)) and not u.deleted
order by a.display_order, a.name;

-- For a terminal, which has neither an app nor a port. Whether the build is the newest is for its stream to see.
-- name: at_agent :many
-- authz: open because a terminal is opened by the right to use SSH in its workspace, which need not include reading it
-- row: Found
{place}, false as "listed!", '{}'::text[] as "visitor_groups!"
from workspace_agents a
join workspace_resources r on r.id = a.resource_id
join workspace_builds b on b.job_id = r.job_id
join workspaces w on w.id = b.workspace_id and not w.deleted
join templates t on t.id = w.template_id
join users u on u.id = w.owner_id
left join workspace_apps p on p.agent_id = a.id and false
left join workspace_agent_port_share s on s.workspace_id = w.id and false
left join users v on false
where a.id = @agent_id and not a.deleted;

-- A visit that was noted within a minute is left alone; one that was noted before goes on; one that is new, or that nobody has come back to for
-- long, has its line in the connection log. Returns those, by the ids that came with them.
-- name: note_visits :many
-- authz: duty connection_keeper
with seen as (
    select * from unnest(@ids::uuid[], @ats::timestamptz[], @agent_ids::uuid[], @app_ids::uuid[], @user_ids::uuid[], @ips::text[], @user_agents::text[],
                         @whats::text[], @statuses::int4[], @organization_ids::uuid[], @owner_ids::uuid[], @workspace_ids::uuid[],
                         @workspace_names::text[], @agent_names::text[], @types::text[])
        as s (id, at, agent_id, app_id, user_id, ip, user_agent, what, status, organization_id, owner_id, workspace_id, workspace_name, agent_name, type)
), kept as (
    insert into workspace_app_audit_sessions as x (id, agent_id, app_id, user_id, ip, user_agent, slug_or_port, status_code, started_at, updated_at)
    select id, agent_id, app_id, user_id, ip, user_agent, what, status, at, at from seen
    on conflict (agent_id, app_id, user_id, ip, user_agent, slug_or_port, status_code) do update set
        id = case when x.updated_at <= excluded.updated_at - make_interval(secs => @stale_seconds) then excluded.id else x.id end,
        started_at = case when x.updated_at <= excluded.updated_at - make_interval(secs => @stale_seconds) then excluded.started_at else x.started_at end,
        updated_at = excluded.updated_at
    where x.updated_at < excluded.updated_at - interval '1 minute'
    returning x.id
)
insert into connection_logs (id, connect_time, organization_id, workspace_owner_id, workspace_id, workspace_name, agent_name, type, code, ip, user_agent,
    user_id, slug_or_port)
select s.id, s.at, s.organization_id, s.owner_id, s.workspace_id, s.workspace_name, s.agent_name, s.type, s.status, nullif(s.ip, ''),
    nullif(s.user_agent, ''), nullif(s.user_id, '00000000-0000-0000-0000-000000000000'), s.what
from seen s join kept k on k.id = s.id
returning id;

-- name: forget_visits :count
-- authz: duty connection_keeper
delete from workspace_app_audit_sessions where updated_at < @before::timestamptz;

-- What decides whether pages of one host may read what another answers: whose app each of them is, by the name or the id in it, and what
-- the template of the one that is asked says of it. A page is told no more of this than whether two names are one person's.
-- name: owners_of_hosts :one
-- authz: open because a browser asks before it says who uses it
select (select u.id from users u where (u.id = @target_uuid?::uuid or lower(u.username) = lower(@target?::text)) and not u.deleted) as "target?",
       (select u.id from users u where (u.id = @asking_uuid?::uuid or lower(u.username) = lower(@asking?::text)) and not u.deleted) as "asking?",
       (select t.cors_behavior from users u
        join workspaces w on w.owner_id = u.id and (w.id = @workspace_uuid?::uuid or lower(w.name) = lower(@workspace?::text)) and not w.deleted
        join templates t on t.id = w.template_id
        where (u.id = @target_uuid?::uuid or lower(u.username) = lower(@target?::text)) and not u.deleted) as "cors?";

-- How much apps are used (stats.hpp). A session that was told before is told anew; of two tellings the later one has more. Workspaces and people that have gone meanwhile are left out,
-- so that one row of theirs does not keep the others from being stored.
-- name: add_stats :exec
-- authz: duty last_use
insert into workspace_app_stats as s (user_id, workspace_id, agent_id, access_method, slug_or_port, session_id, session_started_at, session_ended_at, requests)
select v.user_id, v.workspace_id, v.agent_id, v.access_method, v.slug_or_port, v.session_id, v.started_at, v.ended_at, v.requests
from unnest(@user_ids::uuid[], @workspace_ids::uuid[], @agent_ids::uuid[], @access_methods::text[], @slugs_or_ports::text[], @session_ids::uuid[],
            @started_ats::timestamptz[], @ended_ats::timestamptz[], @requests::int8[])
    as v (user_id, workspace_id, agent_id, access_method, slug_or_port, session_id, started_at, ended_at, requests)
join workspaces w on w.id = v.workspace_id
join users u on u.id = v.user_id
on conflict (user_id, agent_id, session_id) do update
    set session_ended_at = greatest(s.session_ended_at, excluded.session_ended_at), requests = greatest(s.requests, excluded.requests);

-- name: used :exec
-- authz: duty last_use
update workspaces w set last_used_at = v.used_at
from unnest(@workspace_ids::uuid[], @used_ats::timestamptz[]) as v (workspace_id, used_at)
where w.id = v.workspace_id and not w.deleted and w.last_used_at < v.used_at;
