-- owns:

-- A person's budget in an organization is what their groups allow together, Everyone included: none allow nothing. What is spent is
-- the daily cost of the newest build of each of their workspaces there.
-- define: newest_build
b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)

-- name: allowance_of :one
-- authz: permit read user
select coalesce(sum(g.quota_allowance), 0)::int8 as "budget!" from groups g
where g.organization_id = @organization_id and exists (select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @permit.id);

-- name: consumed_by :one
-- authz: permit read user
select coalesce(sum(b.daily_cost), 0)::int8 as "consumed!" from workspaces w join workspace_builds b on b.workspace_id = w.id and {newest_build}
where w.owner_id = @permit.id and w.organization_id = @organization_id and not w.deleted;

-- define: standing
select
    (select coalesce(sum(b.daily_cost), 0)::int8 from workspaces w join workspace_builds b on b.workspace_id = w.id and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)
     where w.owner_id = @owner_id and w.organization_id = @organization_id and w.id <> @workspace_id and not w.deleted) as "consumed!",
    (select coalesce(sum(g.quota_allowance), 0)::int8 from groups g
     where g.organization_id = @organization_id and exists (select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @owner_id))
        as "budget!"

-- How long the rest of the transaction waits for a lock, and for one statement.
-- name: wait_at_most :one
-- authz: duty provisioner_daemon
select set_config('lock_timeout', @wait_ms::int8::text, true) as "lock!",
       set_config('statement_timeout', (@wait_ms::int8 + 5000)::text, true) as "statement!";

-- name: build_of_job :opt
-- authz: duty provisioner_daemon
select w.owner_id, w.organization_id, w.id as workspace_id, b.id as build_id,
    (select p.daily_cost from workspace_builds p where p.workspace_id = w.id and p.build_number < b.build_number
     order by p.build_number desc limit 1) as "before?"
from workspace_builds b join workspaces w on w.id = b.workspace_id
where b.job_id = @job_id;

-- False: others went first for too long.
-- name: take_turn :one
-- authz: duty provisioner_daemon
select take_quota_turn(@owner_id::uuid, @organization_id::uuid) as "taken!";

-- Of the other workspaces.
-- name: standing :one
-- authz: duty provisioner_daemon
{standing};

-- What each group gives to the budget.
-- name: allowances :many
-- authz: duty provisioner_daemon
select case when g.display_name <> '' then g.display_name else g.name end as "name!", g.quota_allowance
from groups g
where g.organization_id = @organization_id and exists (select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @owner_id)
order by g.quota_allowance desc, lower(g.name);

-- name: reserve :exec
-- authz: duty provisioner_daemon
-- writes: workspace_builds because a planned cost counts from the moment it is granted
update workspace_builds set daily_cost = @daily_cost where id = @build_id;

-- The same for a claim, before the workspace is its new owner's: the permit is to make one for them.
-- name: claim_turn :one
-- authz: permit create workspace
select take_quota_turn(@permit.owner::uuid, @permit.organization::uuid) as "taken!";

-- name: claim_standing :one
-- authz: permit create workspace
select
    (select coalesce(sum(b.daily_cost), 0)::int8 from workspaces w join workspace_builds b on b.workspace_id = w.id and {newest_build}
     where w.owner_id = @permit.owner and w.organization_id = @permit.organization and not w.deleted) as "consumed!",
    (select coalesce(sum(g.quota_allowance), 0)::int8 from groups g
     where g.organization_id = @permit.organization and exists (select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @permit.owner))
        as "budget!";
