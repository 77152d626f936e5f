-- owns: audit_logs
-- kept: audit_logs: --audit-logs-retention (purge)
-- writes: connection_logs because what is too old goes by the same clock as the audit trail
-- about: audit_logs: audit_log

-- The lines of one page, of those that what stands between the two lets through. The page is found first, so that what it shows is
-- looked up for its lines alone.
-- define: page_of
select
{columns}
from (
    select a.* from audit_logs a where
-- define: end_of_page
    order by a.time desc, a.id limit @most::int4 offset @skip::int4
) as a {joins}
order by a.time desc, a.id

-- A line with who did it and where, as the list shows it.
-- define: columns
    a.id, a.time, a.user_id, a.organization_id, a.ip, a.user_agent, a.resource_type, a.resource_id, a.resource_target, a.resource_icon,
    a.action, a.diff, a.status_code, a.additional_fields, a.request_id,
    coalesce(u.email, '') as "email!", coalesce(u.username, '') as "username!", coalesce(u.name, '') as "name!",
    coalesce(u.avatar_url, '') as "avatar_url!", coalesce(u.status, '') as "status!", coalesce(u.login_type, '') as "login_type!",
    coalesce(u.rbac_roles, '{}') as "rbac_roles!", coalesce(u.is_service_account, false) as "is_service_account!",
    u.last_seen_at as "last_seen_at?", u.created_at as "user_created_at?", u.updated_at as "user_updated_at?",
    array(select m.organization_id from organization_members m where m.user_id = a.user_id order by 1) as "organization_ids!",
    o.name as "organization_name?", o.display_name as "organization_display_name?", o.icon as "organization_icon?",
    (a.status_code < 400 and case a.resource_type
        when 'user' then not exists (select 1 from users x where x.id = a.resource_id and not x.deleted)
        when 'template' then not exists (select 1 from templates x where x.id = a.resource_id and not x.deleted)
        when 'template_version' then not exists (select 1 from template_versions x where x.id = a.resource_id)
        when 'workspace' then not exists (select 1 from workspaces x where x.id = a.resource_id and not x.deleted)
        when 'workspace_build' then not exists (select 1 from workspace_builds x join workspaces w on w.id = x.workspace_id
                                                where x.id = a.resource_id and not w.deleted)
        when 'group' then not exists (select 1 from groups x where x.id = a.resource_id)
        when 'organization' then not exists (select 1 from organizations x where x.id = a.resource_id and not x.deleted)
        else false end) as "is_deleted!"

-- define: joins
left join users u on u.id = a.user_id
left join organizations o on o.id = a.organization_id

-- What the filter lets through. The actor's rights come first, in every statement.
-- define: matching
@visible
  and (@resource_type?::text is null or a.resource_type = @resource_type?::text)
  and (@resource_target?::text is null or a.resource_target = @resource_target?::text)
  and (@resource_id?::uuid is null or a.resource_id = @resource_id?::uuid)
  and (@request_id?::uuid is null or a.request_id = @request_id?::uuid)
  and (@organization_id?::uuid is null or a.organization_id = @organization_id?::uuid)
  and (@action?::text is null or a.action = @action?::text)
  and (@build_reason?::text is null or a.additional_fields->>'build_reason' = @build_reason?::text)
  and a.time >= coalesce(@since?::timestamptz, '-infinity') and a.time < coalesce(@until?::timestamptz, 'infinity')
  and (@username?::text is null or a.user_id in (select x.id from users x where lower(x.username) = lower(@username?::text)))
  and (@email?::text is null or a.user_id in (select x.id from users x where lower(x.email) = lower(@email?::text)))

-- The same list five times over, each by the index that its filter calls for: one text could be planned for one of them only.
-- name: list :many
-- authz: list read audit_log a
-- row: Line
{page_of}
    {matching}
{end_of_page};

-- name: list_of_kind :many
-- authz: list read audit_log a
-- row: Line
{page_of}
    a.resource_type = @kind::text and {matching}
{end_of_page};

-- name: list_of_object :many
-- authz: list read audit_log a
-- row: Line
{page_of}
    (a.resource_id = @wanted::uuid or a.request_id = @wanted::uuid) and {matching}
{end_of_page};

-- name: list_of_person :many
-- authz: list read audit_log a
-- row: Line
{page_of}
    a.user_id = any (
        array(select x.id from users x where lower(x.username) = @person::text or lower(x.email) = @person::text)) and {matching}
{end_of_page};

-- name: list_of_organization :many
-- authz: list read audit_log a
-- row: Line
{page_of}
    a.organization_id = @place::uuid and {matching}
{end_of_page};

-- Counting stops at @cap: nobody pages through more.
-- name: count :one
-- authz: list read audit_log a
select count(*) as "count!" from (select 1 from audit_logs a where {matching} limit @cap::int4) as found;

-- name: count_of_kind :one
-- authz: list read audit_log a
select count(*) as "count!" from (
    select 1 from audit_logs a where a.resource_type = @kind::text and {matching} limit @cap::int4) as found;

