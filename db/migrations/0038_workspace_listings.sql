-- What the list of workspaces is read by: who may see a workspace, its place in the order, and a mark that is another after every
-- transaction that changed what the list shows of it. Whoever holds what was shown under a mark need not read it again (decision 0038).
-- A row for each workspace that is not deleted and has a build.
create table workspace_listings (
    id uuid primary key references workspaces (id) on delete cascade,
    stamp uuid not null default gen_random_uuid(),
    organization_id uuid,
    owner_id uuid,
    template_id uuid,
    dormant_at timestamptz,
    user_acl jsonb not null default '{}',
    group_acl jsonb not null default '{}',
    running bool not null default false,
    owner_key text not null default '',
    name_key text not null default '',
    -- of the newest build
    template_version_id uuid,
    initiator_id uuid,
    worker_id uuid,
    agent_ids uuid[] not null default '{}',
    written_in xid8  -- the transaction that last wrote all of it
) with (fillfactor = 70);
create index workspace_listings_order on workspace_listings (running desc, owner_key, name_key, id);
create index workspace_listings_organization on workspace_listings (organization_id);
create index workspace_listings_owner on workspace_listings (owner_id);
create index workspace_listings_shared on workspace_listings (organization_id) where user_acl <> '{}' or group_acl <> '{}';

-- Once in a transaction is enough: whoever looks sees it as a whole or not at all.
create function touch_workspace_listing(of uuid) returns void language plpgsql as $$
begin
    update workspace_listings l set stamp = gen_random_uuid() where l.id = of and l.xmin <> pg_current_xact_id()::xid;
end $$;

-- Whoever comes second waits for the lock and only then looks, so that it writes what the first one left. A name that changes
-- meanwhile waits for whoever writes it here for the first time (workspace_listings_of_person). At its commit a transaction has changed
-- all that it is going to change: the first of its calls does for all of them. Both numbers say that it was this one: a database that was
-- restored elsewhere begins to count again.
create function refresh_workspace_listing(of uuid) returns void language plpgsql as $$
begin
    if exists (select 1 from workspace_listings l where l.id = of and l.written_in = pg_current_xact_id() and l.xmin = pg_current_xact_id()::xid) then
        return;
    end if;
    perform 1 from workspaces w join users u on u.id = w.owner_id left join workspace_listings l on l.id = w.id
        where w.id = of and not w.deleted and l.owner_id is distinct from w.owner_id for share of u;
    perform 1 from workspace_listings l where l.id = of for update;
    if not found then
        insert into workspace_listings (id) select w.id from workspaces w where w.id = of and not w.deleted on conflict do nothing;
        perform 1 from workspace_listings l where l.id = of for update;
    end if;
    update workspace_listings l
    set stamp = gen_random_uuid(), organization_id = w.organization_id, owner_id = w.owner_id, template_id = w.template_id, dormant_at = w.dormant_at,
        user_acl = w.user_acl, group_acl = w.group_acl, running = b.transition = 'start' and b.job_status = 'succeeded',
        owner_key = lower(u.username), name_key = lower(w.name), template_version_id = b.template_version_id, initiator_id = b.initiator_id,
        worker_id = b.worker_id, agent_ids = array(select a.id from workspace_resources r join workspace_agents a on a.resource_id = r.id
                                                   where r.job_id = b.job_id and not a.deleted),
        written_in = pg_current_xact_id()
    from workspaces w join users u on u.id = w.owner_id
    cross join lateral (select x.transition, x.template_version_id, x.initiator_id, x.job_id, j.job_status, j.worker_id
                        from workspace_builds x join provisioner_jobs j on j.id = x.job_id
                        where x.workspace_id = w.id order by x.build_number desc limit 1) b
    where l.id = of and w.id = of and not w.deleted;
    if not found then
        delete from workspace_listings l where l.id = of;
    end if;
end $$;

create function workspace_listing_of_workspace() returns trigger language plpgsql as $$
begin
    perform refresh_workspace_listing(new.id);
    return null;
end $$;

create function workspace_listing_of_build() returns trigger language plpgsql as $$
begin
    perform refresh_workspace_listing(case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end);
    return null;
