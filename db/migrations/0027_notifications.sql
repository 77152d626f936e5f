-- What people are told: the kinds, the outbox of messages that leave by mail or webhook, the inbox, and what each person wants of it.

-- Written from the code at each start; `method` alone belongs to administrators.
create table notification_templates (
    id                 uuid primary key,
    name               text not null unique,
    title_template     text not null,
    body_template      text not null,
    actions            jsonb not null default '[]',
    "group"            text not null,
    method             text check (method in ('smtp', 'webhook', 'inbox')),
    kind               text not null default 'system' check (kind in ('system', 'custom')),
    enabled_by_default boolean not null default true
);

-- One row an event, however many people are told.
create table notification_events (
    id              uuid primary key,
    template_id     uuid not null references notification_templates (id) on delete cascade,
    organization_id uuid,
    labels          jsonb not null default '{}',
    data            jsonb,
    targets         uuid[] not null default '{}',
    created_by      text not null default '',
    created_at      timestamptz not null,
    event_key       text not null
);
create index notification_events_created on notification_events (created_at);

create table notification_messages (
    id                       uuid primary key,
    event_id                 uuid not null references notification_events (id) on delete cascade,
    notification_template_id uuid not null,  -- its event's
    user_id                  uuid not null references users (id) on delete cascade,
    method                   text not null check (method in ('smtp', 'webhook')),
    status                   text not null default 'pending'
        check (status in ('pending', 'leased', 'sent', 'temporary_failure', 'permanent_failure', 'inhibited', 'unknown')),
    status_reason            text,
    attempt_count            integer not null default 0,
    created_at               timestamptz not null,
    updated_at               timestamptz not null,
    leased_until             timestamptz,
    notifier_id              uuid,
    next_retry_after         timestamptz,
    hold_until               timestamptz,
    queued_seconds           double precision,
    dedupe_hash              text not null unique
);
create index notification_messages_open on notification_messages (created_at) where status in ('pending', 'temporary_failure', 'leased');
create index notification_messages_ended on notification_messages (updated_at) where status in ('sent', 'permanent_failure', 'inhibited', 'unknown');
create index notification_messages_event on notification_messages (event_id);
create index notification_messages_user on notification_messages (user_id, updated_at);

-- Of a kind that nobody seeded a preference is kept as well, so there is no reference.
create table notification_preferences (
    user_id                  uuid not null references users (id) on delete cascade,
    notification_template_id uuid not null,
    disabled                 boolean not null,
    created_at               timestamptz not null,
    updated_at               timestamptz not null,
    primary key (user_id, notification_template_id)
);

create table notification_user_settings (
    user_id          uuid primary key references users (id) on delete cascade,
    digest           text not null default 'off' check (digest in ('off', 'hourly', 'daily')),
    digest_hour      integer not null default 9 check (digest_hour between 0 and 23),
    timezone         text not null default 'UTC',
    hold_quiet_hours boolean not null default false
);

-- Title and content are Markdown in which every value is escaped. The addresses of actions begin with "/", below the access URL.
create table inbox_notifications (
    id          uuid primary key,
    user_id     uuid not null references users (id) on delete cascade,
    template_id uuid not null references notification_templates (id) on delete cascade,
    targets     uuid[] not null default '{}',
    title       text not null,
    content     text not null,
    icon        text not null default '',
    actions     jsonb not null default '[]',
    read_at     timestamptz,
    created_at  timestamptz not null,
    dedupe_hash text not null,
    unique (user_id, dedupe_hash)
);
create index inbox_notifications_user on inbox_notifications (user_id, created_at desc, id desc);
create index inbox_notifications_unread on inbox_notifications (user_id) where read_at is null;
create index inbox_notifications_created on inbox_notifications (created_at);

create table notification_report_generator_logs (
    notification_template_id uuid primary key,
    last_generated_at        timestamptz not null
);

-- Who is told nothing any more keeps nothing of it.
create function forget_notifications_of_user() returns trigger language plpgsql as $$
begin
    delete from notification_messages where user_id = new.id;
    delete from inbox_notifications where user_id = new.id;
    delete from notification_preferences where user_id = new.id;
    delete from notification_user_settings where user_id = new.id;
    return null;
end $$;
create trigger users_deleted_are_told_nothing after update of deleted on users
for each row when (new.deleted and not old.deleted) execute function forget_notifications_of_user();

-- The people whom an event tells: those that are named and those that its rules find, but for the one it leaves out and whoever is not to be told
-- of this kind.
create function people_of_notification(event jsonb) returns table (id uuid, username text, email text) language sql stable as $$
    with found as (
        select value::uuid as id from jsonb_array_elements_text(event -> 'users')
        union
        select m.user_id from organization_members m join organizations o on o.id = m.organization_id join users x on x.id = m.user_id
        where (event ->> 'template_admins')::boolean and m.organization_id = (event ->> 'organization')::uuid
          and ('template-admin' = any (x.rbac_roles) or 'organization-template-admin' = any (m.roles || o.default_org_member_roles))
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
    join users u on u.id = f.id
    join notification_templates t on t.id = (event ->> 'template')::uuid
    left join notification_preferences p on p.user_id = u.id and p.notification_template_id = t.id
    where not u.deleted and not u.is_system and not u.is_service_account
      and (u.status <> 'suspended' or (event ->> 'even_suspended')::boolean)
      and u.id is distinct from (event ->> 'except')::uuid
      and not coalesce(p.disabled, not t.enabled_by_default)
$$;

create function notification_hash(template uuid, recipient uuid, way text, event_key text) returns text language sql immutable as $$
    select encode(sha256(convert_to(template::text || '/' || recipient::text || '/' || way || '/' || event_key, 'UTF8')), 'hex')
$$;

-- For the path of an address: a name as people have it, or each of its bytes.
create function notification_path(name text) returns text language sql immutable as $$
    select case when name ~ '^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$' then name
                else upper(regexp_replace(encode(convert_to(name, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) end
$$;

-- One event: its row, what goes to inboxes, what leaves the house, and the news of both.
create function write_notification(event jsonb) returns void language plpgsql as $$
declare
    inbox_lines text[];
    leaving bigint;
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
        insert into notification_messages (id, event_id, notification_template_id, user_id, method, created_at, updated_at, dedupe_hash)
        select gen_random_uuid(), (event ->> 'id')::uuid, k.id, p.id, k.method, clock_timestamp(), clock_timestamp(),
               notification_hash(k.id, p.id, k.method, event ->> 'key')
        from people p cross join kind k where k.leaves and k.method <> 'inbox' and (k.method <> 'smtp' or p.email <> '')
        on conflict do nothing
        returning user_id
    ), written as (
        insert into notification_events (id, template_id, organization_id, labels, data, targets, created_by, created_at, event_key)
        select (event ->> 'id')::uuid, k.id, (event ->> 'organization')::uuid, event -> 'labels', nullif(event -> 'data', 'null'::jsonb),
               array(select value::uuid from jsonb_array_elements_text(event -> 'targets')), event ->> 'created_by', clock_timestamp(), event ->> 'key'
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

-- What went wrong with which kind; empty: nothing. What one of them does wrong undoes that one alone, and never what it tells of: so also when it
-- is no JSON that this database takes.
create function write_notifications(events text[]) returns text language plpgsql as $$
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
