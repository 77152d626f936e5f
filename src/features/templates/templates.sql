-- owns: templates, template_build_times, template_versions, template_version_parameters, template_version_variables, template_version_presets, template_version_preset_parameters, template_version_preset_prebuild_schedules
-- kept: templates, template_versions: for ever
-- kept: template_build_times: as long as their template
-- kept: template_version_parameters, template_version_variables, template_version_presets, template_version_preset_parameters, template_version_preset_prebuild_schedules: as long as their version
-- writes: workspaces because their schedules follow their template's settings
-- about: templates: template
-- about: template_versions, template_version_parameters, template_version_variables, template_version_presets, template_version_preset_parameters: template update
-- conflict: templates_name (name): A template with this name already exists.
-- conflict: template_versions_name (name): A template version with this name already exists for this template.

-- define: template_columns
    t.id, t.organization_id, t.name, t.display_name, t.description, t.icon, t.provisioner, t.active_version_id, t.created_by,
    t.default_ttl_ms, t.activity_bump_ms, t.time_til_autostop_notify_ms, t.autostop_requirement_days_of_week, t.autostop_requirement_weeks,
    t.autostart_block_days_of_week, t.allow_user_autostart, t.allow_user_autostop, t.allow_user_cancel_workspace_jobs,
    t.failure_ttl_ms, t.time_til_dormant_ms, t.time_til_dormant_autodelete_ms, t.require_active_version, t.deprecated,
    t.max_port_sharing_level, t.cors_behavior, t.use_classic_parameter_flow, t.disable_module_cache, t.user_acl, t.group_acl,
    t.deleted, t.created_at, t.updated_at,
    o.name as organization_name, o.display_name as organization_display_name, o.icon as organization_icon,
    u.username as created_by_name

-- name: by_id :opt
-- authz: row read template
-- row: Template
select
{template_columns}
from templates t join organizations o on o.id = t.organization_id join users u on u.id = t.created_by
where t.id = @id and not t.deleted;

-- Settings that were not asked about are written back, and some of them are limits: as they are now, not as they were read before.
-- name: lock :opt
-- authz: row lock template
-- row: Template
select
{template_columns}
from templates t join organizations o on o.id = t.organization_id join users u on u.id = t.created_by
where t.id = @id and not t.deleted for no key update of t;

-- name: by_name :opt
-- authz: row read template
-- row: Template
select
{template_columns}
from templates t join organizations o on o.id = t.organization_id join users u on u.id = t.created_by
where t.organization_id = @organization_id and lower(t.name) = lower(@name) and not t.deleted;

-- name: list :many
-- authz: list read template t
-- row: Template
select
{template_columns}
from templates t join organizations o on o.id = t.organization_id join users u on u.id = t.created_by
where @visible and not t.deleted
  and (@organization_id?::uuid is null or t.organization_id = @organization_id?::uuid)
  and (@fuzzy?::text is null or t.name ilike @fuzzy?::text or t.display_name ilike @fuzzy?::text)
  and (@exact_name?::text is null or lower(t.name) = lower(@exact_name?::text))
  and (cardinality(@template_ids::uuid[]) = 0 or t.id = any (@template_ids::uuid[]))
  and (@created_by?::uuid is null or t.created_by = @created_by?::uuid)
  and (@deprecated?::bool is null or (t.deprecated <> '') = @deprecated?::bool)
order by lower(t.name), t.id;

-- What only an answer that shows a template tells: how many own a workspace of it, and what its last builds took in milliseconds (the
-- median and the 95th percentile of deletes, starts and stops; -1 where nothing is known). No decision needs it.
-- name: statistics :many
-- authz: list read template t
-- row: Statistics
select t.id,
    (select count(distinct w.owner_id) from workspaces w where w.template_id = t.id and not w.deleted) as "active_users!",
    coalesce((select array_agg(coalesce(q.value, -1)::int8 order by s.transition, q.position) from (
        select x.transition, percentile_cont(array[0.5, 0.95]) within group (order by b.took_ms) as quantiles
        from (values ('delete'), ('start'), ('stop')) as x (transition)
        left join template_build_times b on b.template_id = t.id and b.transition = x.transition
        group by x.transition) as s,
        unnest(coalesce(s.quantiles, '{-1,-1}')) with ordinality as q (value, position)), '{-1,-1,-1,-1,-1,-1}') as "build_times!"
