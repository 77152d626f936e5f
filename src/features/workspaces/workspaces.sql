-- owns: workspaces, workspace_builds, workspace_build_parameters, workspace_favorites, workspace_listings
-- kept: workspaces, workspace_builds: for ever, but 90 days for states that newer ones have replaced (purge_states)
-- kept: workspace_build_parameters: as long as their build
-- kept: workspace_favorites: as long as their workspace and person
-- kept: workspace_listings: as long as their workspace is not deleted
-- about: workspaces, workspace_listings: workspace
-- about: workspace_builds, workspace_build_parameters: workspace update
-- conflict: workspaces_name (name): A workspace with this name already exists.
-- conflict: workspace_builds_workspace_id_build_number_key: A workspace build is already active.

-- A workspace with its latest build, as every answer shows it.
-- define: columns
    {shown_columns},
    exists (select 1 from workspace_favorites f where f.workspace_id = w.id and f.user_id = @viewer::uuid) as "favorite!"

-- The same for whoever asks.
-- define: shown_columns
    w.id, w.owner_id, w.organization_id, w.template_id, w.name, w.autostart_schedule,
    case when t.allow_user_autostop then w.ttl_ms else nullif(t.default_ttl_ms, 0) end as "ttl_ms?", w.next_start_at, w.last_used_at,
    w.dormant_at,
    case when t.time_til_dormant_autodelete_ms > 0 then w.dormant_at + t.time_til_dormant_autodelete_ms * interval '1 millisecond' end as "deleting_at?",
    w.automatic_updates, w.user_acl, w.group_acl, w.deleted, w.created_at, w.updated_at,
    u.username as owner_name, u.avatar_url as owner_avatar_url,
    o.name as organization_name,
    t.name as template_name, t.display_name as template_display_name, t.icon as template_icon,
    t.allow_user_cancel_workspace_jobs, t.allow_user_autostart, t.allow_user_autostop, t.autostart_block_days_of_week, t.time_til_dormant_autodelete_ms, t.active_version_id, t.require_active_version, t.use_classic_parameter_flow,
    {build_facts}

-- What belongs to a workspace is looked up for each that is shown (`limit 1`: one by its index, and not a join of whole
-- tables), so that a list costs what it shows, whatever the planner believes of how much that is.
-- define: from_latest
from workspaces w
{belongings}