-- name: count_of_object :one
-- authz: list read audit_log a
select count(*) as "count!" from (
    select 1 from audit_logs a where (a.resource_id = @wanted::uuid or a.request_id = @wanted::uuid) and {matching} limit @cap::int4) as found;

-- name: count_of_person :one
-- authz: list read audit_log a
select count(*) as "count!" from (
    select 1 from audit_logs a
    where a.user_id = any (array(select x.id from users x where lower(x.username) = @person::text or lower(x.email) = @person::text)) and {matching}
    limit @cap::int4) as found;

-- name: count_of_organization :one
-- authz: list read audit_log a
select count(*) as "count!" from (
    select 1 from audit_logs a where a.organization_id = @place::uuid and {matching} limit @cap::int4) as found;

-- name: purge :count
-- authz: duty db_purge
delete from audit_logs where id in (select x.id from audit_logs x where x.time < @before order by x.time limit @most::int4);

-- name: purge_connections :count
-- authz: duty db_purge
delete from connection_logs where id in (select x.id from connection_logs x where x.connect_time < @before order by x.connect_time limit @most::int4);

-- define: connection_matching
@visible
  and (@organization_id?::uuid is null or c.organization_id = @organization_id?::uuid)
  and (@workspace_id?::uuid is null or c.workspace_id = @workspace_id?::uuid)
  and (@connection_id?::uuid is null or c.connection_id = @connection_id?::uuid)
  and (@type?::text is null or c.type = @type?::text)
  and (@owner_id?::uuid is null or c.workspace_owner_id = @owner_id?::uuid)
  and (@owner_name?::text is null or c.workspace_owner_id in (select x.id from users x where lower(x.username) = lower(@owner_name?::text)))
  and (@owner_email?::text is null or c.workspace_owner_id in (select x.id from users x where lower(x.email) = lower(@owner_email?::text)))
  and (@user_id?::uuid is null or c.user_id = @user_id?::uuid)
  and (@username?::text is null or c.user_id in (select x.id from users x where lower(x.username) = lower(@username?::text)))
  and (@user_email?::text is null or c.user_id in (select x.id from users x where lower(x.email) = lower(@user_email?::text)))
  and c.connect_time >= coalesce(@since?::timestamptz, '-infinity') and c.connect_time <= coalesce(@until?::timestamptz, 'infinity')
  and (@ongoing?::bool is null or (c.type not in ('workspace_app', 'port_forwarding') and (c.disconnect_time is null) = @ongoing?::bool))

-- define: connection_page_of
select
{connection_columns}
from (
    select c.* from connection_logs c where
-- define: end_of_connection_page
    order by c.connect_time desc, c.id limit @most::int4 offset @skip::int4
) as c {connection_joins}
order by c.connect_time desc, c.id

-- define: connection_columns
    c.id, c.connect_time, c.organization_id, c.workspace_owner_id, c.workspace_id, c.workspace_name, c.agent_name, c.type, c.ip, c.code,
    c.user_agent, c.user_id, c.slug_or_port, c.connection_id, c.disconnect_time, c.disconnect_reason,
    coalesce(w.username, '') as "owner_name!",
    coalesce(u.email, '') as "email!", coalesce(u.username, '') as "username!", coalesce(u.name, '') as "name!",
    coalesce(u.avatar_url, '') as "avatar_url!", coalesce(u.status, '') as "status!", coalesce(u.login_type, '') as "login_type!",
    coalesce(u.rbac_roles, '{}') as "rbac_roles!", coalesce(u.is_service_account, false) as "is_service_account!",
    u.last_seen_at as "last_seen_at?", u.created_at as "user_created_at?", u.updated_at as "user_updated_at?",
    array(select m.organization_id from organization_members m where m.user_id = c.user_id order by 1) as "organization_ids!",
    coalesce(o.name, '') as "organization_name!", coalesce(o.display_name, '') as "organization_display_name!", coalesce(o.icon, '') as "organization_icon!"

-- define: connection_joins
left join users w on w.id = c.workspace_owner_id
left join users u on u.id = c.user_id
left join organizations o on o.id = c.organization_id

-- name: connections :many
-- authz: list read connection_log c
-- row: Connection
{connection_page_of}
    {connection_matching}
{end_of_connection_page};

-- name: count_connections :one
-- authz: list read connection_log c
select count(*) as "count!" from (select 1 from connection_logs c where {connection_matching} limit @cap::int4) as found;

-- Of one workspace, by its own index.
-- name: connections_of_workspace :many
-- authz: list read connection_log c
-- row: Connection
{connection_page_of}
    c.workspace_id = @place::uuid and {connection_matching}
{end_of_connection_page};

-- name: count_connections_of_workspace :one
-- authz: list read connection_log c
select count(*) as "count!" from (
    select 1 from connection_logs c where c.workspace_id = @place::uuid and {connection_matching} limit @cap::int4) as found;