end $$;

create function workspace_listing_of_job() returns trigger language plpgsql as $$
begin
    perform refresh_workspace_listing(b.workspace_id) from workspace_builds b where b.job_id = new.id;
    return null;
end $$;

create function workspace_listing_of_agent() returns trigger language plpgsql as $$
begin
    perform refresh_workspace_listing(b.workspace_id) from workspace_resources r join workspace_builds b on b.job_id = r.job_id
        where r.id = case when tg_op = 'DELETE' then old.resource_id else new.resource_id end;
    return null;
end $$;

create function workspace_listing_beside_agent() returns trigger language plpgsql as $$
begin
    update workspace_listings l set stamp = gen_random_uuid() from workspace_resources r join workspace_builds b on b.job_id = r.job_id
        where r.id = new.resource_id and l.id = b.workspace_id and l.xmin <> pg_current_xact_id()::xid;  -- as touch_workspace_listing, which agents do often
    return null;
end $$;

create function workspace_listing_of_resource() returns trigger language plpgsql as $$
begin
    perform touch_workspace_listing(b.workspace_id) from workspace_builds b where b.job_id = case when tg_op = 'DELETE' then old.job_id else new.job_id end;
    return null;
end $$;

-- What lies under a resource, an agent or a script; the argument says which column leads there.
create function workspace_listing_of_part() returns trigger language plpgsql as $$
declare
    part record := case when tg_op = 'DELETE' then old else new end;
begin
    if tg_argv[0] = 'resource' then
        perform touch_workspace_listing(b.workspace_id) from workspace_resources r join workspace_builds b on b.job_id = r.job_id
            where r.id = part.workspace_resource_id;
    elsif tg_argv[0] = 'app' then
        perform touch_workspace_listing(b.workspace_id) from workspace_agents a join workspace_resources r on r.id = a.resource_id
            join workspace_builds b on b.job_id = r.job_id where a.id = part.agent_id;
    elsif tg_argv[0] = 'script' then
        perform touch_workspace_listing(b.workspace_id) from workspace_agent_scripts s join workspace_agents a on a.id = s.workspace_agent_id
            join workspace_resources r on r.id = a.resource_id join workspace_builds b on b.job_id = r.job_id where s.id = part.script_id;
    else
        perform touch_workspace_listing(b.workspace_id) from workspace_agents a join workspace_resources r on r.id = a.resource_id
            join workspace_builds b on b.job_id = r.job_id where a.id = part.workspace_agent_id;
    end if;
    return null;
end $$;

create function workspace_listings_of_person() returns trigger language plpgsql as $$
begin
    update workspace_listings l set owner_key = lower(new.username), stamp = gen_random_uuid()
        from (select x.id from workspace_listings x where x.owner_id = new.id order by x.id for update) mine where l.id = mine.id;
    return null;
end $$;

-- All wait for the commit: a listing is then the last lock that a transaction takes, and held for no longer than the commit takes. What a
-- heartbeat or a use writes (last_connected_at, disconnected_at, last_used_at) is not among the columns: lists read it afresh.
create constraint trigger workspaces_listed after insert on workspaces deferrable initially deferred
    for each row execute function workspace_listing_of_workspace();
create constraint trigger workspaces_relisted after update on workspaces deferrable initially deferred for each row
    when ((old.owner_id, old.organization_id, old.template_id, old.name, old.autostart_schedule, old.ttl_ms, old.next_start_at, old.dormant_at,
           old.automatic_updates, old.user_acl, old.group_acl, old.deleted, old.created_at, old.updated_at)
          is distinct from
          (new.owner_id, new.organization_id, new.template_id, new.name, new.autostart_schedule, new.ttl_ms, new.next_start_at, new.dormant_at,
           new.automatic_updates, new.user_acl, new.group_acl, new.deleted, new.created_at, new.updated_at))
    execute function workspace_listing_of_workspace();

create constraint trigger workspace_builds_listed after insert or delete on workspace_builds deferrable initially deferred
    for each row execute function workspace_listing_of_build();
