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
