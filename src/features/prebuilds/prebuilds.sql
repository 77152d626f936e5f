-- owns: prebuild_pools, prebuild_claims
-- writes: workspaces because what was never provisioned is taken out of its pool without a provisioner
-- writes: provisioner_jobs because jobs of versions that are active no more are canceled while nobody has taken them
-- writes: template_version_presets because a preset whose builds fail in a row is marked, and marked healthy again
-- kept: prebuild_pools: as long as their preset
-- kept: prebuild_claims: as long as their workspace

-- A pool's live members w, each with its latest build b, that one's job j, and the preset that it was started with last: later stops and
-- starts carry none.
-- define: member_facts
    select coalesce(case b.transition when 'start' then b.template_version_preset_id end, (
            select x.template_version_preset_id from workspace_builds x
            where x.workspace_id = w.id and x.transition = 'start' and x.template_version_preset_id is not null
            order by x.build_number desc limit 1)) as preset_id, w.id, w.created_at, b.id as build_id, b.build_number, b.transition, b.template_version_id as version_id,
        b.initiator_id = {system} as by_system, b.created_at as built_at, j.job_status, j.completed_at, j.worker_id is not null as taken,
        j.id as job_id,
        case when b.transition = 'delete' and j.job_status in ('failed', 'canceled') then (
            select count(*)::int4 from workspace_builds f where f.workspace_id = w.id and f.build_number > coalesce((
                select max(o.build_number) from workspace_builds o where o.workspace_id = w.id and o.transition <> 'delete'), 0)) else 0 end as delete_failures,
        b.transition = 'start' and j.job_status = 'succeeded' and coalesce((
            select bool_and(a.lifecycle_state = 'ready') from workspace_resources r join workspace_agents a on a.resource_id = r.id
            where r.job_id = b.job_id and a.parent_id is null and not a.deleted), false) as ready
    from workspaces w
    cross join lateral (select * from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b
    cross join lateral (select * from provisioner_jobs x where x.id = b.job_id limit 1) j
    where w.owner_id = {system} and not w.deleted

-- define: gathered
gathered as (
    select m.preset_id, array_agg(m.id) as ids, array_agg(m.created_at) as created_at, array_agg(m.build_id) as build_ids,
        array_agg(m.build_number) as build_numbers, array_agg(m.transition) as transitions, array_agg(m.version_id) as version_ids,
        array_agg(m.by_system) as by_system, array_agg(m.built_at) as built_at, array_agg(m.job_status) as job_statuses,
        array_agg(coalesce(m.completed_at, '-infinity'::timestamptz)) as completed_at, array_agg(m.taken) as taken, array_agg(m.job_id) as job_ids,
        array_agg(m.delete_failures) as delete_failures, array_agg(m.ready) as ready
    from members m where m.preset_id is not null group by m.preset_id)

-- define: pool_columns
    p.id, p.name, p.template_version_id, p.desired_instances as "base!", p.invalidate_after_secs, p.last_invalidated_at, p.prebuild_status,
    p.scheduling_timezone, t.id as template_id, t.name as template_name, t.active_version_id, t.organization_id, o.name as organization_name, v.name as version_name,
    (t.active_version_id = p.template_version_id and not t.deleted and t.deprecated = '') as "active!",
    coalesce((select array_agg(s.cron_expression order by s.position) from template_version_preset_prebuild_schedules s where s.preset_id = p.id), '{}') as "crons!",
    coalesce((select array_agg(s.desired_instances order by s.position) from template_version_preset_prebuild_schedules s where s.preset_id = p.id), '{}') as "cron_instances!",
    coalesce(g.ids, '{}') as "member_ids!", coalesce(g.created_at, '{}') as "created_at!", coalesce(g.build_ids, '{}') as "build_ids!",
    coalesce(g.build_numbers, '{}') as "build_numbers!", coalesce(g.transitions, '{}') as "transitions!", coalesce(g.version_ids, '{}') as "version_ids!",
    coalesce(g.by_system, '{}') as "by_system!", coalesce(g.built_at, '{}') as "built_at!", coalesce(g.job_statuses, '{}') as "job_statuses!",
    coalesce(g.completed_at, '{}') as "completed_at!", coalesce(g.taken, '{}') as "taken!", coalesce(g.job_ids, '{}') as "job_ids!",
    coalesce(g.delete_failures, '{}') as "delete_failures!", coalesce(g.ready, '{}') as "ready!"

-- Presets of other versions matter while they have members; those of the active one always.
-- define: from_pools
from template_version_presets p
join template_versions v on v.id = p.template_version_id
join templates t on t.id = v.template_id
join organizations o on o.id = t.organization_id
left join gathered g on g.preset_id = p.id
where p.desired_instances is not null and (g.preset_id is not null or (t.active_version_id = p.template_version_id and not t.deleted))

-- Members w that may be handed over, with their latest build b and that one's job j: of the preset's pool, of the active version of a template
-- that is there, running, with all of their agents ready.
-- define: claimable
from workspaces w
join templates t on t.id = w.template_id
join template_version_presets p on p.id = @preset_id
cross join lateral (select * from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b
cross join lateral (select * from provisioner_jobs x where x.id = b.job_id limit 1) j
where w.owner_id = {system} and not w.deleted and w.organization_id = @permit.organization
  and not t.deleted and b.template_version_id = t.active_version_id and b.transition = 'start' and j.job_status = 'succeeded'
  and p.id = (select x.template_version_preset_id from workspace_builds x
              where x.workspace_id = w.id and x.transition = 'start' and x.template_version_preset_id is not null
              order by x.build_number desc limit 1)
  and coalesce((select bool_and(a.lifecycle_state = 'ready') from workspace_resources r join workspace_agents a on a.resource_id = r.id
                where r.job_id = b.job_id and a.parent_id is null and not a.deleted), false)

-- define: about_to_go
(p.invalidate_after_secs > 0 and w.created_at < @now::timestamptz - make_interval(secs => p.invalidate_after_secs)
 or coalesce(w.created_at < p.last_invalidated_at, false))

-- define: connected
exists (select 1 from workspace_resources r join workspace_agents a on a.resource_id = r.id
        where r.job_id = b.job_id and a.last_connected_at > @now::timestamptz - interval '30 seconds'
          and (a.disconnected_at is null or a.disconnected_at < a.last_connected_at))

-- Who owns the pools (kPrebuildsUser).
-- define: system
'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid

-- All pools with all their members, in one statement and so of one moment, however many there are.
-- name: pools :many
-- authz: duty prebuilds
-- row: Pool
with members as materialized ({member_facts}), {gathered}
select
{pool_columns}
{from_pools}
order by t.organization_id, t.name, p.name, p.id;

-- Those of some templates.
-- name: pools_of :many
-- authz: duty prebuilds
-- row: Pool
with members as materialized ({member_facts} and w.template_id = any (@template_ids::uuid[])), {gathered}
select
{pool_columns}
{from_pools} and t.id = any (@template_ids::uuid[])
order by t.organization_id, t.name, p.name, p.id;

-- One, as it is now: what each act is judged by again, in its own transaction.
-- name: pool :opt
-- authz: duty prebuilds
-- row: Pool
with members as materialized ({member_facts} and w.template_id = (
    select x.template_id from template_version_presets y join template_versions x on x.id = y.template_version_id where y.id = @preset_id)), {gathered}
select
{pool_columns}
{from_pools} and p.id = @preset_id;

-- For whoever asks about a template's pools.
-- name: pools_shown :many
-- authz: permit read template
-- row: Pool
with members as materialized ({member_facts} and w.template_id = @permit.id), {gathered}
select
{pool_columns}
{from_pools} and t.id = @permit.id
order by t.name, p.name, p.id;

-- The switch that stops everything; null where nobody ever touched it.
-- name: settings :one
-- authz: duty prebuilds
select (select s.value from site_settings s where s.key = 'prebuilds_settings') as "settings?";

-- Takes those of the pools that no other replica works on. Only a hint, so that two do not get into each other's way: what keeps a pool
-- within its bounds is the count under hold_pool.
-- name: lease :many
-- authz: duty prebuilds
insert into prebuild_pools (preset_id, holder_id, held_until)
select p.id, @holder_id, @until from template_version_presets p where p.id = any (@preset_ids::uuid[]) order by p.id
on conflict (preset_id) do update set holder_id = excluded.holder_id, held_until = excluded.held_until
where prebuild_pools.holder_id is null or prebuild_pools.held_until <= @now::timestamptz or prebuild_pools.holder_id = excluded.holder_id
returning preset_id;

-- Ends the leases and keeps what was decided.
-- name: decide :exec
-- authz: duty prebuilds
update prebuild_pools l set holder_id = null, held_until = null, decided_at = @now, decision = d.decision, error = d.error
from unnest(@preset_ids::uuid[], @decisions::jsonb[], @errors::text[]) as d (preset_id, decision, error)
where l.preset_id = d.preset_id and l.holder_id = @holder_id;

-- name: last_decisions :many
-- authz: permit read template
-- row: LastDecision
select l.preset_id, l.decided_at, l.decision, l.error from prebuild_pools l
join template_version_presets p on p.id = l.preset_id join template_versions v on v.id = p.template_version_id
where v.template_id = @permit.id;

-- name: settings_shown :one
-- authz: permit read template
select (select s.value from site_settings s where s.key = 'prebuilds_settings') as "settings?";

-- What the newest failed build of each pool said.
-- name: last_failures :many
-- authz: permit read template
-- row: LastFailure
select distinct on (b.template_version_preset_id) b.template_version_preset_id as "preset_id!", j.error, j.completed_at as "completed_at!"
from workspaces w join workspace_builds b on b.workspace_id = w.id join provisioner_jobs j on j.id = b.job_id
where w.template_id = @permit.id and w.owner_id = {system} and not w.deleted
  and b.transition = 'start' and b.template_version_preset_id is not null and j.job_status = 'failed'
order by b.template_version_preset_id, j.completed_at desc;

-- Whoever adds to a pool waits here for the others who do: the count that follows sees theirs.
-- name: hold_pool :one
-- authz: duty prebuilds
select true as "held!" from pg_advisory_xact_lock(hashtextextended('prebuilds:' || @preset_id::uuid, 0));

-- Nothing where somebody took it meanwhile; whoever wants it waits until this transaction ends.
-- name: hold_member :opt
-- authz: duty prebuilds
select w.organization_id, w.template_id from workspaces w where w.id = @workspace_id and w.owner_id = {system} and not w.deleted for update;

-- In a statement of its own, after the lock: what is read here was there when the lock was had.
-- name: latest_build :opt
-- authz: duty prebuilds
select b.id, b.template_version_id, w.owner_id from workspaces w join workspace_builds b on b.workspace_id = w.id
where w.id = @workspace_id and not w.deleted order by b.build_number desc limit 1;

-- What waits since before its version was replaced, and nobody took yet: canceled, and its workspace gone with it, for nothing was made.
-- name: cancel_pending :many
-- authz: duty prebuilds
with ended as (
    update provisioner_jobs j set canceled_at = @now, completed_at = @now, updated_at = @now,
        error = 'The template''s version was replaced before this prebuilt workspace was begun.'
    where j.id = any (@job_ids::uuid[]) and j.initiator_id = {system} and j.started_at is null and j.worker_id is null
      and j.canceled_at is null and j.completed_at is null
    returning j.id
), gone as (
    update workspaces w set deleted = true, updated_at = @now from workspace_builds b
    where b.job_id in (select e.id from ended e) and w.id = b.workspace_id and b.build_number = 1 and w.owner_id = {system} and not w.deleted
    returning w.id)
select g.id from gone g;

-- Touches it only where it was not marked: whoever gets the row tells the others.
-- name: mark_limited :opt
-- authz: duty prebuilds
update template_version_presets set prebuild_status = 'hard_limited' where id = @preset_id and prebuild_status <> 'hard_limited'
returning id;

-- name: mark_healthy :exec
-- authz: duty prebuilds
update template_version_presets set prebuild_status = 'healthy' where id = @preset_id and prebuild_status = 'hard_limited';

-- Locks the one to hand over: the oldest whose agent is connected and that the reconciler is not about to replace. Walks the pool by age
-- and stops there, so that it costs no more in a large one; others who want one at the same time get the next. What is judged here may be
-- of before the lock.
-- name: pick :opt
-- authz: permit create workspace
select w.id
{claimable} and w.template_id = @template_id and w.id <> all (@tried::uuid[])
  and not {about_to_go} and {connected}
order by w.created_at
limit 1
for update of w skip locked;

-- As `pick`, where there is no such one: those whose agent is not connected come before those about to be replaced.
-- name: pick_any :opt
-- authz: permit create workspace
select w.id
{claimable} and w.template_id = @template_id and w.id <> all (@tried::uuid[])
order by {about_to_go}, not {connected}, w.created_at, w.id
limit 1
for update of w skip locked;

-- In a statement of its own, after the lock: a deletion may have been committed between what `pick` saw and what it locked.
-- name: still_claimable :opt
-- authz: permit create workspace
-- row: Member
select w.id, w.created_at, b.daily_cost
{claimable} and w.id = @workspace_id;

-- The permit is for this workspace in its new owner's hands. Nothing, where the owner is no live member of the organization. The share
-- locks hold back the end of the account and of the template until this is one of the workspaces that forbid it, or the other way round.
-- name: take_over :count
-- authz: permit create workspace
-- writes: workspaces because a claim changes whose a workspace is, and what else its new owner has asked for
update workspaces w set owner_id = @permit.owner, name = @name, autostart_schedule = @autostart_schedule?, autostart_set_by = @set_by?,
    next_start_at = @next_start_at?, ttl_ms = @ttl_ms?, automatic_updates = @automatic_updates, last_used_at = @now, dormant_at = null,
    deleting_at = null, user_acl = '{}', group_acl = '{}', due_at = @now, updated_at = @now
where w.id = @permit.id and w.organization_id = @permit.organization and w.owner_id = {system} and not w.deleted
  and exists (select 1 from organization_members m join users x on x.id = m.user_id
              where m.organization_id = @permit.organization and m.user_id = @permit.owner and not x.deleted and x.status <> 'suspended' for share of x)
  and exists (select 1 from templates t where t.id = w.template_id and not t.deleted for share);

-- name: insert_claim :exec
-- authz: permit create workspace
insert into prebuild_claims (id, workspace_id, claim_build_id, preset_id, claimant_id, prebuild_created_at, claimed_at, finished_at, missed)
values (gen_random_uuid(), @permit.id, @build_id, @preset_id, @permit.owner, @prebuild_created_at?, @now,
    case when @missed::bool then @now::timestamptz end, @missed);

-- A claim ends with the first build of it that succeeds, and once.
-- name: finish_claim :opt
-- authz: duty provisioner_daemon
-- row: Finished
with done as (
    update prebuild_claims c set finished_at = @now, claim_build_id = b.id, replaced = @replaced
    from workspace_builds b
    where b.id = @build_id and c.workspace_id = b.workspace_id and c.finished_at is null and not c.missed
    returning c.preset_id)
select w.id, b.id as build_id, w.name, w.owner_id, w.organization_id, w.template_id, u.username as owner_name, o.name as organization_name,
    t.name as template_name, v.id as version_id, v.name as version_name, done.preset_id, coalesce(p.name, '') as "preset_name!",
    b.build_number, j.created_at as job_created_at
from done
join workspace_builds b on b.id = @build_id
join provisioner_jobs j on j.id = b.job_id
join workspaces w on w.id = b.workspace_id
join users u on u.id = w.owner_id
join organizations o on o.id = w.organization_id
join templates t on t.id = w.template_id
join template_versions v on v.id = b.template_version_id
left join template_version_presets p on p.id = done.preset_id;

-- What an agent of a workspace is to be told. It is `stale` when its workspace was claimed and it started up before: as an agent of a build
-- before the claim's, or, where it does not say as which, while nobody has started up as the claim's.
-- name: reinit_state :opt
-- authz: permit update_agent workspace
-- row: ReinitState
select w.owner_id,
    (w.owner_id = {system} or exists (select 1 from prebuild_claims c where c.workspace_id = w.id and c.finished_at is null)) as "awaited!",
    exists (select 1 from prebuild_claims c join workspace_builds f on f.id = c.claim_build_id
            join workspace_agents a on a.id = @agent_id join workspace_resources r on r.id = a.resource_id
            join workspace_builds s on s.job_id = r.job_id and s.workspace_id = w.id
            where c.workspace_id = w.id and c.finished_at is not null and not c.missed and a.parent_id is null
              and (s.build_number < f.build_number or (not @told::bool and s.id = f.id and a.lifecycle_state = 'created'))) as "stale!"
from workspaces w where w.id = @permit.id and not w.deleted;

-- Two spellings are about; the one that is there is used.
-- define: quota_group
select x.id from groups x where lower(x.name) in ('coder_prebuilt_workspaces', 'coderprebuiltworkspaces')

-- What the pools' owner lacks in these organizations, by which its quota there is known: nothing once it has been taken in.
-- name: belonging :many
-- authz: duty prebuilds
select o.id,
    exists (select 1 from organization_members m where m.organization_id = o.id and m.user_id = {system}) as "is_member!",
    g.id as "group_id?",
    exists (select 1 from group_members m where m.group_id = g.id and m.user_id = {system}) as "in_group!"
from organizations o
left join lateral ({quota_group} and x.organization_id = o.id order by x.name limit 1) g on true
where o.id = any (@organization_ids::uuid[]) and not o.deleted
order by o.id;

-- name: enter_organization :exec
-- authz: duty prebuilds
-- writes: organization_members because the pools' owner is taken in where there is a pool
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
select o.id, {system}, '{}', @now, @now from organizations o where o.id = @organization_id and not o.deleted
on conflict do nothing;

-- Nothing is allowed until an administrator allows it. Nothing is made where another was quicker.
-- name: make_quota_group :exec
-- authz: duty prebuilds
-- writes: groups because the quota of the pools is the allowance of a group that there must be
insert into groups (id, organization_id, name, display_name, avatar_url, quota_allowance, created_at)
values (@group_id, @organization_id, 'coder_prebuilt_workspaces', 'Prebuilt Workspaces', '', 0, @now)
on conflict do nothing;

-- name: quota_group :opt
-- authz: duty prebuilds
{quota_group} and x.organization_id = @organization_id order by x.name limit 1;

-- name: enter_group :exec
-- authz: duty prebuilds
-- writes: group_members because the pools' owner is in the group that its quota comes from
insert into group_members (group_id, user_id) values (@group_id, {system}) on conflict do nothing;

-- For anybody who is known.
-- name: settings_for_anybody :one
-- authz: permit read user
select (select s.value from site_settings s where s.key = 'prebuilds_settings') as "settings?" from users u where u.id = @permit.id;

-- name: settings_now :opt
-- authz: permit update deployment_config
select value from site_settings where key = 'prebuilds_settings' for update;

-- name: set_settings :exec
-- authz: permit update deployment_config
-- writes: site_settings because the switch that stops the pools is a setting of the deployment
insert into site_settings (key, value) values ('prebuilds_settings', @settings)
on conflict (key) do update set value = excluded.value;

-- What the active version's pools have now is to be built anew.
-- name: invalidate :many
-- authz: permit update template
update template_version_presets p set last_invalidated_at = @now
from templates t join template_versions v on v.id = t.active_version_id
where t.id = @permit.id and not t.deleted and p.template_version_id = v.id and p.desired_instances is not null
returning t.name as template_name, v.name as version_name, p.name as preset_name;

-- Under which names the pools of active versions are counted: a template that is deleted may share its name with one that is not.
-- name: pool_names :many
-- authz: duty prebuilds
select p.id, t.name as template_name, p.name as preset_name, o.name as organization_name
from template_version_presets p
join templates t on t.active_version_id = p.template_version_id and not t.deleted
join organizations o on o.id = t.organization_id and not o.deleted
where p.desired_instances is not null;

-- All that the pools ever built, by their first builds, whatever became of it: over a template's versions, and without deleted templates.
-- name: ever_made :many
-- authz: duty prebuilds
select t.name as template_name, p.name as preset_name, o.name as organization_name, count(*) as "created!",
    count(*) filter (where j.job_status = 'failed') as "failed!", count(*) filter (where w.owner_id <> {system}) as "claimed!"
from template_version_presets p
join template_versions v on v.id = p.template_version_id
join templates t on t.id = v.template_id and not t.deleted
join organizations o on o.id = t.organization_id and not o.deleted
join workspace_builds b on b.template_version_preset_id = p.id and b.build_number = 1 and b.initiator_id = {system}
join workspaces w on w.id = b.workspace_id
join provisioner_jobs j on j.id = b.job_id
group by t.name, p.name, o.name;