from templates t
where @visible and t.id = any (@template_ids::uuid[]);

-- What a build took is kept for as long as it is one of the last hundred of its kind.
-- name: note_build_time :exec
-- authz: duty provisioner_daemon
with noted as (
    insert into template_build_times (job_id, template_id, transition, ended_at, took_ms)
    select j.id, w.template_id, b.transition, @now::timestamptz, extract(epoch from @now::timestamptz - j.started_at) * 1000
    from workspace_builds b join workspaces w on w.id = b.workspace_id join provisioner_jobs j on j.id = b.job_id
    where b.id = @build_id and j.started_at is not null
    on conflict do nothing
    returning template_id, transition)
delete from template_build_times o using noted n
where o.template_id = n.template_id and o.transition = n.transition and o.ended_at < (
    select k.ended_at from template_build_times k where k.template_id = n.template_id and k.transition = n.transition
    order by k.ended_at desc offset 98 limit 1);

-- name: insert :exec
-- authz: permit create template
insert into templates (id, organization_id, name, display_name, description, icon, provisioner, active_version_id, created_by,
    default_ttl_ms, activity_bump_ms, time_til_autostop_notify_ms, autostop_requirement_days_of_week, autostop_requirement_weeks, autostart_block_days_of_week,
    allow_user_autostart, allow_user_autostop, allow_user_cancel_workspace_jobs, failure_ttl_ms, time_til_dormant_ms, time_til_dormant_autodelete_ms, require_active_version, max_port_sharing_level, cors_behavior,
    use_classic_parameter_flow, group_acl, created_at, updated_at)
values (@permit.id, @permit.organization, @name, @display_name, @description, @icon, @provisioner, @active_version_id, @created_by,
    @default_ttl_ms, @activity_bump_ms, @time_til_autostop_notify_ms, @autostop_days, @autostop_weeks, @autostart_blocked_days, @allow_user_autostart,
    @allow_user_autostop, @allow_user_cancel_workspace_jobs, @failure_ttl_ms, @time_til_dormant_ms, @time_til_dormant_autodelete_ms, @require_active_version, @max_port_sharing_level, @cors_behavior,
    @use_classic_parameter_flow, @group_acl, @now, @now);

-- name: adopt_version :count
-- authz: permit create template
update template_versions set template_id = @permit.id, updated_at = @now
where id = @version_id and organization_id = @permit.organization and template_id is null;

-- name: update_meta :change
-- authz: locked permit update template
update templates set name = @name, display_name = @display_name, description = @description, icon = @icon,
    default_ttl_ms = @default_ttl_ms, activity_bump_ms = @activity_bump_ms, time_til_autostop_notify_ms = @time_til_autostop_notify_ms, autostop_requirement_days_of_week = @autostop_days,
    autostop_requirement_weeks = @autostop_weeks, autostart_block_days_of_week = @autostart_blocked_days,
    group_acl = case when @everyone?::bool is null then group_acl
        when @everyone?::bool then jsonb_build_object(organization_id::text, '["read","use"]'::jsonb) || group_acl
        else group_acl - organization_id::text end,
    allow_user_autostart = @allow_user_autostart,
    allow_user_autostop = @allow_user_autostop, allow_user_cancel_workspace_jobs = @allow_user_cancel_workspace_jobs,
    failure_ttl_ms = @failure_ttl_ms, time_til_dormant_ms = @time_til_dormant_ms,
    time_til_dormant_autodelete_ms = @time_til_dormant_autodelete_ms, require_active_version = @require_active_version,
    deprecated = @deprecated, max_port_sharing_level = @max_port_sharing_level, cors_behavior = @cors_behavior,
    use_classic_parameter_flow = @use_classic_parameter_flow, disable_module_cache = @disable_module_cache, updated_at = @now