-- define: belongings
join organizations o on o.id = w.organization_id
cross join lateral (select * from templates x where x.id = w.template_id limit 1) t
cross join lateral (select * from users x where x.id = w.owner_id limit 1) u
cross join lateral (select * from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b
cross join lateral (select * from template_versions x where x.id = b.template_version_id limit 1) v
cross join lateral (select * from users x where x.id = b.initiator_id limit 1) i

-- name: by_id :opt
-- authz: row read workspace
-- row: Workspace
select
{columns}
{from_latest}
where w.id = @id;

-- Whose a workspace is, as a path names it: by id, or by name. Whoever may read the workspace need not be one who may read people.
-- define: is_of_owner
w.owner_id = coalesce(@owner_id?::uuid, (select x.id from users x where lower(x.username) = lower(@owner_name?::text) and not x.deleted))

-- name: by_owner_and_name :opt
-- authz: row read workspace
-- row: Workspace
select
{columns}
{from_latest}
where {is_of_owner} and lower(w.name) = lower(@name) and (not w.deleted or @include_deleted::bool)
order by w.deleted, w.created_at desc limit 1;

-- define: listed_found
with found as materialized (
    select l.id, l.running, l.owner_key, l.name_key,
        l.owner_id = @viewer::uuid and l.id in (select f.workspace_id from workspace_favorites f where f.user_id = @viewer::uuid) as mine
    from workspace_listings l cross join lateral (select * from workspaces x where x.id = l.id limit 1) w
    left join lateral (select * from workspace_builds x where @of_builds::bool and x.workspace_id = w.id order by x.build_number desc limit 1) b on true
    left join lateral (select * from provisioner_jobs x where x.id = b.job_id limit 1) j on true
    where @visible and {matching}

-- define: listed_of_found
), page as materialized (
    select {listed_columns}, o.place from (
        select x.id, row_number() over (order by x.mine desc, x.running desc, x.owner_key, x.name_key, x.id) as place from found x
        order by place limit (select nullif(@most::int4, 0)) offset @skip::int4) o cross join lateral (select * from workspace_listings x where x.id = o.id limit 1) l
), counted as materialized (select count(*) as total from found)
{listed_things}

-- What a filter lets through: the list and its count must agree. Asks of w, its latest build b and the build's job j.
-- define: matching
not w.deleted
  and (@owner_id?::uuid is null or w.owner_id = @owner_id?::uuid)
  and (@owner_name?::text is null or w.owner_id = (select x.id from users x where lower(x.username) = lower(@owner_name?::text) and not x.deleted))
  and (@organization_id?::uuid is null or w.organization_id = @organization_id?::uuid)
  and (cardinality(@template_names::text[]) = 0 or exists (select 1 from templates x where x.id = w.template_id and lower(x.name) = any (@template_names::text[])))
  and (cardinality(@template_ids::uuid[]) = 0 or w.template_id = any (@template_ids::uuid[]))
  and (cardinality(@workspace_ids::uuid[]) = 0 or w.id = any (@workspace_ids::uuid[]))
  and (@name?::text is null or w.name ilike @name?::text)
  and (cardinality(@statuses::text[]) = 0 or {status} = any (@statuses::text[]))
  and (@dormant?::bool is null or (w.dormant_at is not null) = @dormant?::bool)
  and (@outdated?::bool is null or (b.template_version_id <> (select x.active_version_id from templates x where x.id = w.template_id)) = @outdated?::bool)
  and (@used_after?::timestamptz is null or w.last_used_at >= @used_after?::timestamptz)
  and (@used_before?::timestamptz is null or w.last_used_at <= @used_before?::timestamptz)
  and (cardinality(@parameter_names::text[]) = 0 or exists (select 1 from workspace_build_parameters p where p.workspace_build_id = b.id and lower(p.name) = any (@parameter_names::text[])))
  and (cardinality(@parameters::text[]) = 0 or exists (select 1 from workspace_build_parameters p where p.workspace_build_id = b.id and lower(p.name) || '=' || p.value = any (@parameters::text[])))
  and (@has_ai_task?::bool is null or b.has_ai_task = @has_ai_task?::bool)
  and (@has_external_agent?::bool is null or b.has_external_agent = @has_external_agent?::bool)
  and (@shared?::bool is null or (w.user_acl <> '{}' or w.group_acl <> '{}') = @shared?::bool)
  and (@shared_user?::text is null or exists (select 1 from users s
        where (lower(s.username) = lower(@shared_user?::text) or s.id::text = lower(@shared_user?::text)) and jsonb_exists(w.user_acl, s.id::text)))
  and (@shared_group?::text is null or exists (select 1 from groups g
        where g.organization_id = w.organization_id and jsonb_exists(w.group_acl, g.id::text)
          and (g.id::text = lower(@shared_group?::text) or lower(g.name) = lower(@shared_group?::text))
          and (@shared_group_organization?::text is null or exists (select 1 from organizations x
            where x.id = g.organization_id and lower(x.name) = lower(@shared_group_organization?::text)))))
  and (cardinality(@agent_statuses::text[]) = 0 or exists (
        select 1 from workspace_resources r join workspace_agents a on a.resource_id = r.id
        where r.job_id = b.job_id and not a.deleted and case
            when a.first_connected_at is null then case when a.connection_timeout_seconds > 0
                and @now::timestamptz - a.created_at > make_interval(secs => a.connection_timeout_seconds) then 'timeout' else 'connecting' end
            when a.disconnected_at >= a.last_connected_at then 'disconnected'
            when @now::timestamptz - a.last_connected_at > interval '30 seconds' then 'disconnected'
            else 'connected' end = any (@agent_statuses::text[])))

-- define: status
    case j.job_status
        when 'succeeded' then case b.transition when 'start' then 'running' when 'stop' then 'stopped' else 'deleted' end
        when 'running' then case b.transition when 'start' then 'starting' when 'stop' then 'stopping' else 'deleting' end
        else j.job_status end

-- Every workspace that matches is looked at for its place in the order, and only those of the page for the rest.
-- name: list :many
-- authz: list read workspace w
-- reach: split
-- row: Workspace
select
{columns}
from (
    select w.id, ({status} = 'running') as running, lower(u.username) as owner_key, lower(w.name) as name_key,
        (w.owner_id = @viewer::uuid and exists (select 1 from workspace_favorites f where f.workspace_id = w.id and f.user_id = @viewer::uuid)) as mine
    from workspaces w
    cross join lateral (select * from users x where x.id = w.owner_id limit 1) u
    cross join lateral (select * from workspace_builds x where x.workspace_id = w.id order by x.build_number desc limit 1) b
    cross join lateral (select * from provisioner_jobs x where x.id = b.job_id limit 1) j
    where @visible and {matching}
    order by mine desc, running desc, owner_key, name_key, w.id limit nullif(@most::int4, 0) offset @skip::int4) page
join workspaces w on w.id = page.id
{belongings}
order by page.mine desc, page.running desc, page.owner_key, page.name_key, page.id;

-- Builds are only looked up for a filter that asks about them.
-- name: count :one
-- authz: list read workspace w
-- reach: split
select count(*) as "count!" from workspaces w
left join lateral (select * from workspace_builds x where @of_builds::bool and x.workspace_id = w.id order by x.build_number desc limit 1) b on true
left join lateral (select * from provisioner_jobs x where x.id = b.job_id limit 1) j on true
where @visible and {matching};

-- What of a listing the quick way carries along (decision 0038).
-- define: listed_columns
l.id, l.stamp, l.organization_id, l.owner_id, l.template_id, l.template_version_id, l.initiator_id, l.worker_id, l.agent_ids

-- What the rows of a page stand on, each thing once: a mark of what is shown of it, to be compared with the mark that a kept piece was made
-- under. 0: a row and its place; 1: how many there are of all pages; 2: an agent's heartbeat; 3: organization, 4: person, 5: template,
-- 6: version, 7: provisioner.
-- define: listed_things
select 0 as "kind!", p.place::int8 as "mark!", p.id as "id!", p.stamp as "stamp?",
    p.id in (select f.workspace_id from workspace_favorites f where f.user_id = @viewer::uuid) as "favorite!", w.last_used_at as "at?", null::timestamptz as "gone?"
from page p cross join lateral (select y.last_used_at from workspaces y where y.id = p.id limit 1) w
union all select 1, c.total, @viewer::uuid, null, false, null, null from counted c where c.total > 0
union all select 2, 0, a.id, null, false, a.last_connected_at, a.disconnected_at from (select unnest(p.agent_ids) as id from page p) g
cross join lateral (select y.id, y.last_connected_at, y.disconnected_at from workspace_agents y where y.id = g.id limit 1) a
union all select 3, y.mark, d.id, null, false, null, null from (select distinct p.organization_id as id from page p) d
cross join lateral (select hashtextextended(o.name, 0) as mark from organizations o where o.id = d.id limit 1) y
union all select 4, y.mark, d.id, null, false, null, null from (select p.owner_id as id from page p union select p.initiator_id from page p) d
cross join lateral (select hash_record_extended(row(u.username, u.avatar_url), 0) as mark from users u where u.id = d.id limit 1) y
union all select 5, y.mark, d.id, null, false, null, null from (select distinct p.template_id as id from page p) d
cross join lateral (select {template_mark} as mark from templates t where t.id = d.id limit 1) y
union all select 6, y.mark, d.id, null, false, null, null from (select distinct p.template_version_id as id from page p) d
cross join lateral (select hashtextextended(v.name, 0) as mark from template_versions v where v.id = d.id limit 1) y
union all select 7, y.mark, d.id, null, false, null, null from (select distinct p.worker_id as id from page p where p.worker_id is not null) d
cross join lateral (select hashtextextended(s.name, 0) as mark from provisioner_daemons s where s.id = d.id limit 1) y

-- define: template_mark
hash_record_extended(row(t.name, t.display_name, t.icon, t.allow_user_cancel_workspace_jobs, t.allow_user_autostop, t.default_ttl_ms,
    t.time_til_dormant_autodelete_ms, t.active_version_id, t.require_active_version, t.use_classic_parameter_flow), 0)

-- The list without a filter: favorites first, which are few; all others as an index has them.
-- name: listed :many
-- authz: list read workspace l
-- reach: split
-- plan: once
-- row: Listed
with own as materialized (
    select {listed_columns}, l.running, l.owner_key, l.name_key, row_number() over (order by l.running desc, l.owner_key, l.name_key, l.id) as place
    from workspace_favorites f join workspace_listings l on l.id = f.workspace_id where f.user_id = @viewer::uuid and l.owner_id = @viewer::uuid and @visible
), page as materialized (
    (select * from own order by place limit (select nullif(@most::int4, 0)) offset @skip::int4)
    union all
    (select x.*, 1000000000 + row_number() over (order by x.running desc, x.owner_key, x.name_key, x.id) as place from (
        select {listed_columns}, l.running, l.owner_key, l.name_key
        from workspace_listings l where @visible and l.id not in (select own.id from own) order by l.running desc, l.owner_key, l.name_key, l.id
        limit (select case when @most::int4 > 0 then greatest(0, @most::int4 - greatest(0, (select count(*) from own) - @skip::int4)) end)
        offset (select greatest(0, @skip::int4 - (select count(*) from own)))) x)
), counted as materialized (select case when @counted::bool then (select count(*) from workspace_listings l where @visible) else 0 end as total)
{listed_things};

-- The list with a filter.
-- name: listed_matching :many
-- authz: list read workspace l
-- reach: split
-- plan: once
-- row: Listed
{listed_found}
{listed_of_found};

-- What one person owns, with or without a further filter: what a dashboard begins with.
-- name: listed_of_owner :many
-- authz: list read workspace l
-- reach: split
-- plan: once
-- row: Listed
{listed_found} and l.owner_id = @owner_id?::uuid
{listed_of_found};

-- What is not kept ready, with the marks of what it was made of in the same moment.
-- name: shown :many
-- authz: list read workspace w
-- row: Shown
select {shown_columns},
    l.stamp, j.worker_id, hashtextextended(o.name, 0) as "organization_mark!", hash_record_extended(row(u.username, u.avatar_url), 0) as "owner_mark!", hash_record_extended(row(i.username, i.avatar_url), 0) as "initiator_mark!",
    {template_mark} as "template_mark!", hashtextextended(v.name, 0) as "version_mark!",
    coalesce((select hashtextextended(s.name, 0) from provisioner_daemons s where s.id = j.worker_id), 0) as "worker_mark!"
{from_latest}
cross join lateral (select * from provisioner_jobs x where x.id = b.job_id limit 1) j cross join lateral (select * from workspace_listings x where x.id = w.id limit 1) l
where w.id = any (@workspace_ids::uuid[]) and not w.deleted and @visible;

-- For whom in an organization a workspace may be made; `only` is who asks, where that is all.
-- name: available_owners :many
-- authz: list read organization_member m
-- row: Owner
select u.id, u.username, u.name, u.avatar_url from organization_members m join users u on u.id = m.user_id
where @visible and m.organization_id = @organization_id and u.status = 'active' and not u.deleted and not u.is_system
  and (@only?::uuid is null or u.id = @only?::uuid)
  and (@search?::text is null or u.username ilike @search?::text or u.name ilike @search?::text or u.email ilike @search?::text)
order by lower(u.username) limit nullif(@most::int4, 0) offset @skip::int4;

-- Whoever may own a workspace of an organization, and start it: a template acts for its workspaces' owners.
-- define: live_member
select 1 from organization_members m join users x on x.id = m.user_id where not x.deleted and x.status <> 'suspended'

-- Nothing is made for somebody outside the organization, nor of a template that is not there. The share locks hold back the end of the
-- account and of the template until this is one of the workspaces that forbid it, or the other way round.
-- name: insert :count
-- authz: permit create workspace
insert into workspaces (id, owner_id, organization_id, template_id, name, autostart_schedule, ttl_ms, last_used_at, automatic_updates,
    due_at, created_at, updated_at)
select @permit.id, @permit.owner, @permit.organization, @template_id, @name, @autostart_schedule?, @ttl_ms?, @now, @automatic_updates, @now, @now, @now
where exists ({live_member} and m.organization_id = @permit.organization and m.user_id = @permit.owner for share of x)
  and exists (select 1 from templates t where t.id = @template_id and t.organization_id = @permit.organization and not t.deleted for share);

-- Builds of one workspace queue up here: the row lock makes "one at a time" true. The scheduler looks again soon, whatever
-- becomes of the build. What a build is judged by is asked under the lock.
-- name: lock :opt
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
update workspaces w set due_at = least(w.due_at, @look_at) from users u, templates t, organizations o
where w.id = @permit.id and not w.deleted and u.id = w.owner_id and t.id = w.template_id and o.id = w.organization_id
returning w.name, w.organization_id, w.template_id, w.owner_id, u.username as owner_name, u.name as owner_full_name, u.email as owner_email,
    t.name as template_name, o.name as organization_name,
    exists (select 1 from prebuild_claims c where c.workspace_id = w.id and c.finished_at is null) as "claim_open!",
    exists (select 1 from template_versions v where v.id = @version_id and v.template_id = w.template_id
            and v.organization_id = w.organization_id) as "version_fits!",
    exists ({live_member} and m.organization_id = w.organization_id and m.user_id = w.owner_id) as "owner_is_member!";

-- name: latest_job :opt
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
select b.build_number, b.id, b.job_id, b.template_version_id, j.job_status, (j.completed_at is null) as "busy!", b.transition
from workspace_builds b join provisioner_jobs j on j.id = b.job_id
where b.workspace_id = @permit.id order by b.build_number desc limit 1;

-- Until the build says otherwise the workspace costs what it cost before.
-- name: insert_build :exec
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
insert into workspace_builds (id, workspace_id, template_version_id, template_version_preset_id, build_number, transition, reason,
    initiator_id, job_id, provisioner_state, daily_cost, created_at, updated_at)
values (@build_id, @permit.id, @template_version_id, @preset_id?, @build_number, @transition, @reason, @initiator_id, @job_id,
    @provisioner_state?, coalesce((select p.daily_cost from workspace_builds p where p.workspace_id = @permit.id order by p.build_number desc limit 1), 0),
    @now, @now);

-- name: insert_parameters :exec
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
insert into workspace_build_parameters (workspace_build_id, name, value)
select b.id, p.name, p.value from workspace_builds b, unnest(@names::text[], @values::text[]) as p (name, value)
where b.id = @build_id and b.workspace_id = @permit.id;

-- name: parameters_of :many
-- authz: permit read workspace or create workspace or start workspace or stop workspace or delete workspace
select p.name, p.value from workspace_build_parameters p join workspace_builds b on b.id = p.workspace_build_id
where b.workspace_id = @permit.id and b.id = @build_id order by p.name;

-- define: build_columns
    w.id, w.name, w.owner_id, w.organization_id, w.template_id, w.dormant_at, w.user_acl, w.group_acl, w.deleted,
    u.username as owner_name, u.avatar_url as owner_avatar_url,
    {build_facts}

-- What a build's answer needs of the build itself; rows of workspaces and rows of builds name it alike (wire.cpp).
-- define: build_facts
    b.id as build_id, b.job_id, b.template_version_id, v.name as template_version_name, b.build_number, b.transition,
    b.initiator_id, i.username as initiator_name, b.reason, b.deadline, b.max_deadline, b.daily_cost,
    b.template_version_preset_id, b.has_ai_task, b.has_external_agent, b.created_at as build_created_at, b.updated_at as build_updated_at

-- define: from_builds
from workspace_builds b
join workspaces w on w.id = b.workspace_id
join users u on u.id = w.owner_id
join users i on i.id = b.initiator_id
join template_versions v on v.id = b.template_version_id

-- name: build_by_id :opt
-- authz: row read workspace
-- row: Build
select
{build_columns}
{from_builds}
where b.id = @build_id;

-- name: build_by_number :opt
-- authz: row read workspace
-- row: Build
select
{build_columns}
{from_builds}
where {is_of_owner} and lower(w.name) = lower(@name) and b.build_number = @build_number
order by w.deleted, w.created_at desc limit 1;

-- name: builds :many
-- authz: permit read workspace
-- row: Build
select
{build_columns}
{from_builds}
where b.workspace_id = @permit.id
  and (@since?::timestamptz is null or b.created_at > @since?::timestamptz)
  and (@after_id?::uuid is null or b.build_number < (select a.build_number from workspace_builds a where a.id = @after_id?::uuid))
order by b.build_number desc limit nullif(@most::int4, 0) offset @skip::int4;

-- name: state_of :opt
-- authz: permit update template
select b.provisioner_state from workspace_builds b join workspaces w on w.id = b.workspace_id
where b.id = @build_id and w.template_id = @permit.id;

-- What a workspace's last builds left, the newest first: from there comes what was left out of a state that somebody gives back.
-- name: last_states :many
-- authz: permit update template
select b.provisioner_state as "provisioner_state!" from workspace_builds b join workspaces w on w.id = b.workspace_id
where b.workspace_id = @workspace_id and w.template_id = @permit.id and b.provisioner_state is not null
order by b.build_number desc limit 10;

-- name: set_state :count
-- authz: permit update template
update workspace_builds b set provisioner_state = @provisioner_state, updated_at = @now
from workspaces w where w.id = b.workspace_id and b.id = @build_id and w.template_id = @permit.id;

-- name: rename :change
-- authz: permit update workspace
update workspaces set name = @name, updated_at = @now where id = @permit.id and not deleted;

-- name: set_autostart :change
-- authz: permit update workspace
update workspaces set autostart_schedule = @autostart_schedule?, autostart_set_by = @set_by, next_start_at = @next_start_at?, due_at = @now,
    updated_at = @now where id = @permit.id and not deleted;

-- name: set_ttl :change
-- authz: permit update workspace
update workspaces set ttl_ms = @ttl_ms?, updated_at = @now where id = @permit.id and not deleted;

-- A workspace that runs on without a lifetime of its own still ends when its template says.
-- name: drop_deadline :count
-- authz: permit update workspace
update workspace_builds set deadline = max_deadline, updated_at = @now
where workspace_id = @permit.id and id = @build_id and transition = 'start';

-- name: set_deadline :change
-- authz: permit update workspace
with moved as (
    update workspace_builds set deadline = @deadline, updated_at = @now where workspace_id = @permit.id and id = @build_id
    returning workspace_id)
update workspaces w set due_at = least(w.due_at, @now) from moved where w.id = moved.workspace_id;

-- name: set_automatic_updates :change
-- authz: permit update workspace
update workspaces set automatic_updates = @automatic_updates, updated_at = @now where id = @permit.id and not deleted;

-- name: set_dormant :change
-- authz: permit update workspace
update workspaces set dormant_at = @dormant_at?, last_used_at = case when @dormant_at?::timestamptz is null then @now::timestamptz else last_used_at end,
    due_at = @now, updated_at = @now where id = @permit.id and not deleted;

-- name: favorite :exec
-- authz: permit update workspace
insert into workspace_favorites (user_id, workspace_id) values (@user_id, @permit.id) on conflict do nothing;

-- name: unfavorite :count
-- authz: permit update workspace
delete from workspace_favorites where user_id = @user_id and workspace_id = @permit.id;

-- name: give_up :change
-- authz: permit create workspace or start workspace or stop workspace or delete workspace
update workspaces set deleted = true, updated_at = @now where id = @permit.id;

-- What the end of a build decides by: its deadlines come from here.
-- name: rules_of_build :opt
-- authz: duty provisioner_daemon
-- row: BuildRules
select b.transition, b.reason, b.initiator_id, i.username as initiator_name, w.id as workspace_id, w.name, w.owner_id, w.organization_id, w.template_id,
    case when t.allow_user_autostop then coalesce(w.ttl_ms, 0) else t.default_ttl_ms end as "ttl_ms!",
    t.autostop_requirement_days_of_week, t.autostop_requirement_weeks
from workspace_builds b join workspaces w on w.id = b.workspace_id join templates t on t.id = w.template_id join users i on i.id = b.initiator_id
where b.id = @build_id;

-- What the provisioner writes when a build has ended.
-- name: store_build :opt
-- authz: duty provisioner_daemon
update workspace_builds set provisioner_state = coalesce(@provisioner_state?::bytea, provisioner_state),
    daily_cost = case when @succeeded::bool or @daily_cost::int4 > 0 then @daily_cost::int4 else daily_cost end, has_ai_task = @has_ai_task,
    has_external_agent = @has_external_agent, deadline = @deadline?, max_deadline = @max_deadline?, updated_at = @now
where id = @build_id
returning workspace_id, transition;

-- A state that came home, whatever else becomes of its build.
-- name: keep_state :count
-- authz: duty provisioner_daemon
update workspace_builds set provisioner_state = @provisioner_state, updated_at = @now where id = @build_id;

-- The states that a late one of this build is compared with: its own, and the newest of the builds after it.
-- name: states_since :many
-- authz: duty provisioner_daemon
-- row: StateSince
select s.id, s.build_number, s.provisioner_state as "state!" from workspace_builds b join workspace_builds s on s.workspace_id = b.workspace_id
where b.id = @build_id and s.provisioner_state is not null
  and (s.id = b.id or s.build_number = (select max(n.build_number) from workspace_builds n
                                        where n.workspace_id = b.workspace_id and n.build_number > b.build_number and n.provisioner_state is not null))
order by s.build_number desc;

-- States of long ago that newer ones have replaced. A workspace's newest one is never old.
-- name: purge_states :count
-- authz: duty db_purge
update workspace_builds set provisioner_state = null
where id in (
    select b.id from workspace_builds b
    where b.created_at < @before::timestamptz and b.provisioner_state is not null
      and exists (select 1 from workspace_builds n where n.workspace_id = b.workspace_id and n.build_number > b.build_number
                  and n.provisioner_state is not null)
    order by b.created_at limit @most::int4);

-- name: place_of_build :opt
-- authz: duty provisioner_daemon
-- row: PlaceOfBuild
select w.id, w.name, w.deleted, b.build_number from workspace_builds b join workspaces w on w.id = b.workspace_id where b.id = @build_id for update of b;

-- name: ended :exec
-- authz: duty provisioner_daemon
update workspaces set deleted = deleted or @deleted::bool, due_at = @now, updated_at = @now,
    last_used_at = case when @used::bool then @now::timestamptz else last_used_at end
where id = @workspace_id;

-- With whom a workspace is shared.
-- name: acl_users :many
-- authz: permit read workspace
select u.id, u.username, u.name, u.avatar_url, jsonb_exists_any(e.value->'permissions', '{*,share}') as "admin!"
from workspaces w cross join lateral jsonb_each(w.user_acl) as e join users u on u.id::text = e.key
where w.id = @permit.id and not u.deleted
order by lower(u.username);

-- Whoever changes an access list waits here for the others who do: a list can be what lets somebody change it.
-- name: lock_list :opt
-- authz: row lock workspace
-- row: AccessList
select w.id, w.owner_id, w.organization_id, w.dormant_at, w.user_acl, w.group_acl
from workspaces w where w.id = @id and not w.deleted for no key update;

-- name: set_acl :opt
-- authz: locked permit share workspace
-- row: Acl
update workspaces set user_acl = (user_acl - @gone_users::text[]) || @users::jsonb, group_acl = (group_acl - @gone_groups::text[]) || @groups::jsonb,
    updated_at = @now
where id = @permit.id and not deleted and dormant_at is null
returning user_acl, group_acl;

-- name: clear_acl :opt
-- authz: locked permit share workspace
-- row: Acl
update workspaces set user_acl = '{}', group_acl = '{}', updated_at = @now where id = @permit.id and not deleted and dormant_at is null
returning user_acl, group_acl;

-- name: used :count
-- authz: permit update_agent workspace or update workspace
update workspaces set last_used_at = greatest(last_used_at, @now::timestamptz) where id = @permit.id and not deleted;

-- A deadline moves at most once a minute and never beyond what the template allows.
-- name: extend_deadline :count
-- authz: permit update_agent workspace or update workspace
update workspace_builds b set updated_at = @now, deadline = least(coalesce(b.max_deadline, 'infinity'), @now::timestamptz + t.activity_bump_ms * interval '1 millisecond')
from workspaces w join templates t on t.id = w.template_id
where w.id = @permit.id and b.workspace_id = w.id and b.transition = 'start' and b.deadline is not null and t.activity_bump_ms > 0
  and b.build_number = (select max(c.build_number) from workspace_builds c where c.workspace_id = w.id) and b.deadline > @now::timestamptz
  and b.deadline + interval '1 minute' < least(coalesce(b.max_deadline, 'infinity'), @now::timestamptz + t.activity_bump_ms * interval '1 millisecond');
