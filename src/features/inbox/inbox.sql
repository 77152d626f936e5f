-- owns:
-- writes: inbox_notifications because whoever a line is for marks it as read
-- writes: notification_preferences because people choose what reaches them
-- writes: notification_templates because which way a kind goes out is for administrators to say
-- writes: notification_user_settings because people say when their mails may come
-- writes: notification_messages because what was not delivered is tried again or given up by hand, and mails wait as their people want
-- writes: site_settings because the pause switch is one of them

-- define: line
    i.id as "id?", i.user_id as "user_id?", i.template_id as "template_id?", i.targets as "targets?", i.title as "title?", i.content as "content?",
    i.icon as "icon?", i.actions as "actions?", i.read_at as "read_at?", i.created_at as "created_at?", t."group" as "group?"

-- define: unread
(select count(*) from inbox_notifications u where u.user_id = @permit.owner and u.read_at is null) as "unread!"

-- One row at least: an empty page tells of what is unread, too.
-- name: page :many
-- authz: permit read inbox_notification
-- row: Line
select
{line},
    {unread}
from (select 1) one
left join lateral (
    select * from inbox_notifications n
    where n.user_id = @permit.owner
      and n.targets @> @targets::uuid[]
      and (cardinality(@templates::uuid[]) = 0 or n.template_id = any (@templates::uuid[]))
      and (@is_read?::bool is null or (n.read_at is not null) = @is_read?::bool)
      and (@before?::uuid is null or (n.created_at, n.id) <
           (coalesce((select b.created_at from inbox_notifications b where b.id = @before?::uuid and b.user_id = @permit.owner), 'infinity'), @before?::uuid))
    order by n.created_at desc, n.id desc
    limit @most::int4) i on true
left join notification_templates t on t.id = i.template_id
order by i.created_at desc, i.id desc;

-- Who says again that it is read keeps the time of the first.
-- name: mark :opt
-- authz: permit update inbox_notification
-- row: Line
with i as (
    update inbox_notifications n set read_at = case when @is_read::bool then coalesce(n.read_at, @now::timestamptz) end
    where n.id = @id::uuid and n.user_id = @permit.owner
    returning n.*)
select
{line},
    (select count(*) from inbox_notifications u where u.user_id = @permit.owner and u.read_at is null and u.id <> @id::uuid)
        + case when @is_read::bool then 0 else 1 end as "unread!"
from i left join notification_templates t on t.id = i.template_id;

-- name: mark_all :count
-- authz: permit update inbox_notification
update inbox_notifications set read_at = @now where user_id = @permit.owner and read_at is null;

-- What has just been written, for whoever watches, with how much each of them has not read.
-- name: fresh :many
-- authz: duty notifier
-- row: Line
select
{line},
    (select count(*) from inbox_notifications u where u.user_id = i.user_id and u.read_at is null) as "unread!"
from inbox_notifications i left join notification_templates t on t.id = i.template_id
where i.id = any (@ids::uuid[])
order by i.created_at, i.id;

-- name: preferences :many
-- authz: permit read notification_preference
-- row: Preference
select p.notification_template_id, p.disabled, p.updated_at
from notification_preferences p where p.user_id = @permit.owner
order by p.notification_template_id;

-- name: set_preferences :count
-- authz: permit update notification_preference
insert into notification_preferences (user_id, notification_template_id, disabled, created_at, updated_at)
select @permit.owner, k.id, k.id = any (@disabled::uuid[]), @now, @now from unnest(@kinds::uuid[]) as k (id)
on conflict (user_id, notification_template_id) do update set disabled = excluded.disabled, updated_at = excluded.updated_at;

-- name: user_settings :opt
-- authz: permit read notification_preference
-- row: UserSettings
select s.digest, s.digest_hour, s.timezone, s.hold_quiet_hours from notification_user_settings s where s.user_id = @permit.owner;

-- name: set_user_settings :exec
-- authz: permit update notification_preference
insert into notification_user_settings (user_id, digest, digest_hour, timezone, hold_quiet_hours)
values (@permit.owner, @digest, @digest_hour, @timezone, @hold_quiet_hours)
on conflict (user_id) do update set
    digest = excluded.digest, digest_hour = excluded.digest_hour, timezone = excluded.timezone, hold_quiet_hours = excluded.hold_quiet_hours;

-- What waits already waits from now on as they want it; what came in too great a number stays together.
-- name: wait_anew :count
-- authz: permit update notification_preference
update notification_messages m
set hold_until = mail_hold(@digest, @digest_hour, @timezone,
    case when @hold_quiet_hours then (select u.quiet_hours_schedule from users u where u.id = @permit.owner) end, now())
where m.user_id = @permit.owner and m.status = 'pending' and m.hold_until > now() and not m.flooded;

-- name: kinds :many
-- authz: open because everybody chooses among the kinds, and their texts say nothing of what happened
-- row: Kind
select t.id, t.name, t.title_template, t.body_template, t.actions, t."group", t.method, t.kind, t.enabled_by_default
from notification_templates t where t.kind = @kind order by t.name collate "C";

-- name: lock_kind :opt
-- authz: permit update notification_template
select t.id, t.name, t.method from notification_templates t where t.id = @permit.id for no key update;

-- name: set_method :change
-- authz: permit update notification_template
update notification_templates set method = @method where id = @permit.id;

-- name: pause :opt
-- authz: open because everybody is told whether their mails wait
select s.value from site_settings s where s.key = 'notifications_settings';

-- name: lock_pause :opt
-- authz: permit update deployment_config
select s.value from site_settings s where s.key = 'notifications_settings' for update;

-- name: set_pause :exec
-- authz: permit update deployment_config
insert into site_settings (key, value) values ('notifications_settings', @value)
on conflict (key) do update set value = excluded.value;

-- name: messages :many
-- authz: permit read deployment_config
-- row: Message
select m.id, m.notification_template_id, t.name as "name?", m.user_id, p.username, m.method, m.status, m.status_reason, m.attempt_count,
    m.created_at, m.updated_at, m.next_retry_after
from notification_messages m join users p on p.id = m.user_id left join notification_templates t on t.id = m.notification_template_id
where (m.status in ('sent', 'permanent_failure', 'inhibited', 'unknown') or m.status in ('pending', 'temporary_failure', 'leased'))
  and m.status = any (@statuses::text[]) and (@user_id?::uuid is null or m.user_id = @user_id?::uuid)
order by m.updated_at desc, m.id
limit @most::int4;

-- name: lock_message :opt
-- authz: permit update deployment_config
select m.status, m.notification_template_id, t.name as "name?"
from notification_messages m left join notification_templates t on t.id = m.notification_template_id
where m.id = @id::uuid for no key update of m;

-- From the first attempt, and as new if it is so old that it would not be sent any more.
-- name: try_again :count
-- authz: permit update deployment_config
update notification_messages
set status = 'pending', status_reason = null, attempt_count = 0, next_retry_after = null, hold_until = null, updated_at = now(),
    created_at = case when created_at < now() - interval '7 days' then now() else created_at end
where id = @id::uuid and status not in ('leased', 'sent');

-- name: drop_message :count
-- authz: permit update deployment_config
delete from notification_messages where id = @id::uuid and status not in ('leased', 'sent');

-- How often somebody has sent something to themselves lately.
-- name: sent_by_hand :one
-- authz: permit create notification_message
select count(*) as "count!" from notification_events e
where e.template_id = @kind::uuid and e.created_by = @permit.owner::uuid::text and e.created_at > now() - interval '1 hour';