where id = @permit.id and not deleted;

-- The scheduler looks at each anew; unused and dormant ones may be given all their time again. The answer is the dormant ones, whose
-- deletion may have another time now.
-- name: workspaces_follow :many
-- authz: permit update template
-- row: Dormant
with followed as (
    update workspaces set due_at = @now,
        last_used_at = case when @used::bool then @now::timestamptz else last_used_at end,
        dormant_at = case when @dormant::bool and dormant_at is not null then @now::timestamptz else dormant_at end
    where template_id = @permit.id and not deleted
    returning id, owner_id, name, dormant_at)
select id, owner_id, name, dormant_at as "dormant_at!" from followed where dormant_at is not null order by id;

-- Under the lock: what is being made of a template holds it for share, so this counts it or it is never made. Its pools go by themselves.
-- name: count_workspaces :one
-- authz: locked permit delete template
select count(*) as "count!" from workspaces
where template_id = @permit.id and not deleted and owner_id <> 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid;

-- name: delete_template :change
-- authz: locked permit delete template
update templates set deleted = true, updated_at = @now where id = @permit.id and not deleted;

-- name: promote :change
-- authz: permit update template
update templates set active_version_id = @version_id, updated_at = @now where id = @permit.id and not deleted;

-- define: version_columns
    v.id, v.template_id, v.organization_id, v.name, v.message, v.readme, v.job_id, v.created_by, v.archived, v.external_auth,
    v.has_external_agent, v.workspace_tags, v.claim_replacements, v.created_at, v.updated_at, u.username as created_by_name, u.avatar_url as created_by_avatar, u.name as created_by_full_name,
    t.user_acl as "user_acl?", t.group_acl as "group_acl?", t.active_version_id as "active_version_id?"

-- name: version_by_id :opt
-- authz: row read template
-- row: Version
select
{version_columns}
from template_versions v join users u on u.id = v.created_by left join templates t on t.id = v.template_id
where v.id = @version_id;

-- name: version_by_name :opt
-- authz: row read template
-- row: Version
select
{version_columns}
from template_versions v join users u on u.id = v.created_by left join templates t on t.id = v.template_id
where v.template_id = @template_id and lower(v.name) = lower(@name);

-- name: previous_version :opt
-- authz: row read template
-- row: Version
select
{version_columns}
from template_versions v join users u on u.id = v.created_by left join templates t on t.id = v.template_id
where v.template_id = @template_id and v.created_at < @before
order by v.created_at desc limit 1;

-- name: versions :many
-- authz: permit read template
-- row: Version
select
{version_columns}
from template_versions v join users u on u.id = v.created_by left join templates t on t.id = v.template_id
where v.template_id = @permit.id and (@include_archived::bool or not v.archived)
  and (@after_id?::uuid is null or (v.created_at, v.id) > (select a.created_at, a.id from template_versions a where a.id = @after_id?::uuid))
order by v.created_at, v.id limit nullif(@most::int4, 0) offset @skip::int4;

-- name: insert_version :exec
-- authz: permit update template
insert into template_versions (id, template_id, organization_id, name, message, job_id, created_by, source_example_id, workspace_tags, created_at,
    updated_at)
values (@version_id, @permit.id, @permit.organization, @name, @message, @job_id, @created_by, @source_example_id, @workspace_tags, @now, @now);

-- A version without a template yet: its organization's right to create templates.
-- name: insert_loose_version :exec
-- authz: permit create template
insert into template_versions (id, organization_id, name, message, job_id, created_by, source_example_id, workspace_tags, created_at, updated_at)
values (@permit.id, @permit.organization, @name, @message, @job_id, @created_by, @source_example_id, @workspace_tags, @now, @now);

