-- Provisioner daemons of their own processes, found by their key's hash; and what a parameter's form looks like.

create unique index provisioner_keys_secret on provisioner_keys (hashed_secret);

-- The number of the request that took the job: the same request again gets the same job, should its answer be lost.
alter table provisioner_jobs add column acquire_id uuid;
create index provisioner_jobs_worker on provisioner_jobs (worker_id, completed_at desc);

-- How a form shows a parameter: placeholder, label, mask_input, disabled.
alter table template_version_parameters add column styling jsonb not null default '{}';
