-- What is told of workspaces as time goes by.

-- A template says how long before a workspace stops its owner is reminded (0: not at all); a build, of which deadline that was done.
alter table templates add column time_til_autostop_notify_ms bigint not null default 0 check (time_til_autostop_notify_ms >= 0);
alter table workspace_builds add column notified_deadline timestamptz;

-- The builds that ended within a time.
create index provisioner_jobs_builds_ended on provisioner_jobs (completed_at) where type = 'workspace_build';