-- name: rename_version :change
-- authz: permit update template
update template_versions set name = @name, message = @message, updated_at = @now
where id = @version_id and (template_id = @permit.id or (template_id is null and organization_id = @permit.organization));

-- name: set_archived :change
-- authz: permit update template
update template_versions set archived = @archived, updated_at = @now where id = @version_id and template_id = @permit.id;

-- name: archive_unused :many
-- authz: permit update template
update template_versions v set archived = true, updated_at = @now
where v.template_id = @permit.id and not v.archived
  and v.id <> (select t.active_version_id from templates t where t.id = @permit.id)
  and not exists (select 1 from workspaces w join workspace_builds b on b.workspace_id = w.id
                  where not w.deleted and b.template_version_id = v.id
                    and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id))
  and exists (select 1 from provisioner_jobs j where j.id = v.job_id and j.completed_at is not null and (@every::bool or j.job_status = 'failed'))
returning v.id;

-- name: version_in_use :one
-- authz: permit update template
select exists (select 1 from workspaces w join workspace_builds b on b.workspace_id = w.id
    where not w.deleted and w.template_id = @permit.id and b.template_version_id = @version_id
      and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id)) as "used!";

-- name: parameters :many
-- authz: permit read template or read workspace or create workspace or start workspace or stop workspace or delete workspace
-- row: Parameter
select name, display_name, description, type, form_type, mutable, default_value, icon, options, validation_regex, validation_min,
       validation_max, validation_error, validation_monotonic, required, ephemeral, display_order, styling
from template_version_parameters where template_version_id = @template_version_id order by display_order, lower(name);

-- name: variables :many
-- authz: permit read template
-- row: Variable
select name, description, type, value, default_value, required, sensitive
from template_version_variables where template_version_id = @template_version_id order by name;

-- By what a build's tags are worked out.
-- name: tag_variables :many
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
select name, value from template_version_variables where template_version_id = @template_version_id;

-- name: presets :many
-- authz: permit read template or create workspace or start workspace or stop workspace or delete workspace
-- row: Preset
select p.id, p.name, p.description, p.icon, p.is_default, p.desired_instances,
    coalesce((select array_agg(x.name order by x.name) from template_version_preset_parameters x where x.preset_id = p.id), '{}') as "names!",
    coalesce((select array_agg(x.value order by x.name) from template_version_preset_parameters x where x.preset_id = p.id), '{}') as "values!"
from template_version_presets p where p.template_version_id = @template_version_id order by p.is_default desc, p.name;

-- name: dry_run :opt
-- authz: row read workspace
-- row: DryRun
select id, initiator_id, organization_id from provisioner_jobs
where id = @job_id and type = 'template_version_dry_run' and input ->> 'template_version_id' = (@template_version_id::uuid)::text;

-- What an import found, written by the provisioner.
-- name: store_import :exec
-- authz: duty provisioner_daemon
update template_versions set readme = @readme, external_auth = @external_auth, has_ai_task = @has_ai_task,
    has_external_agent = @has_external_agent, claim_replacements = @claim_replacements, updated_at = @now where id = @version_id;

-- name: store_parameters :exec
-- authz: duty provisioner_daemon
insert into template_version_parameters (template_version_id, name, display_name, description, type, form_type, mutable, default_value, icon,
    options, validation_regex, validation_min, validation_max, validation_error, validation_monotonic, required, ephemeral, display_order, styling)
select @version_id, p.name, p.display_name, p.description, p.type, p.form_type, p.mutable, p.default_value, p.icon, p.options,
    p.validation_regex, p.validation_min, p.validation_max, p.validation_error, p.validation_monotonic, p.required, p.ephemeral, p.display_order, p.styling
from jsonb_to_recordset(@rows::jsonb) as p (name text, display_name text, description text, type text, form_type text, mutable boolean,
    default_value text, icon text, options jsonb, validation_regex text, validation_min integer, validation_max integer,
    validation_error text, validation_monotonic text, required boolean, ephemeral boolean, display_order integer, styling jsonb);

