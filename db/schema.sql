-- All migrations applied, dumped by tools/sqlgen --schema; do not edit.
CREATE FUNCTION public.app_shared_with(of_workspace uuid, of_app text, visitor uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select is_on_app_list(of_workspace, of_app, '', 0, visitor)
$$;
CREATE FUNCTION public.end_of_quiet_hours(schedule text, at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $_$
declare
    part text[] := regexp_match(coalesce(nullif(schedule, ''), 'CRON_TZ=UTC 0 0 * * *'),
                                '^(?:(?:CRON_)?TZ=(\S+)\s+)?(\d{1,2})\s+(\d{1,2})\s+\*\s+\*\s+\*$');
    zone text := coalesce(part[1], 'UTC');
    today timestamp;
    begins timestamptz;
begin
    if part is null then
        return null;
    end if;
    today := date_trunc('day', at at time zone zone) + make_interval(hours => part[3]::int4, mins => part[2]::int4);
    foreach begins in array array[today at time zone zone, (today - interval '1 day') at time zone zone] loop
        if begins <= at and at < begins + interval '8 hours' then
            return begins + interval '8 hours';
        end if;
    end loop;
    return null;
end $_$;
CREATE FUNCTION public.forget_notifications_of_user() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    delete from notification_messages where user_id = new.id;
    delete from inbox_notifications where user_id = new.id;
    delete from notification_preferences where user_id = new.id;
    delete from notification_user_settings where user_id = new.id;
    return null;
end $$;
CREATE FUNCTION public.is_on_app_list(of_workspace uuid, of_app text, of_agent text, of_port integer, visitor uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select exists (
        select 1 from workspace_app_shares s
        join workspaces w on w.id = s.workspace_id and not w.deleted and w.dormant_at is null
        join templates t on t.id = w.template_id and t.max_port_sharing_level <> 'owner'
        where s.workspace_id = of_workspace and s.slug = of_app and s.agent_name = of_agent and s.port = of_port
          and (s.user_id = visitor or exists (select 1 from members_of_groups m where m.group_id = s.group_id and m.user_id = visitor)))
$$;
CREATE FUNCTION public.mail_hold(digest text, digest_hour integer, zone text, quiet text, at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $$
declare
    due timestamptz := at;
    today timestamp;
begin
    today := date_trunc('day', at at time zone zone);
    if digest = 'hourly' then
        due := date_trunc('hour', at, zone) + interval '1 hour';
    elsif digest = 'daily' then
        due := (today + make_interval(hours => digest_hour)) at time zone zone;
        if due <= at then
            due := (today + make_interval(days => 1, hours => digest_hour)) at time zone zone;
        end if;
    end if;
    if quiet is not null then
        due := coalesce(end_of_quiet_hours(quiet, due), due);
    end if;
    return case when due > at then due end;
exception when invalid_parameter_value then
    return null;
end $$;
CREATE FUNCTION public.message_is_due(status text, hold_until timestamp with time zone, leased_until timestamp with time zone, next_retry_after timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select case status when 'pending' then coalesce(hold_until <= now(), true) when 'leased' then leased_until < now()
                       else coalesce(next_retry_after <= now(), true) end
$$;
CREATE FUNCTION public.notification_hash(template uuid, recipient uuid, way text, event_key text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select encode(sha256(convert_to(template::text || '/' || recipient::text || '/' || way || '/' || event_key, 'UTF8')), 'hex')
$$;
CREATE FUNCTION public.notification_path(name text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
    select case when name ~ '^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$' then name
                else upper(regexp_replace(encode(convert_to(name, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) end
$_$;
CREATE FUNCTION public.people_of_notification(event jsonb) RETURNS TABLE(id uuid, username text, email text)
    LANGUAGE sql STABLE
    AS $$
    with found as (
        select value::uuid as id from jsonb_array_elements_text(event -> 'users')
        union
        select m.user_id from organization_members m join organizations o on o.id = m.organization_id join users x on x.id = m.user_id
        where (event ->> 'template_admins')::boolean and m.organization_id = (event ->> 'organization')::uuid
          and ('template-admin' = any (x.rbac_roles) or 'organization-template-admin' = any (m.roles || o.default_org_member_roles))
        union
        select x.id from users x where (event ->> 'site_template_admins')::boolean and 'template-admin' = any (x.rbac_roles)
        union
        select x.id from users x where (event ->> 'user_admins')::boolean and x.rbac_roles && '{owner,user-admin}'
        union
        select m.user_id from organization_members m join organizations o on o.id = m.organization_id
        where (event ->> 'user_admins')::boolean and m.organization_id = (event ->> 'organization')::uuid
          and m.roles || o.default_org_member_roles && '{organization-admin,organization-user-admin}'
        union
        select w.owner_id from workspaces w where w.template_id = (event ->> 'owners_in_template')::uuid and not w.deleted
    )
    select u.id, u.username, u.email
    from found f
    cross join lateral (select * from users x where x.id = f.id limit 1) u
    join notification_templates t on t.id = (event ->> 'template')::uuid
    left join notification_preferences p on p.user_id = u.id and p.notification_template_id = t.id
    where not u.deleted and not u.is_system and not u.is_service_account
      and (u.status <> 'suspended' or (event ->> 'even_suspended')::boolean)
      and u.id is distinct from (event ->> 'except')::uuid
      and not coalesce(p.disabled, not t.enabled_by_default)
$$;
CREATE FUNCTION public.port_shared_with(of_workspace uuid, of_agent text, of_port integer, visitor uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    select is_on_app_list(of_workspace, '', of_agent, of_port, visitor)
$$;
CREATE FUNCTION public.refresh_workspace_listing(of uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.refuse_change_of_system_user() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'system users are frozen';
end $$;
CREATE FUNCTION public.take_quota_turn(owner_id uuid, organization_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    perform pg_advisory_xact_lock(hashtextextended('quota:' || owner_id || organization_id, 0));
    return true;
exception when lock_not_available then
    return false;
end $$;
CREATE FUNCTION public.tell_app_revocation() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    about jsonb;
begin
    if tg_argv[0] = '*' then
        perform pg_notify('app_revocations', '*');
    else
        about := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
        perform pg_notify('app_revocations', tg_argv[0] || '/' || (about ->> tg_argv[1]));
    end if;
    return null;
end $$;
CREATE FUNCTION public.tell_ended_app_share() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform pg_notify('app_revocations', 'w/' || old.workspace_id);
    return null;
end $$;
CREATE FUNCTION public.touch_workspace_listing(of uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
    update workspace_listings l set stamp = gen_random_uuid() where l.id = of and l.xmin <> pg_current_xact_id()::xid;
end $$;
CREATE FUNCTION public.visitor_groups(of_organization uuid, visitor uuid) RETURNS text[]
    LANGUAGE sql STABLE
    AS $$
    select coalesce(array_agg(g.name::text order by lower(g.name), g.id), '{}')
    from group_members m join groups g on g.id = m.group_id and g.organization_id = of_organization where m.user_id = visitor
$$;
CREATE FUNCTION public.workspace_listing_beside_agent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update workspace_listings l set stamp = gen_random_uuid() from workspace_resources r join workspace_builds b on b.job_id = r.job_id
        where r.id = new.resource_id and l.id = b.workspace_id and l.xmin <> pg_current_xact_id()::xid;  -- as touch_workspace_listing, which agents do often
    return null;
end $$;
CREATE FUNCTION public.workspace_listing_of_agent() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform refresh_workspace_listing(b.workspace_id) from workspace_resources r join workspace_builds b on b.job_id = r.job_id
        where r.id = case when tg_op = 'DELETE' then old.resource_id else new.resource_id end;
    return null;
end $$;
CREATE FUNCTION public.workspace_listing_of_build() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform refresh_workspace_listing(case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end);
    return null;
end $$;
CREATE FUNCTION public.workspace_listing_of_job() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform refresh_workspace_listing(b.workspace_id) from workspace_builds b where b.job_id = new.id;
    return null;
end $$;
CREATE FUNCTION public.workspace_listing_of_part() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.workspace_listing_of_resource() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform touch_workspace_listing(b.workspace_id) from workspace_builds b where b.job_id = case when tg_op = 'DELETE' then old.job_id else new.job_id end;
    return null;
end $$;
CREATE FUNCTION public.workspace_listing_of_workspace() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    perform refresh_workspace_listing(new.id);
    return null;
end $$;
CREATE FUNCTION public.workspace_listings_of_person() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update workspace_listings l set owner_key = lower(new.username), stamp = gen_random_uuid()
        from (select x.id from workspace_listings x where x.owner_id = new.id order by x.id for update) mine where l.id = mine.id;
    return null;
end $$;
CREATE FUNCTION public.write_notification(event jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    inbox_lines text[];
    leaving bigint;
    is_urgent boolean := coalesce((event ->> 'urgent')::boolean, true);
begin
    with delivery as (
        select coalesce((s.value::jsonb ->> 'inbox')::boolean, true) as inbox, s.value::jsonb -> 'available' as available,
               s.value::jsonb ->> 'method' as method
        from (values (1)) as one (n) left join site_settings s on s.key = 'notifications_delivery'
    ), kind as (
        select t.id, coalesce(t.method, d.method, 'smtp') as method, d.inbox, coalesce(jsonb_array_length(d.available), 0) > 0 as leaves
        from notification_templates t cross join delivery d where t.id = (event ->> 'template')::uuid
    ), people as materialized (
        select * from people_of_notification(event)
    ), inboxed as (
        insert into inbox_notifications (id, user_id, template_id, targets, title, content, actions, created_at, dedupe_hash)
        select gen_random_uuid(), p.id, k.id, array(select value::uuid from jsonb_array_elements_text(event -> 'targets')), event ->> 'title',
               event ->> 'content', replace(event ->> 'actions', '{user}', notification_path(p.username))::jsonb, clock_timestamp(),
               notification_hash(k.id, p.id, 'inbox', event ->> 'key')
        from people p cross join kind k where k.inbox
        on conflict do nothing
        returning user_id, id
    ), told as (
        insert into notification_messages (id, event_id, notification_template_id, user_id, method, created_at, updated_at, dedupe_hash, hold_until, flooded)
        select gen_random_uuid(), (event ->> 'id')::uuid, k.id, p.id, k.method, clock_timestamp(), clock_timestamp(),
               notification_hash(k.id, p.id, k.method, event ->> 'key'), held.until, coalesce(held.flooded, false)
        from people p cross join kind k
        left join lateral (
            select w.flooded,
                   case when w.digest <> 'off' or w.hold_quiet_hours
                        then mail_hold(w.digest, w.digest_hour, w.zone, case when w.hold_quiet_hours then w.quiet end, clock_timestamp()) end as until
            from (
                select m.many as flooded, case when m.many and coalesce(s.digest, 'off') = 'off' then 'hourly' else coalesce(s.digest, 'off') end as digest,
                       coalesce(s.digest_hour, 0) as digest_hour, coalesce(s.timezone, 'UTC') as zone, coalesce(s.hold_quiet_hours, false) as hold_quiet_hours,
                       u.quiet_hours_schedule as quiet
                from users u left join notification_user_settings s on s.user_id = u.id
                cross join lateral (
                    select count(*) >= 60 as many from (
                        select from notification_messages x
                        where x.user_id = p.id and x.updated_at > now() - interval '1 hour' and x.created_at > now() - interval '1 hour' and x.method = 'smtp'
                        limit 60) as lately) m
                where u.id = p.id and k.method = 'smtp' and not is_urgent limit 1) w
        ) held on true
        where k.leaves and k.method <> 'inbox' and (k.method <> 'smtp' or p.email <> '')
        on conflict do nothing
        returning user_id, hold_until, flooded
    ), gathered as (
        update notification_messages m set hold_until = t.hold_until, flooded = true
        from told t
        cross join lateral (
            select x.id from notification_messages x join notification_events e on e.id = x.event_id
            where x.user_id = t.user_id and x.updated_at > now() - interval '1 hour' and x.method = 'smtp' and x.status = 'pending'
              and x.hold_until is null and not e.urgent
            for no key update of x skip locked) w
        where t.flooded and t.hold_until is not null and m.id = w.id
    ), written as (
        insert into notification_events (id, template_id, organization_id, labels, data, targets, created_by, created_at, event_key, urgent)
        select (event ->> 'id')::uuid, k.id, (event ->> 'organization')::uuid, event -> 'labels', nullif(event -> 'data', 'null'::jsonb),
               array(select value::uuid from jsonb_array_elements_text(event -> 'targets')), event ->> 'created_by', clock_timestamp(), event ->> 'key',
               is_urgent
        from kind k where exists (select from told) or exists (select from inboxed)
        returning id
    )
    select (select array_agg(user_id::text || '/' || id::text) from inboxed), (select count(*) from told) from (select count(*) from written) as w
    into inbox_lines, leaving;
    if leaving > 0 then
        perform pg_notify('notification_messages', '');
    end if;
    perform pg_notify('inbox_notifications', line) from unnest(inbox_lines) as line;
end $$;
CREATE FUNCTION public.write_notifications(events text[]) RETURNS text
    LANGUAGE plpgsql
    AS $$
declare
    event text;
    faults text[] := '{}';
begin
    foreach event in array events loop
        begin
            perform write_notification(event::jsonb);
        exception when others then
            faults := faults || format('%s: %s', coalesce(substring(event from '"template":"([0-9a-f-]+)"'), 'unknown'), sqlstate);
        end;
    end loop;
    return array_to_string(faults, ', ');
end $$;
CREATE TABLE public.agent_tunnels (
    agent_id uuid NOT NULL,
    replica_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    opened_at timestamp with time zone NOT NULL
);
CREATE TABLE public.api_keys (
    id text NOT NULL,
    hashed_secret bytea NOT NULL,
    user_id uuid NOT NULL,
    login_type text NOT NULL,
    token_name text DEFAULT ''::text NOT NULL,
    scopes text[] DEFAULT '{coder:all}'::text[] NOT NULL,
    allow_list text[] DEFAULT '{*:*}'::text[] NOT NULL,
    lifetime_seconds bigint NOT NULL,
    ip_address text DEFAULT ''::text NOT NULL,
    last_used timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    build_id uuid,
    CONSTRAINT api_keys_id_check CHECK ((length(id) = 10)),
    CONSTRAINT api_keys_login_type_check CHECK ((login_type = ANY (ARRAY['password'::text, 'github'::text, 'oidc'::text, 'token'::text, 'none'::text])))
);
CREATE TABLE public.audit_logs (
    id uuid NOT NULL,
    "time" timestamp with time zone NOT NULL,
    user_id uuid,
    organization_id uuid,
    ip text DEFAULT ''::text NOT NULL,
    user_agent text DEFAULT ''::text NOT NULL,
    resource_type text NOT NULL,
    resource_id uuid NOT NULL,
    resource_target text DEFAULT ''::text NOT NULL,
    resource_icon text DEFAULT ''::text NOT NULL,
    action text NOT NULL,
    diff jsonb DEFAULT '{}'::jsonb NOT NULL,
    status_code integer NOT NULL,
    additional_fields jsonb DEFAULT '{}'::jsonb NOT NULL,
    request_id uuid NOT NULL
);
CREATE TABLE public.chat_messages (
    id bigint NOT NULL,
    chat_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    role text NOT NULL,
    content jsonb NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    CONSTRAINT chat_messages_role_check CHECK ((role = ANY (ARRAY['system'::text, 'user'::text, 'assistant'::text, 'tool'::text])))
);
ALTER TABLE public.chat_messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.chat_messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.chats (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    workspace_id uuid,
    title text NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    client_type text DEFAULT 'api'::text NOT NULL,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    plan_mode text,
    system_prompt text DEFAULT ''::text NOT NULL,
    model_config_id uuid,
    archived boolean DEFAULT false NOT NULL,
    archived_at timestamp with time zone,
    pin_order integer DEFAULT 0 NOT NULL,
    user_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    group_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    idempotency_key text,
    request_hash bytea,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT chats_client_type_check CHECK ((client_type = ANY (ARRAY['api'::text, 'ui'::text]))),
    CONSTRAINT chats_pin_order_check CHECK ((pin_order >= 0)),
    CONSTRAINT chats_plan_mode_check CHECK ((plan_mode = 'plan'::text)),
    CONSTRAINT chats_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'running'::text, 'error'::text, 'requires_action'::text, 'interrupting'::text])))
);
CREATE TABLE public.connection_logs (
    id uuid NOT NULL,
    connect_time timestamp with time zone NOT NULL,
    organization_id uuid NOT NULL,
    workspace_owner_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    workspace_name text NOT NULL,
    agent_name text NOT NULL,
    type text NOT NULL,
    ip text,
    code integer,
    user_agent text,
    user_id uuid,
    slug_or_port text,
    connection_id uuid,
    disconnect_time timestamp with time zone,
    disconnect_reason text,
    replica_id uuid,
    rx_bytes bigint,
    tx_bytes bigint
);
CREATE TABLE public.crypto_keys (
    feature text NOT NULL,
    sequence integer NOT NULL,
    secret bytea NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    deletes_at timestamp with time zone
);
CREATE TABLE public.custom_roles (
    organization_id uuid NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    org_permissions jsonb DEFAULT '[]'::jsonb NOT NULL,
    member_permissions jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.files (
    id uuid NOT NULL,
    hash text NOT NULL,
    created_by uuid NOT NULL,
    mimetype text NOT NULL,
    data bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.git_ssh_keys (
    user_id uuid NOT NULL,
    public_key text NOT NULL,
    private_key text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.group_members (
    group_id uuid NOT NULL,
    user_id uuid NOT NULL
);
CREATE TABLE public.groups (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    avatar_url text DEFAULT ''::text NOT NULL,
    quota_allowance integer DEFAULT 0 NOT NULL,
    source text DEFAULT 'user'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT groups_allowance CHECK ((quota_allowance >= 0)),
    CONSTRAINT groups_source_check CHECK ((source = ANY (ARRAY['user'::text, 'oidc'::text])))
);
CREATE TABLE public.inbox_notifications (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    template_id uuid NOT NULL,
    targets uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    title text NOT NULL,
    content text NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    actions jsonb DEFAULT '[]'::jsonb NOT NULL,
    read_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    dedupe_hash text NOT NULL
);
CREATE TABLE public.login_conversions (
    user_id uuid NOT NULL,
    state_hash bytea NOT NULL,
    to_type text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    binding_hash bytea DEFAULT '\x'::bytea NOT NULL,
    CONSTRAINT login_conversions_to_type_check CHECK ((to_type = ANY (ARRAY['github'::text, 'oidc'::text])))
);
CREATE TABLE public.organization_members (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE VIEW public.members_of_groups AS
 SELECT gm.group_id,
    g.organization_id,
    gm.user_id
   FROM (public.group_members gm
     JOIN public.groups g ON ((g.id = gm.group_id)))
UNION ALL
 SELECT m.organization_id AS group_id,
    m.organization_id,
    m.user_id
   FROM public.organization_members m;
CREATE TABLE public.notification_events (
    id uuid NOT NULL,
    template_id uuid NOT NULL,
    organization_id uuid,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    data jsonb,
    targets uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    created_by text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    event_key text NOT NULL,
    urgent boolean DEFAULT true NOT NULL
);
CREATE TABLE public.notification_messages (
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    notification_template_id uuid NOT NULL,
    user_id uuid NOT NULL,
    method text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    status_reason text,
    attempt_count integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    leased_until timestamp with time zone,
    notifier_id uuid,
    next_retry_after timestamp with time zone,
    hold_until timestamp with time zone,
    queued_seconds double precision,
    dedupe_hash text NOT NULL,
    flooded boolean DEFAULT false NOT NULL,
    CONSTRAINT notification_messages_method_check CHECK ((method = ANY (ARRAY['smtp'::text, 'webhook'::text]))),
    CONSTRAINT notification_messages_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'leased'::text, 'sent'::text, 'temporary_failure'::text, 'permanent_failure'::text, 'inhibited'::text, 'unknown'::text])))
);
CREATE TABLE public.notification_preferences (
    user_id uuid NOT NULL,
    notification_template_id uuid NOT NULL,
    disabled boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.notification_report_generator_logs (
    notification_template_id uuid NOT NULL,
    last_generated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.notification_templates (
    id uuid NOT NULL,
    name text NOT NULL,
    title_template text NOT NULL,
    body_template text NOT NULL,
    actions jsonb DEFAULT '[]'::jsonb NOT NULL,
    "group" text NOT NULL,
    method text,
    kind text DEFAULT 'system'::text NOT NULL,
    enabled_by_default boolean DEFAULT true NOT NULL,
    CONSTRAINT notification_templates_kind_check CHECK ((kind = ANY (ARRAY['system'::text, 'custom'::text]))),
    CONSTRAINT notification_templates_method_check CHECK ((method = ANY (ARRAY['smtp'::text, 'webhook'::text, 'inbox'::text])))
);
CREATE TABLE public.notification_user_settings (
    user_id uuid NOT NULL,
    digest text DEFAULT 'off'::text NOT NULL,
    digest_hour integer DEFAULT 9 NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    hold_quiet_hours boolean DEFAULT false NOT NULL,
    CONSTRAINT notification_user_settings_digest_check CHECK ((digest = ANY (ARRAY['off'::text, 'hourly'::text, 'daily'::text]))),
    CONSTRAINT notification_user_settings_digest_hour_check CHECK (((digest_hour >= 0) AND (digest_hour <= 23)))
);
CREATE TABLE public.organizations (
    id uuid NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    default_org_member_roles text[] DEFAULT '{organization-workspace-access}'::text[] NOT NULL,
    shareable_workspace_owners text DEFAULT 'everyone'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    keeps_quotas boolean DEFAULT true NOT NULL,
    CONSTRAINT organizations_shareable_workspace_owners_check CHECK ((shareable_workspace_owners = ANY (ARRAY['everyone'::text, 'service_accounts'::text, 'none'::text])))
);
CREATE TABLE public.password_resets (
    user_id uuid NOT NULL,
    passcode_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    guesses integer DEFAULT 0 NOT NULL,
    mails integer DEFAULT 1 NOT NULL,
    mails_since timestamp with time zone NOT NULL
);
CREATE TABLE public.prebuild_claims (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    claim_build_id uuid NOT NULL,
    preset_id uuid,
    claimant_id uuid NOT NULL,
    prebuild_created_at timestamp with time zone,
    claimed_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    replaced boolean,
    missed boolean DEFAULT false NOT NULL
);
CREATE TABLE public.prebuild_pools (
    preset_id uuid NOT NULL,
    holder_id uuid,
    held_until timestamp with time zone,
    decided_at timestamp with time zone,
    decision jsonb DEFAULT '{}'::jsonb NOT NULL,
    error text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.provisioner_daemons (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    key_id uuid NOT NULL,
    name text NOT NULL,
    provisioners text[] DEFAULT '{}'::text[] NOT NULL,
    tags jsonb DEFAULT '{}'::jsonb NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    api_version text DEFAULT ''::text NOT NULL,
    replica_id uuid,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone,
    serves text[] DEFAULT '{}'::text[] NOT NULL
);
CREATE TABLE public.provisioner_job_logs (
    id bigint NOT NULL,
    job_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    source text DEFAULT 'provisioner'::text NOT NULL,
    level text NOT NULL,
    stage text NOT NULL,
    output text NOT NULL,
    CONSTRAINT provisioner_job_logs_level_check CHECK ((level = ANY (ARRAY['trace'::text, 'debug'::text, 'info'::text, 'warn'::text, 'error'::text]))),
    CONSTRAINT provisioner_job_logs_source_check CHECK ((source = ANY (ARRAY['provisioner'::text, 'provisioner_daemon'::text])))
);
CREATE SEQUENCE public.provisioner_job_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.provisioner_job_logs_id_seq OWNED BY public.provisioner_job_logs.id;
CREATE TABLE public.provisioner_job_timings (
    job_id uuid NOT NULL,
    stage text NOT NULL,
    source text NOT NULL,
    action text NOT NULL,
    resource text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL
);
CREATE TABLE public.provisioner_jobs (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    initiator_id uuid NOT NULL,
    type text NOT NULL,
    provisioner text DEFAULT 'terraform'::text NOT NULL,
    file_id uuid NOT NULL,
    input jsonb NOT NULL,
    tags jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    canceled_at timestamp with time zone,
    completed_at timestamp with time zone,
    worker_id uuid,
    error text DEFAULT ''::text NOT NULL,
    error_code text DEFAULT ''::text NOT NULL,
    logs_length integer DEFAULT 0 NOT NULL,
    logs_overflowed boolean DEFAULT false NOT NULL,
    job_status text GENERATED ALWAYS AS (
CASE
    WHEN ((completed_at IS NOT NULL) AND (error <> ''::text) AND (canceled_at IS NULL)) THEN 'failed'::text
    WHEN ((completed_at IS NOT NULL) AND (canceled_at IS NOT NULL)) THEN 'canceled'::text
    WHEN (completed_at IS NOT NULL) THEN 'succeeded'::text
    WHEN (canceled_at IS NOT NULL) THEN 'canceling'::text
    WHEN (started_at IS NOT NULL) THEN 'running'::text
    ELSE 'pending'::text
END) STORED NOT NULL,
    acquire_id uuid,
    holder_id uuid,
    result_at timestamp with time zone,
    CONSTRAINT provisioner_jobs_type_check CHECK ((type = ANY (ARRAY['template_version_import'::text, 'template_version_dry_run'::text, 'workspace_build'::text])))
);
CREATE TABLE public.provisioner_keys (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    hashed_secret bytea NOT NULL,
    tags jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.replicas (
    id uuid NOT NULL,
    hostname text NOT NULL,
    relay_address text NOT NULL,
    version text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    stopped_at timestamp with time zone
);
CREATE TABLE public.site_settings (
    key text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.template_build_times (
    job_id uuid NOT NULL,
    template_id uuid NOT NULL,
    transition text NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    took_ms double precision NOT NULL,
    CONSTRAINT template_build_times_transition_check CHECK ((transition = ANY (ARRAY['start'::text, 'stop'::text, 'delete'::text])))
);
CREATE TABLE public.template_version_parameters (
    template_version_id uuid NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    type text NOT NULL,
    form_type text DEFAULT ''::text NOT NULL,
    mutable boolean NOT NULL,
    default_value text DEFAULT ''::text NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    options jsonb DEFAULT '[]'::jsonb NOT NULL,
    validation_regex text DEFAULT ''::text NOT NULL,
    validation_min integer,
    validation_max integer,
    validation_error text DEFAULT ''::text NOT NULL,
    validation_monotonic text DEFAULT ''::text NOT NULL,
    required boolean NOT NULL,
    ephemeral boolean NOT NULL,
    display_order integer DEFAULT 0 NOT NULL,
    styling jsonb DEFAULT '{}'::jsonb NOT NULL
);
CREATE TABLE public.template_version_preset_parameters (
    preset_id uuid NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.template_version_preset_prebuild_schedules (
    id uuid NOT NULL,
    preset_id uuid NOT NULL,
    "position" integer NOT NULL,
    cron_expression text NOT NULL,
    desired_instances integer NOT NULL,
    CONSTRAINT template_version_preset_prebuild_schedu_desired_instances_check CHECK ((desired_instances >= 0))
);
CREATE TABLE public.template_version_presets (
    id uuid NOT NULL,
    template_version_id uuid NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    desired_instances integer,
    invalidate_after_secs integer DEFAULT 0 NOT NULL,
    scheduling_timezone text DEFAULT ''::text NOT NULL,
    prebuild_status text DEFAULT 'healthy'::text NOT NULL,
    last_invalidated_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT template_version_presets_instances CHECK ((desired_instances >= 0)),
    CONSTRAINT template_version_presets_status CHECK ((prebuild_status = ANY (ARRAY['healthy'::text, 'hard_limited'::text, 'validation_failed'::text])))
);
CREATE TABLE public.template_version_variables (
    template_version_id uuid NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    type text DEFAULT 'string'::text NOT NULL,
    value text DEFAULT ''::text NOT NULL,
    default_value text DEFAULT ''::text NOT NULL,
    required boolean DEFAULT false NOT NULL,
    sensitive boolean DEFAULT false NOT NULL
);
CREATE TABLE public.template_versions (
    id uuid NOT NULL,
    template_id uuid,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    readme text DEFAULT ''::text NOT NULL,
    job_id uuid NOT NULL,
    created_by uuid NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    external_auth jsonb DEFAULT '[]'::jsonb NOT NULL,
    has_ai_task boolean DEFAULT false NOT NULL,
    has_external_agent boolean DEFAULT false NOT NULL,
    source_example_id text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    workspace_tags text DEFAULT ''::text NOT NULL,
    claim_replacements jsonb DEFAULT '[]'::jsonb NOT NULL
);
CREATE TABLE public.templates (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    provisioner text DEFAULT 'terraform'::text NOT NULL,
    active_version_id uuid NOT NULL,
    created_by uuid NOT NULL,
    default_ttl_ms bigint DEFAULT 0 NOT NULL,
    activity_bump_ms bigint DEFAULT 3600000 NOT NULL,
    autostop_requirement_days_of_week smallint DEFAULT 0 NOT NULL,
    autostop_requirement_weeks bigint DEFAULT 0 NOT NULL,
    autostart_block_days_of_week smallint DEFAULT 0 NOT NULL,
    allow_user_autostart boolean DEFAULT true NOT NULL,
    allow_user_autostop boolean DEFAULT true NOT NULL,
    allow_user_cancel_workspace_jobs boolean DEFAULT true NOT NULL,
    failure_ttl_ms bigint DEFAULT 0 NOT NULL,
    time_til_dormant_ms bigint DEFAULT 0 NOT NULL,
    time_til_dormant_autodelete_ms bigint DEFAULT 0 NOT NULL,
    require_active_version boolean DEFAULT false NOT NULL,
    deprecated text DEFAULT ''::text NOT NULL,
    max_port_sharing_level text DEFAULT 'owner'::text NOT NULL,
    cors_behavior text DEFAULT 'simple'::text NOT NULL,
    use_classic_parameter_flow boolean DEFAULT false NOT NULL,
    disable_module_cache boolean DEFAULT false NOT NULL,
    user_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    group_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    time_til_autostop_notify_ms bigint DEFAULT 0 NOT NULL,
    CONSTRAINT templates_cors_behavior_check CHECK ((cors_behavior = ANY (ARRAY['simple'::text, 'passthru'::text]))),
    CONSTRAINT templates_max_port_sharing_level_check CHECK ((max_port_sharing_level = ANY (ARRAY['owner'::text, 'authenticated'::text, 'organization'::text, 'public'::text]))),
    CONSTRAINT templates_time_til_autostop_notify_ms_check CHECK ((time_til_autostop_notify_ms >= 0))
);
CREATE TABLE public.user_links (
    user_id uuid NOT NULL,
    login_type text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    claims jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT user_links_login_type_check CHECK ((login_type = ANY (ARRAY['github'::text, 'oidc'::text])))
);
CREATE TABLE public.user_settings (
    user_id uuid NOT NULL,
    key text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.users (
    id uuid NOT NULL,
    email text NOT NULL,
    username text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    avatar_url text DEFAULT ''::text NOT NULL,
    hashed_password text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    login_type text DEFAULT 'password'::text NOT NULL,
    rbac_roles text[] DEFAULT '{}'::text[] NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    is_service_account boolean DEFAULT false NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    last_seen_at timestamp with time zone DEFAULT '0001-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    github_com_user_id bigint,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    quiet_hours_schedule text DEFAULT ''::text NOT NULL,
    CONSTRAINT users_login_type_check CHECK ((login_type = ANY (ARRAY['password'::text, 'github'::text, 'oidc'::text, 'token'::text, 'none'::text]))),
    CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'dormant'::text])))
);
CREATE TABLE public.workspace_agent_devcontainers (
    id uuid NOT NULL,
    workspace_agent_id uuid NOT NULL,
    name text NOT NULL,
    workspace_folder text NOT NULL,
    config_path text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.workspace_agent_log_sources (
    workspace_agent_id uuid NOT NULL,
    id uuid NOT NULL,
    display_name character varying(127) NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.workspace_agent_logs (
    id bigint NOT NULL,
    agent_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    output character varying(1024) NOT NULL,
    level text DEFAULT 'info'::text NOT NULL,
    log_source_id uuid NOT NULL,
    CONSTRAINT workspace_agent_logs_level_check CHECK ((level = ANY (ARRAY['trace'::text, 'debug'::text, 'info'::text, 'warn'::text, 'error'::text])))
);
CREATE SEQUENCE public.workspace_agent_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.workspace_agent_logs_id_seq OWNED BY public.workspace_agent_logs.id;
CREATE TABLE public.workspace_agent_memory_resource_monitors (
    agent_id uuid NOT NULL,
    enabled boolean NOT NULL,
    threshold integer NOT NULL,
    state text DEFAULT 'OK'::text NOT NULL,
    debounced_until timestamp with time zone DEFAULT '0001-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    noticed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT workspace_agent_memory_resource_monitors_state_check CHECK ((state = ANY (ARRAY['OK'::text, 'NOK'::text]))),
    CONSTRAINT workspace_agent_memory_resource_monitors_threshold_check CHECK (((threshold >= 0) AND (threshold <= 100)))
);
CREATE TABLE public.workspace_agent_metadata (
    workspace_agent_id uuid NOT NULL,
    key character varying(127) NOT NULL,
    display_name character varying(127) NOT NULL,
    script text NOT NULL,
    value text DEFAULT ''::text NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    timeout bigint DEFAULT 0 NOT NULL,
    "interval" bigint DEFAULT 0 NOT NULL,
    collected_at timestamp with time zone DEFAULT '0001-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    display_order integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.workspace_agent_port_share (
    workspace_id uuid NOT NULL,
    agent_name text NOT NULL,
    port integer NOT NULL,
    share_level text NOT NULL,
    protocol text DEFAULT 'http'::text NOT NULL,
    CONSTRAINT workspace_agent_port_share_protocol_check CHECK ((protocol = ANY (ARRAY['http'::text, 'https'::text]))),
    CONSTRAINT workspace_agent_port_share_share_level_check CHECK ((share_level = ANY (ARRAY['authenticated'::text, 'organization'::text, 'public'::text])))
);
CREATE TABLE public.workspace_agent_script_timings (
    script_id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    exit_code integer NOT NULL,
    stage text NOT NULL,
    status text NOT NULL,
    CONSTRAINT workspace_agent_script_timings_stage_check CHECK ((stage = ANY (ARRAY['start'::text, 'stop'::text, 'cron'::text]))),
    CONSTRAINT workspace_agent_script_timings_status_check CHECK ((status = ANY (ARRAY['ok'::text, 'exit_failure'::text, 'timed_out'::text, 'pipes_left_open'::text])))
);
CREATE TABLE public.workspace_agent_scripts (
    id uuid NOT NULL,
    workspace_agent_id uuid NOT NULL,
    log_source_id uuid NOT NULL,
    log_path text DEFAULT ''::text NOT NULL,
    script text NOT NULL,
    cron text DEFAULT ''::text NOT NULL,
    start_blocks_login boolean DEFAULT false NOT NULL,
    run_on_start boolean DEFAULT false NOT NULL,
    run_on_stop boolean DEFAULT false NOT NULL,
    timeout_seconds integer DEFAULT 0 NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.workspace_agent_stats (
    id bigint NOT NULL,
    agent_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    user_id uuid NOT NULL,
    template_id uuid NOT NULL,
    connections_by_proto jsonb DEFAULT '{}'::jsonb NOT NULL,
    connection_count bigint DEFAULT 0 NOT NULL,
    connection_median_latency_ms double precision DEFAULT '-1'::integer NOT NULL,
    rx_packets bigint DEFAULT 0 NOT NULL,
    rx_bytes bigint DEFAULT 0 NOT NULL,
    tx_packets bigint DEFAULT 0 NOT NULL,
    tx_bytes bigint DEFAULT 0 NOT NULL,
    session_count_vscode bigint DEFAULT 0 NOT NULL,
    session_count_jetbrains bigint DEFAULT 0 NOT NULL,
    session_count_reconnecting_pty bigint DEFAULT 0 NOT NULL,
    session_count_ssh bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.workspace_agent_stats_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.workspace_agent_stats_id_seq OWNED BY public.workspace_agent_stats.id;
CREATE TABLE public.workspace_agent_volume_resource_monitors (
    agent_id uuid NOT NULL,
    path text NOT NULL,
    enabled boolean NOT NULL,
    threshold integer NOT NULL,
    state text DEFAULT 'OK'::text NOT NULL,
    debounced_until timestamp with time zone DEFAULT '0001-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    noticed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT workspace_agent_volume_resource_monitors_state_check CHECK ((state = ANY (ARRAY['OK'::text, 'NOK'::text]))),
    CONSTRAINT workspace_agent_volume_resource_monitors_threshold_check CHECK (((threshold >= 0) AND (threshold <= 100)))
);
CREATE TABLE public.workspace_agents (
    id uuid NOT NULL,
    resource_id uuid NOT NULL,
    parent_id uuid,
    name character varying(64) NOT NULL,
    architecture character varying(64) NOT NULL,
    operating_system character varying(64) NOT NULL,
    auth_token uuid NOT NULL,
    auth_instance_id character varying,
    environment_variables jsonb,
    directory character varying(4096) DEFAULT ''::character varying NOT NULL,
    expanded_directory character varying(4096) DEFAULT ''::character varying NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    api_version text DEFAULT ''::text NOT NULL,
    troubleshooting_url text DEFAULT ''::text NOT NULL,
    motd_file text DEFAULT ''::text NOT NULL,
    connection_timeout_seconds integer DEFAULT 0 NOT NULL,
    display_order integer DEFAULT 0 NOT NULL,
    lifecycle_state text DEFAULT 'created'::text NOT NULL,
    logs_length integer DEFAULT 0 NOT NULL,
    logs_overflowed boolean DEFAULT false NOT NULL,
    subsystems text[] DEFAULT '{}'::text[] NOT NULL,
    display_apps text[] DEFAULT '{vscode,vscode_insiders,web_terminal,ssh_helper,port_forwarding_helper}'::text[] NOT NULL,
    api_key_scope text DEFAULT 'all'::text NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    first_connected_at timestamp with time zone,
    last_connected_at timestamp with time zone,
    disconnected_at timestamp with time zone,
    started_at timestamp with time zone,
    ready_at timestamp with time zone,
    last_connected_replica_id uuid,
    connection_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT max_logs_length CHECK ((logs_length <= 1048576)),
    CONSTRAINT workspace_agents_api_key_scope_check CHECK ((api_key_scope = ANY (ARRAY['all'::text, 'no_user_data'::text]))),
    CONSTRAINT workspace_agents_lifecycle_state_check CHECK ((lifecycle_state = ANY (ARRAY['created'::text, 'starting'::text, 'start_timeout'::text, 'start_error'::text, 'ready'::text, 'shutting_down'::text, 'shutdown_timeout'::text, 'shutdown_error'::text, 'off'::text])))
);
CREATE UNLOGGED TABLE public.workspace_app_audit_sessions (
    id uuid NOT NULL,
    agent_id uuid NOT NULL,
    app_id uuid NOT NULL,
    user_id uuid NOT NULL,
    ip text NOT NULL,
    user_agent text NOT NULL,
    slug_or_port text NOT NULL,
    status_code integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.workspace_app_shares (
    workspace_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    slug text DEFAULT ''::text NOT NULL,
    agent_name text DEFAULT ''::text NOT NULL,
    port integer DEFAULT 0 NOT NULL,
    user_id uuid,
    group_id uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT workspace_app_shares_app_or_port CHECK ((((slug <> ''::text) AND (agent_name = ''::text) AND (port = 0)) OR ((slug = ''::text) AND (agent_name <> ''::text) AND ((port >= 9) AND (port <= 65535))))),
    CONSTRAINT workspace_app_shares_user_or_group CHECK (((user_id IS NULL) <> (group_id IS NULL)))
);
CREATE TABLE public.workspace_app_stats (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    access_method text NOT NULL,
    slug_or_port text NOT NULL,
    session_id uuid NOT NULL,
    session_started_at timestamp with time zone NOT NULL,
    session_ended_at timestamp with time zone NOT NULL,
    requests bigint NOT NULL,
    CONSTRAINT workspace_app_stats_access_method_check CHECK ((access_method = ANY (ARRAY['path'::text, 'subdomain'::text, 'terminal'::text])))
);
ALTER TABLE public.workspace_app_stats ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.workspace_app_stats_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.workspace_app_statuses (
    id uuid NOT NULL,
    agent_id uuid NOT NULL,
    app_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    state text NOT NULL,
    message text NOT NULL,
    uri text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT workspace_app_statuses_state_check CHECK ((state = ANY (ARRAY['working'::text, 'complete'::text, 'failure'::text, 'idle'::text])))
);
CREATE TABLE public.workspace_apps (
    id uuid NOT NULL,
    agent_id uuid NOT NULL,
    slug text NOT NULL,
    display_name character varying(64) DEFAULT ''::character varying NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    command text DEFAULT ''::text NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    external boolean DEFAULT false NOT NULL,
    subdomain boolean DEFAULT false NOT NULL,
    sharing_level text DEFAULT 'owner'::text NOT NULL,
    healthcheck_url text DEFAULT ''::text NOT NULL,
    healthcheck_interval integer DEFAULT 0 NOT NULL,
    healthcheck_threshold integer DEFAULT 0 NOT NULL,
    health text DEFAULT 'disabled'::text NOT NULL,
    display_order integer DEFAULT 0 NOT NULL,
    display_group text DEFAULT ''::text NOT NULL,
    hidden boolean DEFAULT false NOT NULL,
    open_in text DEFAULT 'slim-window'::text NOT NULL,
    tooltip text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    asks_visitor boolean DEFAULT false NOT NULL,
    CONSTRAINT workspace_apps_health_check CHECK ((health = ANY (ARRAY['disabled'::text, 'initializing'::text, 'healthy'::text, 'unhealthy'::text]))),
    CONSTRAINT workspace_apps_sharing_level_check CHECK ((sharing_level = ANY (ARRAY['owner'::text, 'authenticated'::text, 'organization'::text, 'public'::text])))
);
CREATE TABLE public.workspace_build_parameters (
    workspace_build_id uuid NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.workspace_builds (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    template_version_id uuid NOT NULL,
    template_version_preset_id uuid,
    build_number integer NOT NULL,
    transition text NOT NULL,
    reason text DEFAULT 'initiator'::text NOT NULL,
    initiator_id uuid NOT NULL,
    job_id uuid NOT NULL,
    provisioner_state bytea,
    deadline timestamp with time zone,
    max_deadline timestamp with time zone,
    daily_cost integer DEFAULT 0 NOT NULL,
    has_ai_task boolean DEFAULT false NOT NULL,
    has_external_agent boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    notified_deadline timestamp with time zone,
    CONSTRAINT workspace_builds_transition_check CHECK ((transition = ANY (ARRAY['start'::text, 'stop'::text, 'delete'::text])))
);
CREATE TABLE public.workspace_favorites (
    user_id uuid NOT NULL,
    workspace_id uuid NOT NULL
);
CREATE TABLE public.workspace_listings (
    id uuid NOT NULL,
    stamp uuid DEFAULT gen_random_uuid() NOT NULL,
    organization_id uuid,
    owner_id uuid,
    template_id uuid,
    dormant_at timestamp with time zone,
    user_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    group_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    running boolean DEFAULT false NOT NULL,
    owner_key text DEFAULT ''::text NOT NULL,
    name_key text DEFAULT ''::text NOT NULL,
    template_version_id uuid,
    initiator_id uuid,
    worker_id uuid,
    agent_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    written_in xid8
)
WITH (fillfactor='70');
CREATE TABLE public.workspace_proxies (
    id uuid NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    wildcard_hostname text DEFAULT ''::text NOT NULL,
    version text DEFAULT ''::text NOT NULL,
    token_hashed_secret bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted boolean DEFAULT false NOT NULL
);
CREATE TABLE public.workspace_proxy_replicas (
    id uuid NOT NULL,
    proxy_id uuid NOT NULL,
    hostname text NOT NULL,
    version text NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    stopped_at timestamp with time zone
);
CREATE TABLE public.workspace_resource_metadata (
    workspace_resource_id uuid NOT NULL,
    "position" integer NOT NULL,
    key text NOT NULL,
    value text DEFAULT ''::text NOT NULL,
    sensitive boolean DEFAULT false NOT NULL
);
CREATE TABLE public.workspace_resources (
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    transition text NOT NULL,
    type text NOT NULL,
    name text NOT NULL,
    hide boolean DEFAULT false NOT NULL,
    icon text DEFAULT ''::text NOT NULL,
    instance_type text DEFAULT ''::text NOT NULL,
    daily_cost integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT workspace_resources_transition_check CHECK ((transition = ANY (ARRAY['start'::text, 'stop'::text, 'delete'::text])))
);
CREATE TABLE public.workspaces (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    template_id uuid NOT NULL,
    name text NOT NULL,
    autostart_schedule text,
    ttl_ms bigint,
    next_start_at timestamp with time zone,
    last_used_at timestamp with time zone NOT NULL,
    dormant_at timestamp with time zone,
    deleting_at timestamp with time zone,
    automatic_updates text DEFAULT 'never'::text NOT NULL,
    user_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    group_acl jsonb DEFAULT '{}'::jsonb NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    autostart_set_by uuid,
    CONSTRAINT workspaces_automatic_updates_check CHECK ((automatic_updates = ANY (ARRAY['always'::text, 'never'::text])))
);
ALTER TABLE ONLY public.provisioner_job_logs ALTER COLUMN id SET DEFAULT nextval('public.provisioner_job_logs_id_seq'::regclass);
ALTER TABLE ONLY public.workspace_agent_logs ALTER COLUMN id SET DEFAULT nextval('public.workspace_agent_logs_id_seq'::regclass);
ALTER TABLE ONLY public.workspace_agent_stats ALTER COLUMN id SET DEFAULT nextval('public.workspace_agent_stats_id_seq'::regclass);
ALTER TABLE ONLY public.agent_tunnels
    ADD CONSTRAINT agent_tunnels_pkey PRIMARY KEY (agent_id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_logs
    ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_messages
    ADD CONSTRAINT chat_messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.connection_logs
    ADD CONSTRAINT connection_logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.crypto_keys
    ADD CONSTRAINT crypto_keys_pkey PRIMARY KEY (feature, sequence);
ALTER TABLE ONLY public.custom_roles
    ADD CONSTRAINT custom_roles_pkey PRIMARY KEY (organization_id, name);
ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_hash_created_by_key UNIQUE (hash, created_by);
ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.git_ssh_keys
    ADD CONSTRAINT git_ssh_keys_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_pkey PRIMARY KEY (group_id, user_id);
ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.inbox_notifications
    ADD CONSTRAINT inbox_notifications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.inbox_notifications
    ADD CONSTRAINT inbox_notifications_user_id_dedupe_hash_key UNIQUE (user_id, dedupe_hash);
ALTER TABLE ONLY public.login_conversions
    ADD CONSTRAINT login_conversions_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.login_conversions
    ADD CONSTRAINT login_conversions_state_hash_key UNIQUE (state_hash);
ALTER TABLE ONLY public.notification_events
    ADD CONSTRAINT notification_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notification_messages
    ADD CONSTRAINT notification_messages_dedupe_hash_key UNIQUE (dedupe_hash);
ALTER TABLE ONLY public.notification_messages
    ADD CONSTRAINT notification_messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_pkey PRIMARY KEY (user_id, notification_template_id);
ALTER TABLE ONLY public.notification_report_generator_logs
    ADD CONSTRAINT notification_report_generator_logs_pkey PRIMARY KEY (notification_template_id);
ALTER TABLE ONLY public.notification_templates
    ADD CONSTRAINT notification_templates_name_key UNIQUE (name);
ALTER TABLE ONLY public.notification_templates
    ADD CONSTRAINT notification_templates_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notification_user_settings
    ADD CONSTRAINT notification_user_settings_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.organization_members
    ADD CONSTRAINT organization_members_pkey PRIMARY KEY (organization_id, user_id);
ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.prebuild_claims
    ADD CONSTRAINT prebuild_claims_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.prebuild_pools
    ADD CONSTRAINT prebuild_pools_pkey PRIMARY KEY (preset_id);
ALTER TABLE ONLY public.provisioner_daemons
    ADD CONSTRAINT provisioner_daemons_organization_id_name_key UNIQUE (organization_id, name);
ALTER TABLE ONLY public.provisioner_daemons
    ADD CONSTRAINT provisioner_daemons_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.provisioner_job_logs
    ADD CONSTRAINT provisioner_job_logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.provisioner_jobs
    ADD CONSTRAINT provisioner_jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.provisioner_keys
    ADD CONSTRAINT provisioner_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.replicas
    ADD CONSTRAINT replicas_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.site_settings
    ADD CONSTRAINT site_settings_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.template_build_times
    ADD CONSTRAINT template_build_times_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY public.template_version_parameters
    ADD CONSTRAINT template_version_parameters_pkey PRIMARY KEY (template_version_id, name);
ALTER TABLE ONLY public.template_version_preset_parameters
    ADD CONSTRAINT template_version_preset_parameters_pkey PRIMARY KEY (preset_id, name);
ALTER TABLE ONLY public.template_version_preset_prebuild_schedules
    ADD CONSTRAINT template_version_preset_prebuild_schedul_preset_id_position_key UNIQUE (preset_id, "position");
ALTER TABLE ONLY public.template_version_preset_prebuild_schedules
    ADD CONSTRAINT template_version_preset_prebuild_schedules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.template_version_presets
    ADD CONSTRAINT template_version_presets_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.template_version_variables
    ADD CONSTRAINT template_version_variables_pkey PRIMARY KEY (template_version_id, name);
ALTER TABLE ONLY public.template_versions
    ADD CONSTRAINT template_versions_job_id_key UNIQUE (job_id);
ALTER TABLE ONLY public.template_versions
    ADD CONSTRAINT template_versions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_links
    ADD CONSTRAINT user_links_issuer_subject_key UNIQUE (issuer, subject);
ALTER TABLE ONLY public.user_links
    ADD CONSTRAINT user_links_pkey PRIMARY KEY (user_id, login_type);
ALTER TABLE ONLY public.user_settings
    ADD CONSTRAINT user_settings_pkey PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_agent_devcontainers
    ADD CONSTRAINT workspace_agent_devcontainers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_agent_log_sources
    ADD CONSTRAINT workspace_agent_log_sources_pkey PRIMARY KEY (workspace_agent_id, id);
ALTER TABLE ONLY public.workspace_agent_logs
    ADD CONSTRAINT workspace_agent_logs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_agent_memory_resource_monitors
    ADD CONSTRAINT workspace_agent_memory_resource_monitors_pkey PRIMARY KEY (agent_id);
ALTER TABLE ONLY public.workspace_agent_metadata
    ADD CONSTRAINT workspace_agent_metadata_pkey PRIMARY KEY (workspace_agent_id, key);
ALTER TABLE ONLY public.workspace_agent_port_share
    ADD CONSTRAINT workspace_agent_port_share_pkey PRIMARY KEY (workspace_id, agent_name, port);
ALTER TABLE ONLY public.workspace_agent_script_timings
    ADD CONSTRAINT workspace_agent_script_timings_pkey PRIMARY KEY (script_id, started_at);
ALTER TABLE ONLY public.workspace_agent_scripts
    ADD CONSTRAINT workspace_agent_scripts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_agent_stats
    ADD CONSTRAINT workspace_agent_stats_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_agent_volume_resource_monitors
    ADD CONSTRAINT workspace_agent_volume_resource_monitors_pkey PRIMARY KEY (agent_id, path);
ALTER TABLE ONLY public.workspace_agents
    ADD CONSTRAINT workspace_agents_auth_token_key UNIQUE (auth_token);
ALTER TABLE ONLY public.workspace_agents
    ADD CONSTRAINT workspace_agents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_app_audit_sessions
    ADD CONSTRAINT workspace_app_audit_sessions_key UNIQUE (agent_id, app_id, user_id, ip, user_agent, slug_or_port, status_code);
ALTER TABLE ONLY public.workspace_app_audit_sessions
    ADD CONSTRAINT workspace_app_audit_sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_app_stats
    ADD CONSTRAINT workspace_app_stats_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_app_stats
    ADD CONSTRAINT workspace_app_stats_session UNIQUE (user_id, agent_id, session_id);
ALTER TABLE ONLY public.workspace_app_statuses
    ADD CONSTRAINT workspace_app_statuses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_apps
    ADD CONSTRAINT workspace_apps_agent_id_slug_key UNIQUE (agent_id, slug);
ALTER TABLE ONLY public.workspace_apps
    ADD CONSTRAINT workspace_apps_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_build_parameters
    ADD CONSTRAINT workspace_build_parameters_pkey PRIMARY KEY (workspace_build_id, name);
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_job_id_key UNIQUE (job_id);
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_workspace_id_build_number_key UNIQUE (workspace_id, build_number);
ALTER TABLE ONLY public.workspace_favorites
    ADD CONSTRAINT workspace_favorites_pkey PRIMARY KEY (user_id, workspace_id);
ALTER TABLE ONLY public.workspace_listings
    ADD CONSTRAINT workspace_listings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_proxies
    ADD CONSTRAINT workspace_proxies_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_proxy_replicas
    ADD CONSTRAINT workspace_proxy_replicas_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_resource_metadata
    ADD CONSTRAINT workspace_resource_metadata_pkey PRIMARY KEY (workspace_resource_id, "position");
ALTER TABLE ONLY public.workspace_resources
    ADD CONSTRAINT workspace_resources_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (id);
CREATE INDEX agent_tunnels_replica ON public.agent_tunnels USING btree (replica_id);
CREATE INDEX api_keys_build ON public.api_keys USING btree (build_id) WHERE (build_id IS NOT NULL);
CREATE INDEX api_keys_expires ON public.api_keys USING btree (expires_at);
CREATE UNIQUE INDEX api_keys_token_name ON public.api_keys USING btree (user_id, token_name) WHERE (login_type = 'token'::text);
CREATE INDEX api_keys_user ON public.api_keys USING btree (user_id, created_at);
CREATE INDEX audit_logs_kind ON public.audit_logs USING btree (resource_type, "time" DESC);
CREATE INDEX audit_logs_organization ON public.audit_logs USING btree (organization_id, "time" DESC);
CREATE INDEX audit_logs_request ON public.audit_logs USING btree (request_id);
CREATE INDEX audit_logs_resource ON public.audit_logs USING btree (resource_id);
CREATE INDEX audit_logs_time ON public.audit_logs USING btree ("time" DESC, id);
CREATE INDEX audit_logs_user ON public.audit_logs USING btree (user_id, "time" DESC);
CREATE INDEX chat_messages_chat ON public.chat_messages USING btree (chat_id, id);
CREATE INDEX chats_archived ON public.chats USING btree (archived_at) WHERE archived;
CREATE UNIQUE INDEX chats_idempotency_key ON public.chats USING btree (owner_id, idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX chats_owner ON public.chats USING btree (owner_id, archived, updated_at DESC, id DESC);
CREATE INDEX chats_pinned ON public.chats USING btree (owner_id, pin_order) WHERE (pin_order > 0);
CREATE INDEX chats_workspace ON public.chats USING btree (workspace_id) WHERE ((workspace_id IS NOT NULL) AND (NOT archived));
CREATE UNIQUE INDEX connection_logs_connection ON public.connection_logs USING btree (connection_id, workspace_id, agent_name);
CREATE INDEX connection_logs_open ON public.connection_logs USING btree (replica_id) WHERE ((disconnect_time IS NULL) AND (replica_id IS NOT NULL));
CREATE INDEX connection_logs_open_of_workspace ON public.connection_logs USING btree (workspace_id) WHERE ((disconnect_time IS NULL) AND (replica_id IS NOT NULL));
CREATE INDEX connection_logs_organization ON public.connection_logs USING btree (organization_id, connect_time DESC);
CREATE INDEX connection_logs_time ON public.connection_logs USING btree (connect_time DESC);
CREATE INDEX connection_logs_workspace ON public.connection_logs USING btree (workspace_id, connect_time DESC);
CREATE INDEX files_created ON public.files USING btree (created_at);
CREATE INDEX files_creator ON public.files USING btree (created_by);
CREATE INDEX group_members_user ON public.group_members USING btree (user_id);
CREATE UNIQUE INDEX groups_name ON public.groups USING btree (organization_id, lower(name));
CREATE INDEX inbox_notifications_created ON public.inbox_notifications USING btree (created_at);
CREATE INDEX inbox_notifications_unread ON public.inbox_notifications USING btree (user_id) WHERE (read_at IS NULL);
CREATE INDEX inbox_notifications_user ON public.inbox_notifications USING btree (user_id, created_at DESC, id DESC);
CREATE INDEX notification_events_created ON public.notification_events USING btree (created_at);
CREATE INDEX notification_messages_ended ON public.notification_messages USING btree (updated_at) WHERE (status = ANY (ARRAY['sent'::text, 'permanent_failure'::text, 'inhibited'::text, 'unknown'::text]));
CREATE INDEX notification_messages_event ON public.notification_messages USING btree (event_id);
CREATE INDEX notification_messages_held ON public.notification_messages USING btree (hold_until, created_at, id) WHERE ((status = ANY (ARRAY['pending'::text, 'temporary_failure'::text, 'leased'::text])) AND (hold_until IS NOT NULL));
CREATE INDEX notification_messages_now ON public.notification_messages USING btree (created_at) WHERE ((status = ANY (ARRAY['pending'::text, 'temporary_failure'::text, 'leased'::text])) AND (hold_until IS NULL));
CREATE INDEX notification_messages_open ON public.notification_messages USING btree (created_at) WHERE (status = ANY (ARRAY['pending'::text, 'temporary_failure'::text, 'leased'::text]));
CREATE INDEX notification_messages_user ON public.notification_messages USING btree (user_id, updated_at);
CREATE INDEX organization_members_user ON public.organization_members USING btree (user_id);
CREATE UNIQUE INDEX organizations_name ON public.organizations USING btree (lower(name)) WHERE (NOT deleted);
CREATE UNIQUE INDEX organizations_one_default ON public.organizations USING btree (is_default) WHERE is_default;
CREATE UNIQUE INDEX prebuild_claims_build ON public.prebuild_claims USING btree (claim_build_id);
CREATE INDEX prebuild_claims_claimant ON public.prebuild_claims USING btree (claimant_id);
CREATE INDEX prebuild_claims_preset ON public.prebuild_claims USING btree (preset_id, claimed_at);
CREATE INDEX prebuild_claims_workspace ON public.prebuild_claims USING btree (workspace_id);
CREATE INDEX provisioner_job_logs_job ON public.provisioner_job_logs USING btree (job_id, id);
CREATE INDEX provisioner_job_timings_job ON public.provisioner_job_timings USING btree (job_id);
CREATE INDEX provisioner_jobs_builds_ended ON public.provisioner_jobs USING btree (completed_at) WHERE (type = 'workspace_build'::text);
CREATE INDEX provisioner_jobs_file ON public.provisioner_jobs USING btree (file_id);
CREATE INDEX provisioner_jobs_held ON public.provisioner_jobs USING btree (holder_id) WHERE ((completed_at IS NULL) AND (started_at IS NOT NULL));
CREATE INDEX provisioner_jobs_old_logs ON public.provisioner_jobs USING btree (completed_at) WHERE (logs_length > 0);
CREATE INDEX provisioner_jobs_organization ON public.provisioner_jobs USING btree (organization_id, created_at DESC);
CREATE INDEX provisioner_jobs_pool_work ON public.provisioner_jobs USING btree (worker_id) WHERE ((initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid) AND (started_at IS NOT NULL) AND (completed_at IS NULL));
CREATE INDEX provisioner_jobs_ranked ON public.provisioner_jobs USING btree (((initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid)), created_at, id) WHERE ((started_at IS NULL) AND (completed_at IS NULL));
CREATE INDEX provisioner_jobs_running ON public.provisioner_jobs USING btree (updated_at) WHERE ((started_at IS NOT NULL) AND (completed_at IS NULL));
CREATE INDEX provisioner_jobs_worker ON public.provisioner_jobs USING btree (worker_id, completed_at DESC);
CREATE UNIQUE INDEX provisioner_keys_name ON public.provisioner_keys USING btree (organization_id, lower(name));
CREATE UNIQUE INDEX provisioner_keys_secret ON public.provisioner_keys USING btree (hashed_secret);
CREATE INDEX replicas_alive ON public.replicas USING btree (updated_at) WHERE (stopped_at IS NULL);
CREATE INDEX template_build_times_last ON public.template_build_times USING btree (template_id, transition, ended_at DESC);
CREATE UNIQUE INDEX template_version_presets_default ON public.template_version_presets USING btree (template_version_id) WHERE is_default;
CREATE UNIQUE INDEX template_version_presets_name ON public.template_version_presets USING btree (template_version_id, name);
CREATE INDEX template_version_presets_pools ON public.template_version_presets USING btree (template_version_id) WHERE (desired_instances IS NOT NULL);
CREATE INDEX template_version_presets_version ON public.template_version_presets USING btree (template_version_id);
CREATE UNIQUE INDEX template_versions_name ON public.template_versions USING btree (template_id, lower(name));
CREATE INDEX template_versions_template ON public.template_versions USING btree (template_id, created_at, id);
CREATE UNIQUE INDEX templates_name ON public.templates USING btree (organization_id, lower(name)) WHERE (NOT deleted);
CREATE INDEX users_created ON public.users USING btree (created_at, id);
CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email)) WHERE ((NOT deleted) AND (email <> ''::text));
CREATE UNIQUE INDEX users_username ON public.users USING btree (lower(username)) WHERE (NOT deleted);
CREATE INDEX workspace_agent_devcontainers_agent ON public.workspace_agent_devcontainers USING btree (workspace_agent_id);
CREATE INDEX workspace_agent_logs_agent ON public.workspace_agent_logs USING btree (agent_id, id);
CREATE INDEX workspace_agent_scripts_agent ON public.workspace_agent_scripts USING btree (workspace_agent_id);
CREATE INDEX workspace_agent_stats_agent ON public.workspace_agent_stats USING btree (agent_id, created_at DESC);
CREATE INDEX workspace_agent_stats_created ON public.workspace_agent_stats USING btree (created_at);
CREATE INDEX workspace_agents_instance ON public.workspace_agents USING btree (auth_instance_id) WHERE ((auth_instance_id IS NOT NULL) AND (parent_id IS NULL) AND (NOT deleted));
CREATE INDEX workspace_agents_parent ON public.workspace_agents USING btree (parent_id);
CREATE INDEX workspace_agents_resource ON public.workspace_agents USING btree (resource_id);
CREATE INDEX workspace_app_audit_sessions_updated ON public.workspace_app_audit_sessions USING btree (updated_at);
CREATE UNIQUE INDEX workspace_app_shares_groups ON public.workspace_app_shares USING btree (workspace_id, slug, agent_name, port, group_id) WHERE (group_id IS NOT NULL);
CREATE INDEX workspace_app_shares_of_group ON public.workspace_app_shares USING btree (group_id);
CREATE INDEX workspace_app_shares_of_member ON public.workspace_app_shares USING btree (organization_id, user_id);
CREATE INDEX workspace_app_shares_of_workspace ON public.workspace_app_shares USING btree (workspace_id, slug, agent_name, port);
CREATE UNIQUE INDEX workspace_app_shares_users ON public.workspace_app_shares USING btree (workspace_id, slug, agent_name, port, user_id) WHERE (user_id IS NOT NULL);
CREATE INDEX workspace_app_stats_ended ON public.workspace_app_stats USING btree (session_ended_at);
CREATE INDEX workspace_app_stats_workspace ON public.workspace_app_stats USING btree (workspace_id, session_started_at);
CREATE INDEX workspace_app_statuses_app ON public.workspace_app_statuses USING btree (app_id, created_at DESC);
CREATE INDEX workspace_app_statuses_created ON public.workspace_app_statuses USING btree (created_at);
CREATE INDEX workspace_app_statuses_workspace ON public.workspace_app_statuses USING btree (workspace_id, created_at DESC);
CREATE INDEX workspace_builds_old_states ON public.workspace_builds USING btree (created_at) WHERE (provisioner_state IS NOT NULL);
CREATE INDEX workspace_builds_preset ON public.workspace_builds USING btree (template_version_preset_id) WHERE (template_version_preset_id IS NOT NULL);
CREATE INDEX workspace_builds_version ON public.workspace_builds USING btree (template_version_id);
CREATE INDEX workspace_listings_order ON public.workspace_listings USING btree (running DESC, owner_key, name_key, id);
CREATE INDEX workspace_listings_organization ON public.workspace_listings USING btree (organization_id);
CREATE INDEX workspace_listings_owner ON public.workspace_listings USING btree (owner_id);
CREATE INDEX workspace_listings_shared ON public.workspace_listings USING btree (organization_id) WHERE ((user_acl <> '{}'::jsonb) OR (group_acl <> '{}'::jsonb));
CREATE INDEX workspace_proxies_gone ON public.workspace_proxies USING btree (updated_at) WHERE deleted;
CREATE UNIQUE INDEX workspace_proxies_name ON public.workspace_proxies USING btree (lower(name)) WHERE (NOT deleted);
CREATE INDEX workspace_proxy_replicas_heard ON public.workspace_proxy_replicas USING btree (updated_at);
CREATE INDEX workspace_proxy_replicas_proxy ON public.workspace_proxy_replicas USING btree (proxy_id);
CREATE INDEX workspace_resources_job ON public.workspace_resources USING btree (job_id);
CREATE INDEX workspaces_due ON public.workspaces USING btree (due_at) WHERE (NOT deleted);
CREATE UNIQUE INDEX workspaces_name ON public.workspaces USING btree (owner_id, lower(name)) WHERE (NOT deleted);
CREATE INDEX workspaces_organization ON public.workspaces USING btree (organization_id) WHERE (NOT deleted);
CREATE INDEX workspaces_owner_name_all ON public.workspaces USING btree (owner_id, lower(name));
CREATE INDEX workspaces_prebuilds ON public.workspaces USING btree (template_id, created_at) WHERE ((owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid) AND (NOT deleted));
CREATE INDEX workspaces_shared ON public.workspaces USING btree (organization_id) WHERE ((NOT deleted) AND ((user_acl <> '{}'::jsonb) OR (group_acl <> '{}'::jsonb)));
CREATE INDEX workspaces_template ON public.workspaces USING btree (template_id, owner_id) WHERE (NOT deleted);
CREATE TRIGGER api_keys_cut_close_apps AFTER UPDATE OF expires_at, scopes, allow_list ON public.api_keys FOR EACH ROW WHEN (((new.expires_at < old.expires_at) OR (new.scopes IS DISTINCT FROM old.scopes) OR (new.allow_list IS DISTINCT FROM old.allow_list))) EXECUTE FUNCTION public.tell_app_revocation('u', 'user_id');
CREATE TRIGGER api_keys_gone_close_apps AFTER DELETE ON public.api_keys FOR EACH ROW WHEN ((old.expires_at > now())) EXECUTE FUNCTION public.tell_app_revocation('u', 'user_id');
CREATE TRIGGER custom_roles_cut_close_apps AFTER UPDATE OF org_permissions, member_permissions ON public.custom_roles FOR EACH ROW WHEN (((new.org_permissions IS DISTINCT FROM old.org_permissions) OR (new.member_permissions IS DISTINCT FROM old.member_permissions))) EXECUTE FUNCTION public.tell_app_revocation('*');
CREATE TRIGGER custom_roles_gone_close_apps AFTER DELETE ON public.custom_roles FOR EACH ROW EXECUTE FUNCTION public.tell_app_revocation('*');
CREATE TRIGGER group_members_gone_close_apps AFTER DELETE ON public.group_members FOR EACH ROW EXECUTE FUNCTION public.tell_app_revocation('u', 'user_id');
CREATE TRIGGER organization_members_cut_close_apps AFTER UPDATE OF roles ON public.organization_members FOR EACH ROW WHEN ((new.roles IS DISTINCT FROM old.roles)) EXECUTE FUNCTION public.tell_app_revocation('u', 'user_id');
CREATE TRIGGER organization_members_gone_close_apps AFTER DELETE ON public.organization_members FOR EACH ROW EXECUTE FUNCTION public.tell_app_revocation('u', 'user_id');
CREATE TRIGGER organizations_close_apps AFTER UPDATE OF deleted, default_org_member_roles, shareable_workspace_owners ON public.organizations FOR EACH ROW WHEN (((new.deleted IS DISTINCT FROM old.deleted) OR (new.default_org_member_roles IS DISTINCT FROM old.default_org_member_roles) OR (new.shareable_workspace_owners IS DISTINCT FROM old.shareable_workspace_owners))) EXECUTE FUNCTION public.tell_app_revocation('*');
CREATE TRIGGER port_shares_cut_close_apps AFTER UPDATE OF share_level ON public.workspace_agent_port_share FOR EACH ROW WHEN ((new.share_level IS DISTINCT FROM old.share_level)) EXECUTE FUNCTION public.tell_app_revocation('w', 'workspace_id');
CREATE TRIGGER port_shares_gone_close_apps AFTER DELETE ON public.workspace_agent_port_share FOR EACH ROW EXECUTE FUNCTION public.tell_app_revocation('w', 'workspace_id');
CREATE CONSTRAINT TRIGGER provisioner_jobs_relisted AFTER UPDATE ON public.provisioner_jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.type = 'workspace_build'::text) AND (((((((((((((old.started_at IS DISTINCT FROM new.started_at) OR (old.completed_at IS DISTINCT FROM new.completed_at)) OR (old.canceled_at IS DISTINCT FROM new.canceled_at)) OR (old.error IS DISTINCT FROM new.error)) OR (old.error_code IS DISTINCT FROM new.error_code)) OR (old.worker_id IS DISTINCT FROM new.worker_id)) OR (old.file_id IS DISTINCT FROM new.file_id)) OR (old.tags IS DISTINCT FROM new.tags)) OR (old.organization_id IS DISTINCT FROM new.organization_id)) OR (old.initiator_id IS DISTINCT FROM new.initiator_id)) OR (old.input IS DISTINCT FROM new.input)) OR (old.logs_overflowed IS DISTINCT FROM new.logs_overflowed)) OR (old.created_at IS DISTINCT FROM new.created_at)))) EXECUTE FUNCTION public.workspace_listing_of_job();
CREATE TRIGGER templates_close_apps AFTER UPDATE OF cors_behavior ON public.templates FOR EACH ROW WHEN ((new.cors_behavior IS DISTINCT FROM old.cors_behavior)) EXECUTE FUNCTION public.tell_app_revocation('*');
CREATE TRIGGER users_close_apps AFTER UPDATE OF status, deleted, rbac_roles ON public.users FOR EACH ROW WHEN (((new.status IS DISTINCT FROM old.status) OR (new.deleted IS DISTINCT FROM old.deleted) OR (new.rbac_roles IS DISTINCT FROM old.rbac_roles))) EXECUTE FUNCTION public.tell_app_revocation('u', 'id');
CREATE TRIGGER users_deleted_are_told_nothing AFTER UPDATE OF deleted ON public.users FOR EACH ROW WHEN ((new.deleted AND (NOT old.deleted))) EXECUTE FUNCTION public.forget_notifications_of_user();
CREATE CONSTRAINT TRIGGER users_relisted AFTER UPDATE OF username ON public.users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.username IS DISTINCT FROM new.username)) EXECUTE FUNCTION public.workspace_listings_of_person();
CREATE TRIGGER users_system_frozen BEFORE DELETE OR UPDATE ON public.users FOR EACH ROW WHEN (old.is_system) EXECUTE FUNCTION public.refuse_change_of_system_user();
CREATE CONSTRAINT TRIGGER workspace_agent_log_sources_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_agent_log_sources DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_part('agent');
CREATE CONSTRAINT TRIGGER workspace_agent_script_timings_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_agent_script_timings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_part('script');
CREATE CONSTRAINT TRIGGER workspace_agent_scripts_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_agent_scripts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_part('agent');
CREATE CONSTRAINT TRIGGER workspace_agents_changed AFTER UPDATE ON public.workspace_agents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((((((((((((((((((((((((old.parent_id IS DISTINCT FROM new.parent_id) OR ((old.name)::text IS DISTINCT FROM (new.name)::text)) OR ((old.architecture)::text IS DISTINCT FROM (new.architecture)::text)) OR ((old.operating_system)::text IS DISTINCT FROM (new.operating_system)::text)) OR ((old.auth_instance_id)::text IS DISTINCT FROM (new.auth_instance_id)::text)) OR (old.environment_variables IS DISTINCT FROM new.environment_variables)) OR ((old.directory)::text IS DISTINCT FROM (new.directory)::text)) OR ((old.expanded_directory)::text IS DISTINCT FROM (new.expanded_directory)::text)) OR (old.version IS DISTINCT FROM new.version)) OR (old.api_version IS DISTINCT FROM new.api_version)) OR (old.troubleshooting_url IS DISTINCT FROM new.troubleshooting_url)) OR (old.motd_file IS DISTINCT FROM new.motd_file)) OR (old.connection_timeout_seconds IS DISTINCT FROM new.connection_timeout_seconds)) OR (old.display_order IS DISTINCT FROM new.display_order)) OR (old.lifecycle_state IS DISTINCT FROM new.lifecycle_state)) OR (old.logs_length IS DISTINCT FROM new.logs_length)) OR (old.logs_overflowed IS DISTINCT FROM new.logs_overflowed)) OR (old.subsystems IS DISTINCT FROM new.subsystems)) OR (old.display_apps IS DISTINCT FROM new.display_apps)) OR (old.first_connected_at IS DISTINCT FROM new.first_connected_at)) OR (old.started_at IS DISTINCT FROM new.started_at)) OR (old.ready_at IS DISTINCT FROM new.ready_at)) OR (old.created_at IS DISTINCT FROM new.created_at)) OR (old.updated_at IS DISTINCT FROM new.updated_at))) EXECUTE FUNCTION public.workspace_listing_beside_agent();
CREATE CONSTRAINT TRIGGER workspace_agents_listed AFTER INSERT OR DELETE ON public.workspace_agents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_agent();
CREATE CONSTRAINT TRIGGER workspace_agents_relisted AFTER UPDATE ON public.workspace_agents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.deleted <> new.deleted)) EXECUTE FUNCTION public.workspace_listing_of_agent();
CREATE TRIGGER workspace_app_shares_ended AFTER DELETE ON public.workspace_app_shares FOR EACH ROW EXECUTE FUNCTION public.tell_ended_app_share();
CREATE CONSTRAINT TRIGGER workspace_app_statuses_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_app_statuses DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_part('app');
CREATE CONSTRAINT TRIGGER workspace_apps_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_apps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_part('app');
CREATE TRIGGER workspace_builds_close_apps AFTER INSERT ON public.workspace_builds FOR EACH ROW EXECUTE FUNCTION public.tell_app_revocation('w', 'workspace_id');
CREATE CONSTRAINT TRIGGER workspace_builds_listed AFTER INSERT OR DELETE ON public.workspace_builds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_build();
CREATE CONSTRAINT TRIGGER workspace_builds_relisted AFTER UPDATE ON public.workspace_builds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((((((((((((((old.template_version_id IS DISTINCT FROM new.template_version_id) OR (old.template_version_preset_id IS DISTINCT FROM new.template_version_preset_id)) OR (old.build_number IS DISTINCT FROM new.build_number)) OR (old.transition IS DISTINCT FROM new.transition)) OR (old.reason IS DISTINCT FROM new.reason)) OR (old.initiator_id IS DISTINCT FROM new.initiator_id)) OR (old.job_id IS DISTINCT FROM new.job_id)) OR (old.deadline IS DISTINCT FROM new.deadline)) OR (old.max_deadline IS DISTINCT FROM new.max_deadline)) OR (old.daily_cost IS DISTINCT FROM new.daily_cost)) OR (old.has_ai_task IS DISTINCT FROM new.has_ai_task)) OR (old.has_external_agent IS DISTINCT FROM new.has_external_agent)) OR (old.created_at IS DISTINCT FROM new.created_at)) OR (old.updated_at IS DISTINCT FROM new.updated_at))) EXECUTE FUNCTION public.workspace_listing_of_build();
CREATE CONSTRAINT TRIGGER workspace_resource_metadata_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_resource_metadata DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_part('resource');
CREATE CONSTRAINT TRIGGER workspace_resources_listed AFTER INSERT OR DELETE OR UPDATE ON public.workspace_resources DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_resource();
CREATE TRIGGER workspaces_close_apps AFTER UPDATE OF owner_id, organization_id, user_acl, group_acl, deleted, dormant_at ON public.workspaces FOR EACH ROW WHEN (((new.owner_id IS DISTINCT FROM old.owner_id) OR (new.organization_id IS DISTINCT FROM old.organization_id) OR (new.user_acl IS DISTINCT FROM old.user_acl) OR (new.group_acl IS DISTINCT FROM old.group_acl) OR (new.deleted IS DISTINCT FROM old.deleted) OR (new.dormant_at IS DISTINCT FROM old.dormant_at))) EXECUTE FUNCTION public.tell_app_revocation('w', 'id');
CREATE CONSTRAINT TRIGGER workspaces_listed AFTER INSERT ON public.workspaces DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.workspace_listing_of_workspace();
CREATE CONSTRAINT TRIGGER workspaces_relisted AFTER UPDATE ON public.workspaces DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((((((((((((((old.owner_id IS DISTINCT FROM new.owner_id) OR (old.organization_id IS DISTINCT FROM new.organization_id)) OR (old.template_id IS DISTINCT FROM new.template_id)) OR (old.name IS DISTINCT FROM new.name)) OR (old.autostart_schedule IS DISTINCT FROM new.autostart_schedule)) OR (old.ttl_ms IS DISTINCT FROM new.ttl_ms)) OR (old.next_start_at IS DISTINCT FROM new.next_start_at)) OR (old.dormant_at IS DISTINCT FROM new.dormant_at)) OR (old.automatic_updates IS DISTINCT FROM new.automatic_updates)) OR (old.user_acl IS DISTINCT FROM new.user_acl)) OR (old.group_acl IS DISTINCT FROM new.group_acl)) OR (old.deleted IS DISTINCT FROM new.deleted)) OR (old.created_at IS DISTINCT FROM new.created_at)) OR (old.updated_at IS DISTINCT FROM new.updated_at))) EXECUTE FUNCTION public.workspace_listing_of_workspace();
ALTER TABLE ONLY public.agent_tunnels
    ADD CONSTRAINT agent_tunnels_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.agent_tunnels
    ADD CONSTRAINT agent_tunnels_replica_id_fkey FOREIGN KEY (replica_id) REFERENCES public.replicas(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_build_id_fkey FOREIGN KEY (build_id) REFERENCES public.workspace_builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.chat_messages
    ADD CONSTRAINT chat_messages_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.custom_roles
    ADD CONSTRAINT custom_roles_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.git_ssh_keys
    ADD CONSTRAINT git_ssh_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.groups(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.inbox_notifications
    ADD CONSTRAINT inbox_notifications_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.notification_templates(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.inbox_notifications
    ADD CONSTRAINT inbox_notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.login_conversions
    ADD CONSTRAINT login_conversions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.notification_events
    ADD CONSTRAINT notification_events_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.notification_templates(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.notification_messages
    ADD CONSTRAINT notification_messages_event_id_fkey FOREIGN KEY (event_id) REFERENCES public.notification_events(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.notification_messages
    ADD CONSTRAINT notification_messages_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.notification_preferences
    ADD CONSTRAINT notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.notification_user_settings
    ADD CONSTRAINT notification_user_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.organization_members
    ADD CONSTRAINT organization_members_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.organization_members
    ADD CONSTRAINT organization_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.prebuild_claims
    ADD CONSTRAINT prebuild_claims_claim_build_id_fkey FOREIGN KEY (claim_build_id) REFERENCES public.workspace_builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.prebuild_claims
    ADD CONSTRAINT prebuild_claims_claimant_id_fkey FOREIGN KEY (claimant_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.prebuild_claims
    ADD CONSTRAINT prebuild_claims_preset_id_fkey FOREIGN KEY (preset_id) REFERENCES public.template_version_presets(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.prebuild_claims
    ADD CONSTRAINT prebuild_claims_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.prebuild_pools
    ADD CONSTRAINT prebuild_pools_preset_id_fkey FOREIGN KEY (preset_id) REFERENCES public.template_version_presets(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.provisioner_daemons
    ADD CONSTRAINT provisioner_daemons_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.provisioner_job_logs
    ADD CONSTRAINT provisioner_job_logs_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.provisioner_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.provisioner_job_timings
    ADD CONSTRAINT provisioner_job_timings_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.provisioner_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.provisioner_jobs
    ADD CONSTRAINT provisioner_jobs_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.files(id);
ALTER TABLE ONLY public.provisioner_jobs
    ADD CONSTRAINT provisioner_jobs_initiator_id_fkey FOREIGN KEY (initiator_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.provisioner_jobs
    ADD CONSTRAINT provisioner_jobs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.provisioner_keys
    ADD CONSTRAINT provisioner_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_build_times
    ADD CONSTRAINT template_build_times_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.provisioner_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_build_times
    ADD CONSTRAINT template_build_times_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.templates(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_version_parameters
    ADD CONSTRAINT template_version_parameters_template_version_id_fkey FOREIGN KEY (template_version_id) REFERENCES public.template_versions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_version_preset_parameters
    ADD CONSTRAINT template_version_preset_parameters_preset_id_fkey FOREIGN KEY (preset_id) REFERENCES public.template_version_presets(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_version_preset_prebuild_schedules
    ADD CONSTRAINT template_version_preset_prebuild_schedules_preset_id_fkey FOREIGN KEY (preset_id) REFERENCES public.template_version_presets(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_version_presets
    ADD CONSTRAINT template_version_presets_template_version_id_fkey FOREIGN KEY (template_version_id) REFERENCES public.template_versions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_version_variables
    ADD CONSTRAINT template_version_variables_template_version_id_fkey FOREIGN KEY (template_version_id) REFERENCES public.template_versions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_versions
    ADD CONSTRAINT template_versions_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.template_versions
    ADD CONSTRAINT template_versions_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.provisioner_jobs(id);
ALTER TABLE ONLY public.template_versions
    ADD CONSTRAINT template_versions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.template_versions
    ADD CONSTRAINT template_versions_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.templates(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.user_links
    ADD CONSTRAINT user_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.user_settings
    ADD CONSTRAINT user_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_devcontainers
    ADD CONSTRAINT workspace_agent_devcontainers_workspace_agent_id_fkey FOREIGN KEY (workspace_agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_log_sources
    ADD CONSTRAINT workspace_agent_log_sources_workspace_agent_id_fkey FOREIGN KEY (workspace_agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_logs
    ADD CONSTRAINT workspace_agent_logs_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_memory_resource_monitors
    ADD CONSTRAINT workspace_agent_memory_resource_monitors_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_metadata
    ADD CONSTRAINT workspace_agent_metadata_workspace_agent_id_fkey FOREIGN KEY (workspace_agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_port_share
    ADD CONSTRAINT workspace_agent_port_share_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_script_timings
    ADD CONSTRAINT workspace_agent_script_timings_script_id_fkey FOREIGN KEY (script_id) REFERENCES public.workspace_agent_scripts(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_scripts
    ADD CONSTRAINT workspace_agent_scripts_workspace_agent_id_fkey FOREIGN KEY (workspace_agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agent_volume_resource_monitors
    ADD CONSTRAINT workspace_agent_volume_resource_monitors_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agents
    ADD CONSTRAINT workspace_agents_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_agents
    ADD CONSTRAINT workspace_agents_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES public.workspace_resources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_app_shares
    ADD CONSTRAINT workspace_app_shares_group_id_fkey FOREIGN KEY (group_id) REFERENCES public.groups(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_app_shares
    ADD CONSTRAINT workspace_app_shares_member FOREIGN KEY (organization_id, user_id) REFERENCES public.organization_members(organization_id, user_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_app_shares
    ADD CONSTRAINT workspace_app_shares_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_app_statuses
    ADD CONSTRAINT workspace_app_statuses_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_app_statuses
    ADD CONSTRAINT workspace_app_statuses_app_id_fkey FOREIGN KEY (app_id) REFERENCES public.workspace_apps(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_app_statuses
    ADD CONSTRAINT workspace_app_statuses_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_apps
    ADD CONSTRAINT workspace_apps_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.workspace_agents(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_build_parameters
    ADD CONSTRAINT workspace_build_parameters_workspace_build_id_fkey FOREIGN KEY (workspace_build_id) REFERENCES public.workspace_builds(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_initiator_id_fkey FOREIGN KEY (initiator_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.provisioner_jobs(id);
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_template_version_id_fkey FOREIGN KEY (template_version_id) REFERENCES public.template_versions(id);
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_template_version_preset_id_fkey FOREIGN KEY (template_version_preset_id) REFERENCES public.template_version_presets(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.workspace_builds
    ADD CONSTRAINT workspace_builds_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_favorites
    ADD CONSTRAINT workspace_favorites_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_favorites
    ADD CONSTRAINT workspace_favorites_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_listings
    ADD CONSTRAINT workspace_listings_id_fkey FOREIGN KEY (id) REFERENCES public.workspaces(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_proxy_replicas
    ADD CONSTRAINT workspace_proxy_replicas_proxy_id_fkey FOREIGN KEY (proxy_id) REFERENCES public.workspace_proxies(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_resource_metadata
    ADD CONSTRAINT workspace_resource_metadata_workspace_resource_id_fkey FOREIGN KEY (workspace_resource_id) REFERENCES public.workspace_resources(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspace_resources
    ADD CONSTRAINT workspace_resources_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.provisioner_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_autostart_set_by_fkey FOREIGN KEY (autostart_set_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_template_id_fkey FOREIGN KEY (template_id) REFERENCES public.templates(id);
