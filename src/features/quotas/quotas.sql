-- owns:

-- A person's budget in an organization is what their groups allow together, Everyone included; what is spent is the daily cost of
-- the newest build of each of their workspaces there. -1 is no limit: no group of the organization was ever given an allowance.
-- define: budget
(select case when o.keeps_quotas then (
    select coalesce(sum(g.quota_allowance), 0)::int8 from groups g
    where g.organization_id = o.id and exists (select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @owner_id)) else -1 end
 from organizations o where o.id = @organization_id) as "budget!"

-- define: newest_build
b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)

-- name: of_user :one
-- authz: permit read user
select
    (select coalesce(sum(b.daily_cost), 0)::int8 from workspaces w join workspace_builds b on b.workspace_id = w.id and {newest_build}
     where w.owner_id = @permit.id and w.organization_id = @organization_id and not w.deleted) as "consumed!",
    (select case when o.keeps_quotas then (
        select coalesce(sum(g.quota_allowance), 0)::int8 from groups g
        where g.organization_id = o.id and exists (select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @permit.id)) else -1 end
     from organizations o where o.id = @organization_id) as "budget!";

-- Builds of one owner in one organization are weighed one after another.
-- name: lock_owner :opt
-- authz: duty provisioner_daemon
select w.owner_id, w.organization_id, w.id as workspace_id, b.build_number, b.id as build_id
from workspace_builds b join workspaces w on w.id = b.workspace_id
cross join lateral pg_advisory_xact_lock(hashtextextended('quota:' || w.owner_id || w.organization_id, 0)) as lock
where b.job_id = @job_id;

-- name: standing :one
-- authz: duty provisioner_daemon
select
    (select coalesce(sum(b.daily_cost), 0)::int8 from workspaces w join workspace_builds b on b.workspace_id = w.id and {newest_build}
     where w.owner_id = @owner_id and w.organization_id = @organization_id and w.id <> @workspace_id and not w.deleted) as "consumed!",
    coalesce((select b.daily_cost from workspace_builds b where b.workspace_id = @workspace_id and b.build_number < @build_number
              order by b.build_number desc limit 1), 0) as "before!",
    {budget};

-- name: reserve :exec
-- authz: duty provisioner_daemon
-- writes: workspace_builds because a planned cost counts from the moment it is granted
update workspace_builds set daily_cost = @daily_cost where id = @build_id;
