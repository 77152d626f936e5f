-- owns: site_settings
-- kept: site_settings: one a setting

-- name: settings :many
-- authz: open because the login page shows the deployment's name and logo before anyone is known
select key, value from site_settings where key like 'appearance.%';

-- name: set_setting :exec
-- authz: permit update deployment_config
insert into site_settings (key, value) values (@key, @value)
on conflict (key) do update set value = excluded.value;

-- name: workspace_states :one
-- authz: permit read deployment_stats
select
    count(*) filter (where j.job_status = 'pending') as "pending!",
    count(*) filter (where j.job_status in ('running', 'canceling')) as "building!",
    count(*) filter (where j.job_status = 'succeeded' and b.transition = 'start') as "running!",
    count(*) filter (where j.job_status = 'failed') as "failed!",
    count(*) filter (where j.job_status = 'succeeded' and b.transition = 'stop') as "stopped!"
from workspaces w
join lateral (select s.transition, s.job_id from workspace_builds s where s.workspace_id = w.id order by s.build_number desc limit 1) b on true
join provisioner_jobs j on j.id = b.job_id
where not w.deleted;