-- name: store_variables :exec
-- authz: duty provisioner_daemon
insert into template_version_variables (template_version_id, name, description, type, value, default_value, required, sensitive)
select @version_id, p.name, p.description, p.type, p.value, p.default_value, p.required, p.sensitive
from jsonb_to_recordset(@rows::jsonb) as p (name text, description text, type text, value text, default_value text, required boolean, sensitive boolean)
on conflict (template_version_id, name) do nothing;

-- name: store_presets :exec
-- authz: duty provisioner_daemon
with made as (
    insert into template_version_presets (id, template_version_id, name, description, icon, is_default, desired_instances, invalidate_after_secs,
        scheduling_timezone, created_at)
    select p.id, @version_id, p.name, p.description, p.icon, p.is_default, p.desired_instances, p.invalidate_after_secs, p.scheduling_timezone, @now
    from jsonb_to_recordset(@rows::jsonb) as p (id uuid, name text, description text, icon text, is_default boolean, desired_instances integer,
        invalidate_after_secs integer, scheduling_timezone text)
    returning id
), scheduled as (
    insert into template_version_preset_prebuild_schedules (id, preset_id, position, cron_expression, desired_instances)
    select gen_random_uuid(), made.id, s.position, s.cron, s.instances
    from made join jsonb_to_recordset(@rows::jsonb) as p (id uuid, schedules jsonb) on p.id = made.id,
        jsonb_to_recordset(p.schedules) as s (position integer, cron text, instances integer))
insert into template_version_preset_parameters (preset_id, name, value)
select made.id, x.name, x.value
from made join jsonb_to_recordset(@rows::jsonb) as p (id uuid, parameters jsonb) on p.id = made.id,
    jsonb_to_recordset(p.parameters) as x (name text, value text);

-- Whoever changes an access list waits here for the others who do: a list can be what lets somebody change it.
-- name: lock_list :opt
-- authz: row lock template
-- row: AccessList
select t.id, t.organization_id, t.user_acl, t.group_acl from templates t where t.id = @id and not t.deleted for no key update;

-- Who may use a template besides those whose roles say so.
-- name: set_acl :opt
-- authz: locked permit update template
-- row: Acl
update templates set user_acl = (user_acl - @gone_users::text[]) || @users::jsonb, group_acl = (group_acl - @gone_groups::text[]) || @groups::jsonb,
    updated_at = @now
where id = @permit.id and not deleted
returning user_acl, group_acl;

-- name: acl_users :many
-- authz: permit update template
select u.id, u.username, u.name, u.avatar_url, u.email, u.status, u.login_type, u.is_service_account, u.last_seen_at, u.created_at, u.updated_at,
    u.rbac_roles, jsonb_exists_any(e.value, '{*}') as "admin!",
    coalesce((select array_agg(m.organization_id order by m.organization_id) from organization_members m
              join organizations o on o.id = m.organization_id where m.user_id = u.id and not o.deleted), '{}') as "organization_ids!"
from templates t cross join lateral jsonb_each(t.user_acl) as e join users u on u.id::text = e.key
where t.id = @permit.id and not u.deleted
order by lower(u.username);

-- A template's cap on shared ports holds for what is shared already.
-- name: cap_port_shares :count
-- authz: permit update template
-- writes: workspace_agent_port_share because a template's cap holds for what is shared already
update workspace_agent_port_share s set share_level = @level from workspaces w
where w.id = s.workspace_id and w.template_id = @permit.id and s.share_level = any (@above::text[]);

-- name: end_port_shares :count
-- authz: permit update template
-- writes: workspace_agent_port_share because a template's cap holds for what is shared already
delete from workspace_agent_port_share s using workspaces w where w.id = s.workspace_id and w.template_id = @permit.id;

-- name: end_app_shares :count
-- authz: permit update template
-- writes: workspace_app_shares because a template's cap holds for what is shared already
delete from workspace_app_shares s using workspaces w where w.id = s.workspace_id and w.template_id = @permit.id;
