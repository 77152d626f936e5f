-- What the last builds of a template took, written as each ends: nobody who reads a template works through its builds any more.

create table template_build_times (
    job_id      uuid primary key references provisioner_jobs (id) on delete cascade,
    template_id uuid not null references templates (id) on delete cascade,
    transition  text not null check (transition in ('start', 'stop', 'delete')),
    ended_at    timestamptz not null,
    took_ms     double precision not null
);
create index template_build_times_last on template_build_times (template_id, transition, ended_at desc);

insert into template_build_times (job_id, template_id, transition, ended_at, took_ms)
select id, template_id, transition, completed_at, took_ms from (
    select j.id, w.template_id, b.transition, j.completed_at, extract(epoch from j.completed_at - j.started_at) * 1000 as took_ms,
           row_number() over (partition by w.template_id, b.transition order by j.completed_at desc) as place
    from workspace_builds b join workspaces w on w.id = b.workspace_id join provisioner_jobs j on j.id = b.job_id
    where j.job_status = 'succeeded' and j.started_at is not null) as ended
where place <= 100;

-- The number of a template's users is counted from the index alone.
drop index workspaces_template;
create index workspaces_template on workspaces (template_id, owner_id) where not deleted;
