-- owns: provisioner_jobs, provisioner_job_logs, provisioner_job_timings, provisioner_daemons, provisioner_keys
-- kept: provisioner_jobs: as long as their build or version
-- kept: provisioner_job_logs, provisioner_daemons: 90 days (purge_logs); 30 days after they were seen (purge_daemons)
-- kept: provisioner_job_timings, provisioner_keys: as long as their job; as their organization
-- about: provisioner_jobs: provisioner_jobs
-- about: provisioner_job_logs, provisioner_job_timings: provisioner_jobs update
-- about: provisioner_daemons, provisioner_keys: provisioner_daemon
-- conflict: provisioner_keys_name (name): A provisioner key with this name already exists.

-- Which daemon d may take job j: of its organization or one that it serves besides, with its engine, and with its tags: a job
-- without tags goes to daemons without tags, another to daemons that have all of the job's.
-- define: fits
(d.organization_id = j.organization_id or '*' = any (d.serves)
       or exists (select 1 from organizations o where o.id = j.organization_id and o.name = any (d.serves)))
      and j.provisioner = any (d.provisioners)
      and case when j.tags = '{"owner": "", "scope": "organization"}' then d.tags = j.tags else j.tags <@ d.tags end

-- A job that no daemon fits says so in its own log: else it would only wait.
-- name: insert :exec
-- authz: permit create template or update template or create workspace or start workspace or stop workspace or delete workspace
with j as (
    insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at)
    values (@id, @permit.organization, @initiator_id, @type, @provisioner, @file_id, @input, @tags, @now, @now)
    returning id, organization_id, provisioner, tags)
insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
select j.id, @now, 'provisioner_daemon', 'warn', 'Waiting for a provisioner', @wanted from j
where not exists (select 1 from provisioner_daemons d where d.last_seen_at > @seen_since::timestamptz and {fits});

