-- owns: notification_templates, inbox_notifications, notification_preferences, notification_user_settings, notification_report_generator_logs
-- kept: notification_templates: one a kind
-- kept: inbox_notifications: ninety days; of a person's read ones the newest thousand (outbox.purge_inbox)
-- about: inbox_notifications: inbox_notification
-- kept: notification_preferences, notification_user_settings: as long as their person
-- kept: notification_report_generator_logs: one a report
-- writes: site_settings because events are written as the settings say how they can be delivered

-- The kinds ---------------------------------------------------------------------------------------------------------------

-- What administrators chose, the method, stays.
-- name: write_kinds :exec
-- authz: duty notifier
insert into notification_templates (id, name, title_template, body_template, actions, "group", kind, enabled_by_default)
select * from unnest(@ids::uuid[], @names::text[], @titles::text[], @bodies::text[], @actions::jsonb[], @groups::text[], @kinds::text[], @ons::bool[])
on conflict (id) do update set name = excluded.name, title_template = excluded.title_template, body_template = excluded.body_template,
    actions = excluded.actions, "group" = excluded."group", kind = excluded.kind, enabled_by_default = excluded.enabled_by_default;

-- One server at a time writes what all of them write.
-- name: lock_kinds :one
-- authz: duty notifier
select true as "locked!" from pg_advisory_xact_lock(hashtext('notifications.kinds'));

-- name: write_delivery :exec
-- authz: duty notifier
insert into site_settings (key, value) values ('notifications_delivery', @value) on conflict (key) do update set value = excluded.value;
