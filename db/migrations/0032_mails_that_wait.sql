-- Mails that are not urgent wait for whoever wants them gathered or not by night, and for whoever would get too many of them.

-- When a person's quiet hours begin, as a schedule of one minute and one hour; empty: as the deployment has it.
alter table users add column quiet_hours_schedule text not null default '';

alter table notification_events add column urgent boolean not null default true;  -- as what an older release writes, which holds nothing
alter table notification_messages add column flooded boolean not null default false;  -- waits because there were too many

create index notification_messages_now on notification_messages (created_at)
    where status in ('pending', 'temporary_failure', 'leased') and hold_until is null;
create index notification_messages_held on notification_messages (hold_until, created_at, id)
    where status in ('pending', 'temporary_failure', 'leased') and hold_until is not null;

-- Whether a message that is not at its end may be taken up.
create function message_is_due(status text, hold_until timestamptz, leased_until timestamptz, next_retry_after timestamptz) returns boolean
language sql stable as $$
    select case status when 'pending' then coalesce(hold_until <= now(), true) when 'leased' then leased_until < now()
                       else coalesce(next_retry_after <= now(), true) end
$$;

-- When the quiet hours that `at` is in end; null: it is in none. They begin at midnight in UTC unless the schedule says when, and last eight hours,
-- however clocks are changed meanwhile.
create function end_of_quiet_hours(schedule text, at timestamptz) returns timestamptz language plpgsql stable as $$
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
end $$;

-- Until when a mail of this moment waits, as its person has chosen; null: not at all. `quiet` is the schedule of their quiet hours, null when those do
-- not matter. A zone that this database does not know holds nothing.
create function mail_hold(digest text, digest_hour integer, zone text, quiet text, at timestamptz) returns timestamptz language plpgsql stable as $$
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

-- Each person whom an event tells is looked up by itself: how many there are nobody can foresee.
create or replace function people_of_notification(event jsonb) returns table (id uuid, username text, email text) language sql stable as $$
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

-- One event: its row, what goes to inboxes, what leaves the house, and the news of both. Mails that are not urgent wait as their people want; beyond
-- sixty to one person within an hour they wait for the next full hour, together with those that have not left yet.
create or replace function write_notification(event jsonb) returns void language plpgsql as $$
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