create constraint trigger workspace_builds_relisted after update on workspace_builds deferrable initially deferred for each row
    when ((old.template_version_id, old.template_version_preset_id, old.build_number, old.transition, old.reason, old.initiator_id, old.job_id,
           old.deadline, old.max_deadline, old.daily_cost, old.has_ai_task, old.has_external_agent, old.created_at, old.updated_at)
          is distinct from
          (new.template_version_id, new.template_version_preset_id, new.build_number, new.transition, new.reason, new.initiator_id, new.job_id,
           new.deadline, new.max_deadline, new.daily_cost, new.has_ai_task, new.has_external_agent, new.created_at, new.updated_at))
    execute function workspace_listing_of_build();

create constraint trigger provisioner_jobs_relisted after update on provisioner_jobs deferrable initially deferred for each row
    when (old.type = 'workspace_build' and
          (old.started_at, old.completed_at, old.canceled_at, old.error, old.error_code, old.worker_id, old.file_id, old.tags, old.organization_id,
           old.initiator_id, old.input, old.logs_overflowed, old.created_at)
          is distinct from
          (new.started_at, new.completed_at, new.canceled_at, new.error, new.error_code, new.worker_id, new.file_id, new.tags, new.organization_id,
           new.initiator_id, new.input, new.logs_overflowed, new.created_at))
    execute function workspace_listing_of_job();

create constraint trigger workspace_resources_listed after insert or update or delete on workspace_resources deferrable initially deferred
    for each row execute function workspace_listing_of_resource();
create constraint trigger workspace_resource_metadata_listed after insert or update or delete on workspace_resource_metadata deferrable initially deferred
    for each row execute function workspace_listing_of_part('resource');

create constraint trigger workspace_agents_listed after insert or delete on workspace_agents deferrable initially deferred
    for each row execute function workspace_listing_of_agent();
create constraint trigger workspace_agents_relisted after update on workspace_agents deferrable initially deferred for each row
    when (old.deleted <> new.deleted)
    execute function workspace_listing_of_agent();
create constraint trigger workspace_agents_changed after update on workspace_agents deferrable initially deferred for each row
    when ((old.parent_id, old.name, old.architecture, old.operating_system, old.auth_instance_id, old.environment_variables, old.directory,
           old.expanded_directory, old.version, old.api_version, old.troubleshooting_url, old.motd_file, old.connection_timeout_seconds,
           old.display_order, old.lifecycle_state, old.logs_length, old.logs_overflowed, old.subsystems, old.display_apps, old.first_connected_at,
           old.started_at, old.ready_at, old.created_at, old.updated_at)
          is distinct from
          (new.parent_id, new.name, new.architecture, new.operating_system, new.auth_instance_id, new.environment_variables, new.directory,
           new.expanded_directory, new.version, new.api_version, new.troubleshooting_url, new.motd_file, new.connection_timeout_seconds,
           new.display_order, new.lifecycle_state, new.logs_length, new.logs_overflowed, new.subsystems, new.display_apps, new.first_connected_at,
           new.started_at, new.ready_at, new.created_at, new.updated_at))
    execute function workspace_listing_beside_agent();

create constraint trigger workspace_apps_listed after insert or update or delete on workspace_apps deferrable initially deferred
    for each row execute function workspace_listing_of_part('app');
create constraint trigger workspace_app_statuses_listed after insert or update or delete on workspace_app_statuses deferrable initially deferred
    for each row execute function workspace_listing_of_part('app');
create constraint trigger workspace_agent_scripts_listed after insert or update or delete on workspace_agent_scripts deferrable initially deferred
    for each row execute function workspace_listing_of_part('agent');
create constraint trigger workspace_agent_log_sources_listed after insert or update or delete on workspace_agent_log_sources deferrable initially deferred
    for each row execute function workspace_listing_of_part('agent');
create constraint trigger workspace_agent_script_timings_listed after insert or update or delete on workspace_agent_script_timings deferrable initially deferred
    for each row execute function workspace_listing_of_part('script');

create constraint trigger users_relisted after update of username on users deferrable initially deferred for each row
    when (old.username is distinct from new.username)
    execute function workspace_listings_of_person();