-- Builds of the pools (kPrebuildsUser's).
-- define: of_pools
j.initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid

-- A canceled job is never started. A request that is made again gets the job that it got before. People come before the pools, whose builds
-- leave a quarter of the daemons like this one, and one at least where there are two, free for people; when several ask at once the
-- pools may get one more for the length of a build.
-- name: acquire :opt
-- authz: duty provisioner_daemon
-- row: Acquired
update provisioner_jobs set started_at = @now, updated_at = @now, worker_id = @worker_id, acquire_id = @acquire_id?, holder_id = @holder_id?
where id = (
    select j.id from provisioner_jobs j join provisioner_daemons d on d.id = @worker_id
    cross join lateral (
        select count(*) as daemons, sum((select count(*) from provisioner_jobs p
            where p.worker_id = o.id and p.started_at is not null and p.completed_at is null
              and p.initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid)) as taken
        from provisioner_daemons o where o.organization_id = d.organization_id and o.tags = d.tags and o.last_seen_at > @now::timestamptz - interval '30 seconds') pools
    where j.started_at is null and j.completed_at is null and j.canceled_at is null and {fits}
      and (not {of_pools} or coalesce(pools.taken, 0) < greatest(1, pools.daemons - greatest(1, pools.daemons / 4)))
    order by ({of_pools}), j.created_at, j.id
    for update of j skip locked
    limit 1)
returning id, organization_id, initiator_id, type, provisioner, file_id, input, created_at;

-- name: acquired_before :opt
-- authz: duty provisioner_daemon
-- row: Acquired
select id, organization_id, initiator_id, type, provisioner, file_id, input, created_at from provisioner_jobs
where worker_id = @worker_id and acquire_id = @acquire_id and completed_at is null;

-- What a daemon's end of a job needs; the worker is only given where it runs the job now.
-- name: running :opt
-- authz: duty provisioner_daemon
-- row: Running
select j.id, j.type, j.input, j.worker_id as "worker_id!", d.key_id, d.organization_id from provisioner_jobs j
join provisioner_daemons d on d.id = j.worker_id
where j.id = @id and j.completed_at is null;

-- Whoever had the job last, also when it has ended: what a late result is judged by.
-- name: had_by :opt
-- authz: duty provisioner_daemon
-- row: Had
select j.id, j.type, j.input, j.worker_id as "worker_id!", j.holder_id, d.key_id, d.organization_id, j.completed_at, j.result_at
from provisioner_jobs j
join provisioner_daemons d on d.id = j.worker_id
where j.id = @id;

-- The jobs that a folder's daemons had taken and know nothing of: none of them has begun. What was being canceled is canceled.
-- name: requeue_lost :many
-- authz: duty provisioner_daemon
-- row: Requeued
with lost as (
    update provisioner_jobs j
    set started_at = case when j.canceled_at is null then null else j.started_at end, worker_id = null, acquire_id = null, holder_id = null,
        completed_at = case when j.canceled_at is null then null else @now::timestamptz end, updated_at = @now
    from provisioner_daemons d
    where j.holder_id = @holder_id and j.completed_at is null and j.started_at is not null and d.id = j.worker_id and d.key_id = @key_id
      and j.id <> all (@held::uuid[])
    returning j.id
), said as (
    insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
    select id, @now, 'provisioner_daemon', 'warn', 'Waiting for a provisioner', 'The provisioner was restarted before it began this job: the job waits again.'
    from lost)
select l.id, b.workspace_id as "workspace_id?", w.template_id as "pool_template_id?" from lost l
left join workspace_builds b on b.job_id = l.id
left join workspaces w on w.id = b.workspace_id and w.owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0';

-- The lease of a job is the daemon's sign of life too.
-- name: heartbeat :opt
-- authz: duty provisioner_daemon
with alive as (
    update provisioner_daemons set last_seen_at = @now where id = @worker_id and last_seen_at < @now::timestamptz - interval '10 seconds')
update provisioner_jobs set updated_at = @now
where id = @id and worker_id = @worker_id and completed_at is null
returning canceled_at is not null as "canceled!";

-- Adds lines while the job has room for them; the first that does not fit marks the job and ends its log.
-- name: insert_logs :one
-- authz: duty provisioner_daemon
with room as (
    update provisioner_jobs
    set logs_length = case when logs_length + @bytes::int4 <= 8388608 then logs_length + @bytes::int4 else logs_length end,
        logs_overflowed = logs_overflowed or logs_length + @bytes::int4 > 8388608,
        updated_at = greatest(updated_at, @now::timestamptz)
    where id = @id
    returning not logs_overflowed as fits
), added as (
    insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
    select @id, l.created_at, l.source, l.level, l.stage, l.output
    from room, unnest(@created_at::timestamptz[], @source::text[], @level::text[], @stage::text[], @output::text[])
        as l (created_at, source, level, stage, output)
    where room.fits
    returning id)
select count(*) as "count!" from added;

-- name: insert_timings :exec
-- authz: duty provisioner_daemon
insert into provisioner_job_timings (job_id, stage, source, action, resource, started_at, ended_at)
select @id, t.stage, t.source, t.action, t.resource, t.started_at, t.ended_at
from unnest(@stage::text[], @source::text[], @action::text[], @resource::text[], @started_at::timestamptz[], @ended_at::timestamptz[])
    as t (stage, source, action, resource, started_at, ended_at);

-- The answer is 0 when the job had ended already: then nothing else of it may be written either.
-- name: complete :count
-- authz: duty provisioner_daemon
update provisioner_jobs set completed_at = @now, updated_at = @now, result_at = @now, error = @error, error_code = @error_code
where id = @id and worker_id = @worker_id and completed_at is null;

-- The daemon of a job that was ended without it has brought its result after all. The answer is 0 the second time.
-- name: brought_late :count
-- authz: duty provisioner_daemon
update provisioner_jobs set result_at = @now where id = @id and completed_at is not null and result_at is null;

-- Hands back what a daemon that shuts down had not begun to change.
-- name: release :count
-- authz: duty provisioner_daemon
update provisioner_jobs set started_at = null, worker_id = null, acquire_id = null, holder_id = null, updated_at = @now
where id = @id and worker_id = @worker_id and completed_at is null;

-- What the end of a job is counted under, and whom it concerns; read in the transaction that ends it. Of builds all but the first four and when it was made.
-- define: ended_columns
    j.id, j.provisioner, j.started_at, j.job_status, u.username as "owner?", w.name as "workspace?", t.name as "template_name?",
    v.name as "template_version?", b.transition as "transition?", b.id as "build_id?", b.build_number as "build_number?", b.reason as "reason?",
    i.username as "initiator?", w.id as "workspace_id?", w.owner_id as "owner_id?", w.organization_id as "organization_id?",
    t.id as "template_id?", coalesce(nullif(t.display_name, ''), t.name) as "template_title?",
    j.created_at, o.name as "organization?", p.name as "preset?", coalesce((j.input ->> 'prebuilt_workspace_stage')::int4, 0) as "stage!"

-- define: about_ended
left join workspace_builds b on b.job_id = j.id
left join workspaces w on w.id = b.workspace_id
left join users u on u.id = w.owner_id
left join users i on i.id = b.initiator_id
left join template_versions v on v.id = b.template_version_id
left join templates t on t.id = v.template_id
left join template_version_presets p on p.id = b.template_version_preset_id
left join organizations o on o.id = j.organization_id

-- name: ended :opt
-- authz: duty provisioner_daemon
-- row: Ended
select
{ended_columns}
from provisioner_jobs j
{about_ended}
where j.id = @id;

-- name: ended_silent :opt
-- authz: duty job_reaper
-- row: Ended
select
{ended_columns}
from provisioner_jobs j
{about_ended}
where j.id = @id;

-- name: ended_by_force :opt
-- authz: permit update workspace
-- row: Ended
select
{ended_columns}
from provisioner_jobs j
{about_ended}
where j.id = @id and w.id = @permit.id;

-- Ends well without having been run, while nobody has taken it.
-- name: finish_unrun :count
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
update provisioner_jobs j set started_at = @now, completed_at = @now, updated_at = @now
where id = @id and started_at is null and completed_at is null
  and exists (select 1 from workspace_builds b where b.job_id = j.id and b.workspace_id = @permit.id);

-- name: request_cancel :opt
-- authz: permit update workspace or update template
update provisioner_jobs
set canceled_at = @now, updated_at = @now,
    completed_at = case when started_at is null then @now::timestamptz end,
    error = case when started_at is null then 'The job was canceled before a provisioner took it.' else error end
where id = @id and completed_at is null and canceled_at is null
returning job_status;

-- For an owner when nothing else helps: the job ends now, whatever its daemon does.
-- name: force_cancel :count
-- authz: permit update workspace
update provisioner_jobs j
set canceled_at = coalesce(canceled_at, @now), completed_at = @now, updated_at = @now, error = @error
where id = @id and completed_at is null
  and exists (select 1 from workspace_builds b where b.job_id = j.id and b.workspace_id = @permit.id);

-- Of which nothing was heard for too long.
-- define: silent
j.completed_at is null
      and ((j.started_at is not null and j.updated_at < @silent_since::timestamptz)
        or (j.started_at is null and j.created_at < @pending_since::timestamptz))

-- Whether `silent` would find one: looked at without a transaction, for nearly always there is none. And whether there is any job that could
-- become silent.
-- name: any_silent :one
-- authz: duty job_reaper
-- row: Silence
select exists (select 1 from provisioner_jobs j where {silent}) as "any!",
    exists (select 1 from provisioner_jobs j where j.completed_at is null) as "open!";

-- name: silent :many
-- authz: duty job_reaper
-- row: Silent
update provisioner_jobs
set completed_at = @now, updated_at = @now, error_code = '',
    error = case when started_at is null
        then 'No provisioner took this job in time. Is one running with its tags?'
        else 'The provisioner that ran this job went silent. Its machine may have stopped; start the build again.' end
where id in (
    select j.id from provisioner_jobs j
    where {silent}
    order by j.created_at for update skip locked limit 100)
returning id, (started_at is null) as "pending!";

-- name: reaper_log :exec
-- authz: duty job_reaper
insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
select id, @now, 'provisioner_daemon', 'error', 'Job ended by the server', error from provisioner_jobs where id = @id;

-- name: engine_of :one
-- authz: permit read template or create workspace or start workspace or stop workspace or delete workspace
select provisioner from provisioner_jobs where id = @id;

-- name: state_of :opt
-- authz: permit read workspace or read template or update workspace
select job_status from provisioner_jobs where id = @id;

-- name: logs :many
-- authz: permit read workspace or read template
-- row: Log
select id, created_at, source, level, stage, output from provisioner_job_logs
where job_id = @job_id and id > @after and (@before::int8 = 0 or id < @before::int8)
order by id limit 1000;

-- name: timings :many
-- authz: permit read workspace
select job_id, stage, source, action, resource, started_at, ended_at from provisioner_job_timings where job_id = @job_id
order by started_at;

-- What every answer that holds a job shows of it.
-- define: job_columns
    j.id, j.created_at, j.started_at, j.completed_at, j.canceled_at, j.error, j.error_code, j.job_status, j.worker_id, j.file_id,
    j.tags, j.organization_id, j.initiator_id, j.input, j.type, j.logs_overflowed,
    coalesce((select d.name from provisioner_daemons d where d.id = j.worker_id), '') as "worker_name!",
    coalesce(q.position, 0) as "queue_position!", coalesce(q.size, 0) as "queue_size!"

-- The places of all that wait, in the order in which they are taken, counted once whatever is asked for; not at all where nothing of it waits.
-- define: in_queue
left join (
    select p.id, row_number() over (order by p.initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid, p.created_at, p.id) as position, count(*) over () as size from provisioner_jobs p
    where p.started_at is null and p.completed_at is null and exists (
        select 1 from provisioner_jobs x where x.id = any (@ids::uuid[]) and x.started_at is null and x.completed_at is null)) q on q.id = j.id

-- name: by_ids :many
-- authz: permit read provisioner_jobs or read workspace or read template or update template or create workspace or start workspace or stop workspace or delete workspace
-- row: Job
select {job_columns} from provisioner_jobs j
{in_queue}
where j.id = any (@ids::uuid[]);

-- name: by_ids_of_list :many
-- authz: list read workspace w
-- row: Job
select {job_columns} from provisioner_jobs j
join workspace_builds b on b.job_id = j.id join workspaces w on w.id = b.workspace_id
{in_queue}
where j.id = any (@ids::uuid[]) and @visible;

-- name: list :many
-- authz: list read provisioner_jobs p
select p.id from provisioner_jobs p
where @visible and p.organization_id = @organization_id
  and (cardinality(@ids::uuid[]) = 0 or p.id = any (@ids::uuid[]))
  and (cardinality(@statuses::text[]) = 0 or p.job_status = any (@statuses::text[]))
  and (@tags?::jsonb is null or p.tags <@ @tags?::jsonb)
  and (@initiator_id?::uuid is null or p.initiator_id = @initiator_id?::uuid)
order by p.created_at desc, p.id limit nullif(@most::int4, 0);

-- What a list of jobs tells of each beside the job itself: what it is about, and who could run it now.
-- name: about :many
-- authz: permit read provisioner_jobs
-- row: About
select j.id, v.name as "version_name?", t.id as "template_id?", t.name as "template_name?", t.display_name as "template_display_name?",
       t.icon as "template_icon?", w.id as "workspace_id?", w.name as "workspace_name?", b.transition as "transition?",
       case when j.completed_at is null then
           coalesce((select array_agg(d.id order by d.created_at) from provisioner_daemons d where d.last_seen_at > @seen_since::timestamptz and {fits}), '{}')
           else '{}' end as "workers!"
from provisioner_jobs j
left join workspace_builds b on b.job_id = j.id
left join workspaces w on w.id = b.workspace_id
left join template_versions v on v.id = coalesce(b.template_version_id, (j.input ->> 'template_version_id')::uuid)
left join templates t on t.id = v.template_id
where j.id = any (@ids::uuid[]);

-- name: matched :many
-- authz: permit read provisioner_jobs or read workspace or read template or update template or create workspace or start workspace or stop workspace or delete workspace
select j.id, count(d.id) as "count!", count(d.id) filter (where d.last_seen_at > @seen_since::timestamptz) as "available!",
       max(d.last_seen_at) as "most_recently_seen?"
from provisioner_jobs j left join provisioner_daemons d on {fits}
where j.id = any (@ids::uuid[]) group by j.id;

-- A name belongs to the key that first used it, for as long as that key exists.
-- name: save_daemon :opt
-- authz: duty provisioner_daemon
insert into provisioner_daemons as d (id, organization_id, key_id, name, provisioners, tags, version, api_version, replica_id, serves, created_at, last_seen_at)
values (@daemon_id, @organization_id, @key_id, @name, @provisioners, @tags, @version, @api_version, @replica_id?, @serves, @now, @now)
on conflict (organization_id, name) do update
set provisioners = excluded.provisioners, tags = excluded.tags, version = excluded.version, api_version = excluded.api_version,
    replica_id = excluded.replica_id, serves = excluded.serves, key_id = excluded.key_id, last_seen_at = excluded.last_seen_at
where d.key_id = excluded.key_id
   or (d.key_id <> '00000000-0000-0000-0000-000000000001' and not exists (select 1 from provisioner_keys k where k.id = d.key_id))
returning id;

-- name: daemon_seen :exec
-- authz: duty provisioner_daemon
update provisioner_daemons set last_seen_at = @now where id = any (@daemon_ids::uuid[]);

-- Offline is who was not heard of since `seen_since`; `tags` are those that a daemon must have.
-- name: daemons :many
-- authz: list read provisioner_daemon d
-- row: Daemon
select d.id, d.organization_id, d.key_id, d.name, d.provisioners, d.tags, d.version, d.api_version, d.created_at, d.last_seen_at,
       k.name as "key_name?",
       c.id as "current_id?", c.job_status as "current_status?", ct.name as "current_template?", ct.icon as "current_icon?", ct.display_name as "current_display?",
       p.id as "previous_id?", p.job_status as "previous_status?", pt.name as "previous_template?", pt.icon as "previous_icon?", pt.display_name as "previous_display?"
from provisioner_daemons d
left join provisioner_keys k on k.id = d.key_id
left join lateral (select j.id, j.job_status, j.input from provisioner_jobs j where j.worker_id = d.id and j.completed_at is null
                   order by j.started_at limit 1) c on true
left join lateral (select j.id, j.job_status, j.input from provisioner_jobs j where j.worker_id = d.id and j.completed_at is not null
                   order by j.completed_at desc limit 1) p on true
left join template_versions cv on cv.id = coalesce((select b.template_version_id from workspace_builds b where b.job_id = c.id), (c.input ->> 'template_version_id')::uuid)
left join templates ct on ct.id = cv.template_id
left join template_versions pv on pv.id = coalesce((select b.template_version_id from workspace_builds b where b.job_id = p.id), (p.input ->> 'template_version_id')::uuid)
left join templates pt on pt.id = pv.template_id
where @visible and d.organization_id = @organization_id
  and (d.last_seen_at > @shown_since::timestamptz or @offline::bool)
  and (@max_age_since?::timestamptz is null or d.last_seen_at > @max_age_since?::timestamptz)
  and (cardinality(@daemon_ids::uuid[]) = 0 or d.id = any (@daemon_ids::uuid[]))
  and (@tags?::jsonb is null or d.tags @> @tags?::jsonb)
  and (cardinality(@statuses::text[]) = 0 or case when d.last_seen_at is null or d.last_seen_at <= @seen_since::timestamptz then 'offline'
                                                  when c.id is not null then 'busy' else 'idle' end = any (@statuses::text[]))
order by d.created_at, d.id limit nullif(@most::int4, 0);

-- name: insert_key :exec
-- authz: permit create provisioner_daemon
insert into provisioner_keys (id, organization_id, name, hashed_secret, tags, created_at)
values (@permit.id, @permit.organization, @name, @hashed_secret, @tags, @now);

-- name: keys :many
-- authz: list read provisioner_daemon k
-- row: Key
select k.id, k.organization_id, k.name, k.tags, k.created_at from provisioner_keys k
where @visible and k.organization_id = @organization_id order by k.created_at, k.id;

-- name: key_by_name :opt
-- authz: row read provisioner_daemon
-- row: Key
select id, organization_id, name, tags, created_at from provisioner_keys
where organization_id = @organization_id and lower(name) = lower(@name);

-- name: delete_key :count
-- authz: permit delete provisioner_daemon
delete from provisioner_keys where id = @permit.id;

-- Its daemons can report nothing any more, so what they run ends with the key.
-- name: end_jobs_of_key :many
-- authz: permit delete provisioner_daemon
-- row: Ended
with j as (
    update provisioner_jobs p set completed_at = @now, updated_at = @now,
        error = 'The key of the provisioner that ran this job was deleted. Start the build again.'
    from provisioner_daemons d
    where d.id = p.worker_id and d.key_id = @permit.id and p.completed_at is null
    returning p.id, p.provisioner, p.created_at, p.started_at, p.job_status, p.organization_id, p.input, p.error
), said as (
    insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
    select id, @now, 'provisioner_daemon', 'error', 'Job ended by the server', error from j)
select
{ended_columns}
from j
{about_ended};

-- What a daemon's key is worth now: nothing once it, or its organization, was deleted.
-- name: key_of :opt
-- authz: duty provisioner_daemon
-- row: Key
select k.id, k.organization_id, k.name, k.tags, k.created_at from provisioner_keys k join organizations o on o.id = k.organization_id
where k.id = @key_id and not o.deleted;

-- Daemons that have not been there for long; none that a running job is with.
-- name: purge_daemons :count
-- authz: duty db_purge
delete from provisioner_daemons d where coalesce(d.last_seen_at, d.created_at) < @before::timestamptz
  and not exists (select 1 from provisioner_jobs j where j.worker_id = d.id and j.completed_at is null);

-- The logs of old jobs; that of a workspace's newest build stays for as long as the workspace does.
-- name: purge_logs :count
-- authz: duty db_purge
with old as (
    select j.id from provisioner_jobs j
    where j.completed_at < @before::timestamptz and j.logs_length > 0
      and not exists (select 1 from workspace_builds b join workspaces w on w.id = b.workspace_id
                      where b.job_id = j.id and not w.deleted
                        and not exists (select 1 from workspace_builds n where n.workspace_id = b.workspace_id and n.build_number > b.build_number))
    order by j.completed_at limit @most::int4
), gone as (
    delete from provisioner_job_logs l using old where l.job_id = old.id)
update provisioner_jobs j set logs_length = 0 from old where j.id = old.id;
