-- owns: organizations, organization_members, custom_roles, groups, group_members

-- name: default_id :one
-- authz: open because the first user joins the default organization before anyone exists
select id from organizations where is_default;

-- name: add_first_member :exec
-- authz: duty system
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
values (@organization_id, @user_id, '{organization-admin}', @now, @now);

-- define: columns
    o.id, o.name, o.display_name, o.description, o.icon, o.is_default, o.created_at, o.updated_at, o.default_org_member_roles,
    o.shareable_workspace_owners

-- name: by_id :opt
-- authz: row read organization
-- row: Organization
select {columns} from organizations o where o.id = @id and not o.deleted;

-- name: by_name :opt
-- authz: row read organization
-- row: Organization
select {columns} from organizations o where lower(o.name) = lower(@name) and not o.deleted;

-- name: default_one :opt
-- authz: row read organization
-- row: Organization
select {columns} from organizations o where o.is_default;

-- name: list :many
-- authz: list read organization o
-- row: Organization
select {columns} from organizations o where @visible and not o.deleted order by not o.is_default, lower(o.name);

-- name: list_of_user :many
-- authz: list read organization o
-- row: Organization
select {columns} from organizations o
where @visible and not o.deleted
  and exists (select 1 from organization_members m where m.organization_id = o.id and m.user_id = @user_id)
order by not o.is_default, lower(o.name);

-- name: add_member :exec
-- authz: permit create organization_member
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
values (@permit.organization, @permit.owner, '{}', @now, @now);

-- define: member_columns
    m.user_id, m.organization_id, m.roles, m.created_at, m.updated_at, u.username, u.name, u.avatar_url, u.email, u.status, u.login_type,
    u.last_seen_at, u.created_at as "user_created_at", u.updated_at as "user_updated_at", u.is_service_account, u.rbac_roles

-- define: member_matches
    @visible and m.organization_id = @organization_id and not u.deleted and (@include_system::bool or not u.is_system)
  and (@user_id?::uuid is null or m.user_id = @user_id?::uuid)
  and (@github_id?::int8 is null or u.github_com_user_id = @github_id?::int8)
  and (@search?::text is null or u.username ilike @search? or u.email ilike @search? or u.name ilike @search?)

-- name: members :many
-- authz: list read organization_member m
-- row: Member
select
{member_columns},
    (select count(*) from organization_members m join users u on u.id = m.user_id where {member_matches}) as "total!"
from organization_members m join users u on u.id = m.user_id
where {member_matches}
order by lower(u.username)
limit nullif(@most::int4, 0) offset @skip::int4;

-- name: member_roles :many
-- authz: list read organization_member m
select m.organization_id, m.roles from organization_members m
join organizations o on o.id = m.organization_id
where @visible and m.user_id = @user_id and not o.deleted
order by m.organization_id;

-- name: remove_member :count
-- authz: permit delete organization_member
delete from organization_members where organization_id = @permit.organization and user_id = @permit.owner;

-- name: set_member_roles :count
-- authz: permit update organization_member
update organization_members set roles = @roles, updated_at = @now
where organization_id = @permit.organization and user_id = @permit.owner;

-- name: custom_roles :many
-- authz: any permit because the reader may read the organization's roles
select name, display_name, org_permissions, member_permissions from custom_roles
where organization_id = @permit.organization and not is_system order by lower(name);

-- name: group_by_id :many
-- authz: list read group g
select g.organization_id from groups g where @visible and g.id = @group_id;

-- name: insert_custom_role :exec
-- authz: any permit because a role belongs to the organization whose roles the caller was judged to change
insert into custom_roles (organization_id, name, display_name, org_permissions, member_permissions, created_at, updated_at)
values (@permit.organization, @name, @display_name, @org_permissions, @member_permissions, @now, @now);

-- name: update_custom_role :count
-- authz: any permit because a role belongs to the organization whose roles the caller was judged to change
update custom_roles set display_name = @display_name, org_permissions = @org_permissions, member_permissions = @member_permissions, updated_at = @now
where organization_id = @permit.organization and name = @name and not is_system;

-- name: delete_custom_role :count
-- authz: any permit because a role belongs to the organization whose roles the caller was judged to change
delete from custom_roles where organization_id = @permit.organization and name = @name and not is_system;

-- name: unassign_everywhere :count
-- authz: any permit because a role belongs to the organization whose roles the caller was judged to change
update organization_members set roles = array_remove(roles, @name), updated_at = @now
where organization_id = @permit.organization and @name = any (roles);
