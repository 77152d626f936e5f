-- owns: organizations, organization_members, custom_roles, groups, group_members

-- name: default_id :one
-- authz: open because the first user joins the default organization before anyone exists
select id from organizations where is_default;

-- name: add_first_member :exec
-- authz: duty system
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
values (@organization_id, @user_id, '{organization-admin}', @now, @now);
