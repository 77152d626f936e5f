-- owns:
-- writes: notification_report_generator_logs because whoever makes a report says so, in the transaction that tells of it

-- name: last_report :opt
-- authz: duty notifier
select last_generated_at from notification_report_generator_logs where notification_template_id = @report;

-- name: begin :count
-- authz: duty notifier
insert into notification_report_generator_logs (notification_template_id, last_generated_at) values (@report, @now) on conflict do nothing;

-- Nothing when another server has made this report meanwhile.
-- name: note :count
-- authz: duty notifier
update notification_report_generator_logs set last_generated_at = @now where notification_template_id = @report and last_generated_at = @seen;

-- Builds that failed, of each version the last ones, and how many there were: by organization, in the order in which a report shows them.
-- What was canceled counts among all builds alone.
-- name: failed_builds :many
-- authz: duty metrics_reader
-- row: FailedBuild
with ended as (
    select b.workspace_id, w.name as workspace_name, w.owner_id, w.template_id, b.template_version_id, b.build_number, j.job_status
    from provisioner_jobs j
    join workspace_builds b on b.job_id = j.id
    join workspaces w on w.id = b.workspace_id
    where j.type = 'workspace_build' and j.completed_at >= @since and j.completed_at < @until
), counted as (
    select e.template_id, count(*) as total, count(*) filter (where e.job_status = 'failed') as failed from ended e group by e.template_id
), failed as (
    select e.*, count(*) over (partition by e.template_version_id) as of_version,
        row_number() over (partition by e.template_version_id order by e.build_number desc, e.workspace_name, e.workspace_id) as place
    from ended e where e.job_status = 'failed'
)
select t.organization_id, t.id as template_id, t.name as template_name, coalesce(nullif(t.display_name, ''), t.name) as "display_name!",
    c.failed as "failed!", c.total as "total!", v.id as version_id, v.name as version_name, f.of_version as "of_version!", u.username,
    f.workspace_name, f.build_number
from failed f
join counted c on c.template_id = f.template_id
join templates t on t.id = f.template_id
join template_versions v on v.id = f.template_version_id
join users u on u.id = f.owner_id
where f.place <= @most::int4 and not t.deleted
order by t.organization_id, coalesce(nullif(t.display_name, ''), t.name), t.id, v.name, v.id, f.build_number desc, f.workspace_name, f.workspace_id;
