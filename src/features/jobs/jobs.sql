-- owns: provisioner_jobs, provisioner_job_logs, provisioner_job_timings, provisioner_daemons, provisioner_keys

-- name: insert :exec
-- authz: any permit because a job is made by what it serves: a version, a dry run, a build
insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at)
values (@id, @permit.organization, @initiator_id, @type, @provisioner, @file_id, @input, @tags, @now, @now);

-- Jobs without tags go to daemons without tags; others to daemons that have all of theirs. A canceled job is never started.
-- name: acquire :opt
-- authz: duty provisioner_daemon
-- row: Acquired
update provisioner_jobs set started_at = @now, updated_at = @now, worker_id = @worker_id
where id = (
    select j.id from provisioner_jobs j
    where j.started_at is null and j.completed_at is null and j.canceled_at is null
      and (@organization_id?::uuid is null or j.organization_id = @organization_id?::uuid)
      and j.provisioner = any (@provisioners::text[])
      and case when j.tags - 'scope' - 'owner' = '{}' then @tags::jsonb - 'scope' - 'owner' = '{}' else j.tags <@ @tags::jsonb end
    order by j.created_at, j.id
    for update skip locked
    limit 1)
returning id, organization_id, initiator_id, type, provisioner, file_id, input, created_at;

-- name: heartbeat :opt
-- authz: duty provisioner_daemon
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
update provisioner_jobs set completed_at = @now, updated_at = @now, error = @error, error_code = @error_code
where id = @id and worker_id = @worker_id and completed_at is null;

-- Hands back what a daemon that shuts down had not begun to change.
-- name: release :count
-- authz: duty provisioner_daemon
update provisioner_jobs set started_at = null, worker_id = null, updated_at = @now
where id = @id and worker_id = @worker_id and completed_at is null;

-- name: request_cancel :opt
-- authz: any permit because whoever may stop the build or change the template may cancel its job
update provisioner_jobs
set canceled_at = @now, updated_at = @now,
    completed_at = case when started_at is null then @now::timestamptz end,
    error = case when started_at is null then 'The job was canceled before a provisioner took it.' else error end
where id = @id and completed_at is null and canceled_at is null
returning job_status;

-- For an owner when nothing else helps: the job ends now, whatever its daemon does.
-- name: force_cancel :count
-- authz: any permit because whoever may stop the build may end it by force
update provisioner_jobs
set canceled_at = coalesce(canceled_at, @now), completed_at = @now, updated_at = @now, error = @error
where id = @id and completed_at is null;

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
    where j.completed_at is null
      and ((j.started_at is not null and j.updated_at < @silent_since::timestamptz)
        or (j.started_at is null and j.created_at < @pending_since::timestamptz))
    order by j.created_at for update skip locked limit 100)
returning id, (started_at is null) as "pending!";

-- name: reaper_log :exec
-- authz: duty job_reaper
insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
select id, @now, 'provisioner_daemon', 'error', 'Job ended by the server', error from provisioner_jobs where id = @id;

-- name: state_of :opt
-- authz: any permit because a job follows what it serves
select job_status from provisioner_jobs where id = @id;

-- name: logs :many
-- authz: any permit because a job's log follows what the job serves
-- row: Log
select id, created_at, source, level, stage, output from provisioner_job_logs
where job_id = @job_id and id > @after and (@before::int8 = 0 or id < @before::int8)
order by id limit 10000;

-- name: timings :many
-- authz: any permit because a job's timings follow what the job serves
select job_id, stage, source, action, resource, started_at, ended_at from provisioner_job_timings where job_id = @job_id
order by started_at;

-- What every answer that holds a job shows of it.
-- define: job_columns
    j.id, j.created_at, j.started_at, j.completed_at, j.canceled_at, j.error, j.error_code, j.job_status, j.worker_id, j.file_id,
    j.tags, j.organization_id, j.initiator_id, j.input, j.type, j.logs_overflowed,
    coalesce((select d.name from provisioner_daemons d where d.id = j.worker_id), '') as "worker_name!",
    case when j.started_at is null and j.completed_at is null then
        (select count(*) from provisioner_jobs q where q.started_at is null and q.completed_at is null
            and (q.created_at, q.id) <= (j.created_at, j.id)) else 0 end as "queue_position!",
    case when j.started_at is null and j.completed_at is null then
        (select count(*) from provisioner_jobs q where q.started_at is null and q.completed_at is null) else 0 end as "queue_size!"

-- name: by_ids :many
-- authz: any permit because a job follows what it serves
-- row: Job
select {job_columns} from provisioner_jobs j where j.id = any (@ids::uuid[]);

-- name: by_ids_of_list :many
-- authz: list read workspace w
-- row: Job
select {job_columns} from provisioner_jobs j
join workspace_builds b on b.job_id = j.id join workspaces w on w.id = b.workspace_id
where j.id = any (@ids::uuid[]) and @visible;

-- name: list :many
-- authz: list read provisioner_jobs p
select p.id from provisioner_jobs p
where @visible and p.organization_id = @organization_id
  and (cardinality(@ids::uuid[]) = 0 or p.id = any (@ids::uuid[]))
  and (cardinality(@statuses::text[]) = 0 or p.job_status = any (@statuses::text[]))
order by p.created_at desc limit nullif(@most::int4, 0);

-- name: save_daemon :one
-- authz: duty provisioner_daemon
insert into provisioner_daemons (id, organization_id, key_id, name, provisioners, tags, version, api_version, replica_id, created_at, last_seen_at)
values (@daemon_id, @organization_id, @key_id, @name, @provisioners, @tags, @version, @api_version, @replica_id?, @now, @now)
on conflict (organization_id, name) do update
set provisioners = excluded.provisioners, tags = excluded.tags, version = excluded.version, replica_id = excluded.replica_id,
    key_id = excluded.key_id, last_seen_at = excluded.last_seen_at
returning id;

-- name: daemon_seen :exec
-- authz: duty provisioner_daemon
update provisioner_daemons set last_seen_at = @now where id = any (@daemon_ids::uuid[]);

-- name: daemons :many
-- authz: list read provisioner_daemon d
-- row: Daemon
select d.id, d.organization_id, d.key_id, d.name, d.provisioners, d.tags, d.version, d.api_version, d.created_at, d.last_seen_at,
       (select j.id from provisioner_jobs j where j.worker_id = d.id and j.completed_at is null limit 1) as "job_id?"
from provisioner_daemons d
where @visible and d.organization_id = @organization_id and (d.last_seen_at > @seen_since::timestamptz or @offline::bool)
order by d.created_at limit nullif(@most::int4, 0);
