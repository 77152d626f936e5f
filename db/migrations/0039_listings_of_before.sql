-- The workspaces that were there before their listings. No table is locked: what changes one meanwhile waits at its commit for this one's,
-- and then sees for itself.
insert into workspace_listings (id, organization_id, owner_id, template_id, dormant_at, user_acl, group_acl, running, owner_key, name_key,
    template_version_id, initiator_id, worker_id, agent_ids)
select w.id, w.organization_id, w.owner_id, w.template_id, w.dormant_at, w.user_acl, w.group_acl, b.transition = 'start' and b.job_status = 'succeeded',
    lower(u.username), lower(w.name), b.template_version_id, b.initiator_id, b.worker_id,
    array(select a.id from workspace_resources r join workspace_agents a on a.resource_id = r.id where r.job_id = b.job_id and not a.deleted)
from workspaces w join users u on u.id = w.owner_id
cross join lateral (select x.transition, x.template_version_id, x.initiator_id, x.job_id, j.job_status, j.worker_id
                    from workspace_builds x join provisioner_jobs j on j.id = x.job_id
                    where x.workspace_id = w.id order by x.build_number desc limit 1) b
where not w.deleted
on conflict do nothing;
