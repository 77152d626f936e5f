-- writes: workspaces because the scheduler says when to look at one next, and puts unused ones aside
-- writes: workspace_builds because a template's new rules move the deadlines of what runs already, and of which one its owner was reminded is kept

-- One replica looks at a time. Only a hint: what keeps two from building one workspace twice is the row lock of `due_one`.
-- name: lead :one
-- authz: duty autostart
select pg_try_advisory_xact_lock(5462379002) as "leads!";

-- Everything that decides what happens to a workspace without a person.
-- define: due_columns
    w.id, w.owner_id, w.organization_id, w.template_id, w.name, w.autostart_schedule, w.next_start_at, w.last_used_at, w.dormant_at,
    w.automatic_updates,
    case when t.allow_user_autostop then coalesce(w.ttl_ms, 0) else t.default_ttl_ms end as "ttl_ms!",
    u.status as owner_status,
    t.allow_user_autostart, t.autostart_block_days_of_week, t.autostop_requirement_days_of_week, t.autostop_requirement_weeks,
    t.time_til_autostop_notify_ms, t.failure_ttl_ms, t.time_til_dormant_ms, t.time_til_dormant_autodelete_ms, t.active_version_id, t.require_active_version,
    b.id as build_id, b.transition, b.reason, b.deadline, b.max_deadline, b.notified_deadline, b.template_version_id, j.job_status, j.completed_at,
    case when j.job_status <> 'failed' then 0 else (
        select count(*) from workspace_builds f where f.workspace_id = w.id and f.build_number > coalesce((
            select max(o.build_number) from workspace_builds o join provisioner_jobs oj on oj.id = o.job_id
            where o.workspace_id = w.id and (o.transition <> b.transition or oj.job_status <> 'failed')), 0)) end as "failures!"

-- define: from_due
from workspaces w
join users u on u.id = w.owner_id
join templates t on t.id = w.template_id
join lateral (select x.* from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b on true
join provisioner_jobs j on j.id = b.job_id

-- name: due :many
-- authz: duty autostart
-- row: Due
select
{due_columns}
{from_due}
where not w.deleted and w.due_at <= @now
order by w.due_at limit @most::int4
for update of w skip locked;

-- Nothing when another replica has it in hand, or has just been done with it.
-- name: due_one :opt
-- authz: duty autostart
-- row: Due
select
{due_columns}
{from_due}
where w.id = @workspace_id and not w.deleted and w.due_at <= @now
for update of w skip locked;

-- name: next_due :opt
-- authz: duty autostart
select w.due_at from workspaces w where not w.deleted order by w.due_at limit 1;

-- -infinity: no next start.
-- name: put_off :exec
-- authz: duty autostart
update workspaces w set due_at = x.look_at, next_start_at = nullif(x.next_start_at, '-infinity'::timestamptz)
from unnest(@workspace_ids::uuid[], @look_ats::timestamptz[], @next_starts::timestamptz[]) as x (id, look_at, next_start_at)
where w.id = x.id;

-- name: make_dormant :exec
-- authz: duty autostart
update workspaces set dormant_at = @now, updated_at = @now where id = @workspace_id and dormant_at is null;

-- name: set_limits :exec
-- authz: duty autostart
update workspace_builds set deadline = @deadline?, max_deadline = @max_deadline?, updated_at = @now where id = @build_id;

-- Nothing when somebody has moved the deadline meanwhile, or its owner knows of it already.
-- name: note_reminder :count
-- authz: duty autostart
update workspace_builds set notified_deadline = deadline
where id = @build_id and deadline = @deadline and notified_deadline is distinct from deadline;
