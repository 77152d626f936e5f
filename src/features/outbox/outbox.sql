-- owns: notification_events, notification_messages
-- kept: notification_events: seven days, and as long as a message of theirs (purge_events)
-- about: notification_events: notification_message
-- about: notification_messages: notification_message
-- kept: notification_messages: seven days after they ended; those that could not be delivered thirty (purge_messages, purge_undelivered)
-- writes: inbox_notifications because what nobody reads any more goes as messages do

-- define: due
m.status in ('pending', 'temporary_failure', 'leased') and message_is_due(m.status, m.hold_until, m.leased_until, m.next_retry_after)

-- define: running
not coalesce((select (s.value::jsonb ->> 'notifier_paused')::boolean from site_settings s where s.key = 'notifications_settings'), false)

-- What is due, oldest first, for one server at a time. Nothing while notifications are paused, nor while nobody can read whether they are.
-- An attempt is counted when it begins, so that what ends a server is not tried for ever.
-- What was held leaves with all else that its person waits for: whoever gets a person's first such mail gets up to five hundred of them.
-- name: lease :many
-- authz: duty notifier
with firsts as (
    select m.id, m.user_id from notification_messages m
    where {running} and m.hold_until <= now() and {due}
      and m.id in (
        select distinct on (w.user_id) w.id
        from (select m.id, m.user_id, m.hold_until, m.created_at from notification_messages m
              where m.hold_until <= now() and {due} order by m.hold_until, m.created_at, m.id limit 2000) as w
        order by w.user_id, w.hold_until, w.created_at, w.id)
    order by m.hold_until limit @most::int4
    for update skip locked
), others as (
    select o.id from firsts f cross join lateral (
        select m.id from notification_messages m where m.user_id = f.user_id and m.id <> f.id and m.hold_until <= now() and {due}
        order by m.created_at limit 499
        for update skip locked) o
), single as (
    select m.id from notification_messages m
    where {running} and m.hold_until is null and {due}
    order by m.created_at limit greatest(0, @most::int4 - (select count(*) from firsts))
    for update skip locked
), taken as (
    select id from firsts union all select id from others union all select id from single
), leased as (
    update notification_messages m
    set status = 'leased', leased_until = now() + make_interval(secs => @lease_seconds::float8), notifier_id = @notifier_id,
        attempt_count = m.attempt_count + 1, queued_seconds = greatest(0, extract(epoch from now() - greatest(m.updated_at, m.hold_until)))::float8, updated_at = now()
    where m.id = any (array(select t.id from taken t))
    returning m.id, m.event_id, m.notification_template_id, m.user_id, m.method, m.attempt_count, m.queued_seconds, m.created_at, m.hold_until, m.flooded
)
select l.id as "message_id!", l.notification_template_id as "kind_id!", l.method as "method!", l.attempt_count as "attempt!",
    coalesce(l.queued_seconds, 0) as "queued_seconds!", l.created_at < now() - interval '7 days' as "expired!", l.hold_until as "held?", l.flooded as "flooded!",
    e.labels, e.data, e.targets,
    u.id as user_id, u.username, u.name, u.email,
    not (u.deleted or u.is_system or u.is_service_account or (u.status = 'suspended' and not t.id = @even_suspended::uuid)) as "active!",
    not coalesce(p.disabled, not t.enabled_by_default) as "wanted!",
    coalesce((select s.value from site_settings s where s.key = 'appearance.application_name'), '') as "app_name!",
    coalesce((select s.value from site_settings s where s.key = 'appearance.logo_url'), '') as "logo_url!"
from leased l
join notification_events e on e.id = l.event_id
join notification_templates t on t.id = l.notification_template_id
join users u on u.id = l.user_id
left join notification_preferences p on p.user_id = l.user_id and p.notification_template_id = l.notification_template_id
order by l.created_at, l.id;

-- What was delivered stays delivered, also when somebody else has it by now: it is not sent again.
-- name: settle_sent :count
-- authz: duty notifier
update notification_messages set status = 'sent', status_reason = null, leased_until = null, next_retry_after = null, updated_at = now()
where id = any(@ids::uuid[]) and status <> 'sent';

-- All other outcomes; a delay is that until the next attempt. Only what is still ours.
-- name: settle :count
-- authz: duty notifier
update notification_messages m
set status = x.status, status_reason = x.reason, leased_until = null, updated_at = now(),
    next_retry_after = case x.status when 'temporary_failure' then now() + make_interval(secs => x.delay) end
from unnest(@ids::uuid[], @statuses::text[], @reasons::text[], @delays::float8[]) as x (id, status, reason, delay)
where m.id = x.id and m.status = 'leased' and m.notifier_id = @notifier_id;

-- What was not begun, with its attempt.
-- name: give_back :count
-- authz: duty notifier
update notification_messages
set status = case when attempt_count > 1 then 'temporary_failure' else 'pending' end, attempt_count = attempt_count - 1, leased_until = null,
    notifier_id = null, next_retry_after = case when attempt_count > 1 then now() end, updated_at = now()
where id = any(@ids::uuid[]) and status = 'leased' and notifier_id = @notifier_id;

-- What is too old ---------------------------------------------------------------------------------------------------------

-- name: purge_messages :count
-- authz: duty db_purge
delete from notification_messages where id in (
    select m.id from notification_messages m where m.status in ('sent', 'inhibited', 'unknown') and m.updated_at < @before::timestamptz
    order by m.updated_at limit @most::int4);

-- name: purge_undelivered :count
-- authz: duty db_purge
delete from notification_messages where id in (
    (select m.id from notification_messages m where m.status = 'permanent_failure' and m.updated_at < @before::timestamptz
     order by m.updated_at limit @most::int4)
    union all
    (select m.id from notification_messages m where m.status in ('pending', 'temporary_failure', 'leased') and m.created_at < @before::timestamptz
     order by m.created_at limit @most::int4));

-- name: purge_events :count
-- authz: duty db_purge
delete from notification_events where id in (
    select e.id from notification_events e where e.created_at < @before::timestamptz
    and not exists (select 1 from notification_messages m where m.event_id = e.id) order by e.created_at limit @most::int4);

-- name: purge_inbox :count
-- authz: duty db_purge
delete from inbox_notifications where id in (
    select i.id from inbox_notifications i where i.created_at < @before::timestamptz order by i.created_at limit @most::int4);

-- Beyond a person's newest thousand, of those that had time to be read.
-- name: purge_read :count
-- authz: duty db_purge
delete from inbox_notifications where id in (
    select i.id
    from (select n.user_id from inbox_notifications n group by n.user_id having count(*) > 1000) as many
    cross join lateral (
        select r.id from inbox_notifications r where r.user_id = many.user_id and r.read_at is not null and r.created_at < @before::timestamptz
        order by r.created_at desc, r.id desc offset 1000) i
    limit @most::int4);
