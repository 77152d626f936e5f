-- holder_id: which provisioner's folder a job is worked on in, the same at every start: a provisioner that comes back knows what was its own.
-- result_at: when its daemon brought its result, which may be after the job was ended without it; once, and nothing after that counts.
alter table provisioner_jobs add column holder_id uuid, add column result_at timestamptz;
update provisioner_jobs set result_at = completed_at where completed_at is not null;
create index provisioner_jobs_held on provisioner_jobs (holder_id) where completed_at is null and started_at is not null;
