-- owns: workspace_agent_memory_resource_monitors, workspace_agent_volume_resource_monitors
-- kept: workspace_agent_memory_resource_monitors, workspace_agent_volume_resource_monitors: as long as their agent
-- about: workspace_agent_memory_resource_monitors, workspace_agent_volume_resource_monitors: workspace_agent_resource_monitor

-- What a build made -----------------------------------------------------------------------------------------------------

-- name: insert_memory :exec
-- authz: duty provisioner_daemon
insert into workspace_agent_memory_resource_monitors (agent_id, enabled, threshold, created_at, updated_at)
select m.agent_id, m.enabled, m.threshold, @now, @now from unnest(@agent_ids::uuid[], @enableds::bool[], @thresholds::int4[]) as m (agent_id, enabled, threshold);

-- name: insert_volumes :exec
-- authz: duty provisioner_daemon
insert into workspace_agent_volume_resource_monitors (agent_id, path, enabled, threshold, created_at, updated_at)
select m.agent_id, m.path, m.enabled, m.threshold, @now, @now
from unnest(@agent_ids::uuid[], @paths::text[], @enableds::bool[], @thresholds::int4[]) as m (agent_id, path, enabled, threshold)
on conflict (agent_id, path) do nothing;

-- What its agent asks and says ------------------------------------------------------------------------------------------

-- The agent belongs to the workspace that was judged.
-- define: judged
exists (select 1 from workspace_agents a join workspace_resources r on r.id = a.resource_id join workspace_builds b on b.job_id = r.job_id
        where a.id = @agent_id and b.workspace_id = @permit.id)

-- The memory has no path.
-- name: monitors :many
-- authz: permit update_agent workspace
-- row: Monitor
select '' as "path!", m.enabled as "enabled!", m.threshold as "threshold!", m.state as "state!", m.debounced_until as "debounced_until!"
from workspace_agent_memory_resource_monitors m where m.agent_id = @agent_id and {judged}
union all
select v.path, v.enabled, v.threshold, v.state, v.debounced_until
from workspace_agent_volume_resource_monitors v where v.agent_id = @agent_id and {judged}
order by 1;

-- Nothing when another report has said so already.
-- name: set_memory :count
-- authz: permit update_agent workspace
update workspace_agent_memory_resource_monitors set state = @state, debounced_until = @debounced_until, updated_at = @now,
    noticed_at = case when @notice::bool then @now::timestamptz else noticed_at end
where agent_id = @agent_id and state <> @state and {judged};

-- name: set_volume :count
-- authz: permit update_agent workspace
update workspace_agent_volume_resource_monitors set state = @state, debounced_until = @debounced_until, updated_at = @now,
    noticed_at = case when @notice::bool then @now::timestamptz else noticed_at end
where agent_id = @agent_id and path = @path and state <> @state and {judged};
