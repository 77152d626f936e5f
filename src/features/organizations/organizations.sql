-- owns: organizations, organization_members, custom_roles
-- kept: organizations: for ever
-- kept: organization_members, custom_roles: as long as their organization
-- about: organizations: organization
-- about: organization_members: organization_member
-- about: custom_roles: assign_org_role
-- conflict: organizations_name (name): An organization with this name already exists.
-- conflict: custom_roles_pkey (name): A role with this name already exists in the organization.
-- conflict: organization_members_pkey (user): This user is already a member of the organization.

-- name: default_id :one
-- authz: open because the first user joins the default organization before anyone exists
select id from organizations where is_default;

-- name: add_first_member :exec
-- authz: duty founder
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
values (@organization_id, @user_id, '{organization-admin}', @now, @now);

-- define: columns
    o.id, o.name, o.display_name, o.description, o.icon, o.is_default, o.created_at, o.updated_at, o.default_org_member_roles,
    o.shareable_workspace_owners

-- name: by_id :opt
-- authz: row read organization
-- row: Organization
select {columns} from organizations o where o.id = @id and not o.deleted;

-- Whoever changes what an organization gives its members waits here for the others who do.
-- name: lock_organization :opt
-- authz: row lock organization
-- row: Organization
select {columns} from organizations o where o.id = @id and not o.deleted for no key update of o;

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

-- name: insert :exec
-- authz: permit create organization
insert into organizations (id, name, display_name, description, icon, default_org_member_roles, created_at, updated_at)
values (@permit.id, @name, @display_name, @description, @icon, @default_roles, @now, @now);

-- name: insert_everyone :exec
-- authz: permit create organization
-- writes: groups because an organization is made with the group of all its members
insert into groups (id, organization_id, name, created_at) values (@permit.id, @permit.id, 'Everyone', @now);

-- name: insert_creator :exec
-- authz: permit create organization
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
values (@permit.id, @user_id, @roles, @now, @now);

-- name: update :change
-- authz: locked permit update organization
update organizations set name = @name, display_name = @display_name, description = @description, icon = @icon,
    default_org_member_roles = @default_roles, updated_at = @now
where id = @permit.id and not deleted;

-- What must be gone before an organization can go: all but its last member, Everyone, and the group of its pools' quota.
-- name: holdings :one
-- authz: permit delete organization
select
    (select count(*) from workspaces w where w.organization_id = o.id and not w.deleted) as "workspaces!",
    (select count(*) from templates t where t.organization_id = o.id and not t.deleted) as "templates!",
    (select greatest(count(*) - 1, 0) from organization_members m join users u on u.id = m.user_id
     where m.organization_id = o.id and not u.deleted and not u.is_system) as "members!",
    (select count(*) from groups g where g.organization_id = o.id and g.id <> o.id
     and lower(g.name) not in ('coder_prebuilt_workspaces', 'coderprebuiltworkspaces')) as "groups!",
    (select count(*) from provisioner_keys k where k.organization_id = o.id) as "provisioner_keys!"
from organizations o where o.id = @permit.id and not o.deleted for update;

-- name: delete_organization :count
-- authz: permit delete organization
update organizations set deleted = true, updated_at = @now where id = @permit.id and not is_default and not deleted;

-- name: set_sharing :change
-- authz: locked permit update organization
update organizations set shareable_workspace_owners = @mode, updated_at = @now where id = @permit.id and not deleted;

-- name: stop_sharing :count
-- authz: permit update organization
-- writes: workspaces because what may no longer be shared is shared with nobody
update workspaces w set user_acl = '{}', group_acl = '{}'
where w.organization_id = @permit.id and (w.user_acl <> '{}' or w.group_acl <> '{}')
  and (@all::bool or not (select u.is_service_account from users u where u.id = w.owner_id));

-- name: stop_sharing_apps :count
-- authz: permit update organization
-- writes: workspace_app_shares because what may no longer be shared is shared with nobody
delete from workspace_app_shares s using workspaces w, users u
where w.id = s.workspace_id and u.id = w.owner_id and w.organization_id = @permit.id and (@all::bool or not u.is_service_account);

-- System roles are the same text for a change of the setting and for the start.
-- define: save_system_role
on conflict (organization_id, name) do update
set org_permissions = excluded.org_permissions, member_permissions = excluded.member_permissions, is_system = true, updated_at = excluded.updated_at

-- name: lock_system_roles :one
-- authz: duty role_keeper
select true as "locked!" from pg_advisory_xact_lock(hashtext('organizations.system_roles'));

-- name: modes :many
-- authz: duty role_keeper
select id, shareable_workspace_owners from organizations where not deleted order by id;

-- name: all_system_roles :many
-- authz: duty role_keeper
-- row: SystemRole
select organization_id, name, org_permissions, member_permissions from custom_roles where is_system;

-- name: write_system_role :exec
-- authz: duty role_keeper
insert into custom_roles (organization_id, name, org_permissions, member_permissions, is_system, created_at, updated_at)
values (@organization_id, @name, @org_permissions, @member_permissions, true, @now, @now)
{save_system_role};

-- name: system_roles :many
-- authz: permit create organization or update organization
-- row: SystemRole
select organization_id, name, org_permissions, member_permissions from custom_roles where is_system and organization_id = @permit.id for update;

-- name: save_system_role :exec
-- authz: permit create organization or update organization
insert into custom_roles (organization_id, name, org_permissions, member_permissions, is_system, created_at, updated_at)
values (@permit.id, @name, @org_permissions, @member_permissions, true, @now, @now)
{save_system_role};

-- What whoever joins is given beside: it stays that until they have joined.
-- name: hold_default_roles :one
-- authz: permit create organization_member
select o.default_org_member_roles from organizations o where o.id = @permit.organization for share;

-- Not of an account or an organization that ends meanwhile: what its end takes away would stay.
-- name: add_member :change
-- authz: permit create organization_member
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
select o.id, u.id, '{}', @now, @now from users u, organizations o
where u.id = @permit.owner and o.id = @permit.organization and not u.deleted and not o.deleted
for share;

-- define: member_columns
    m.user_id, m.organization_id, m.roles, m.created_at, m.updated_at, u.username, u.name, u.avatar_url, u.email, u.status, u.login_type,
    u.last_seen_at, u.created_at as "user_created_at", u.updated_at as "user_updated_at", u.is_service_account, u.is_system, u.rbac_roles

-- define: member_matches
    @visible and m.organization_id = @organization_id and not u.deleted and (@include_system::bool or not u.is_system)
  and (@user_id?::uuid is null or m.user_id = @user_id?::uuid)
  and (@github_id?::int8 is null or u.github_com_user_id = @github_id?::int8)
  and (@role?::text is null or @role?::text = any (m.roles))
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

-- name: member_by_id :opt
-- authz: row read organization_member
-- row: OneMember
select {member_columns}
from organization_members m join users u on u.id = m.user_id
where m.organization_id = @organization_id and m.user_id = @user_id and not u.deleted;

-- name: member_by_name :opt
-- authz: row read organization_member
-- row: OneMember
select {member_columns}
from organization_members m join users u on u.id = m.user_id
where m.organization_id = @organization_id and lower(u.username) = lower(@username) and not u.deleted;

-- Whoever changes a member's roles waits here for the others who do, and sees what they made of them.
-- name: lock_member :opt
-- authz: row lock organization_member
-- row: OneMember
select {member_columns}
from organization_members m join users u on u.id = m.user_id
where m.organization_id = @organization_id and m.user_id = @user_id and not u.deleted
for no key update of m;

-- name: member_roles :many
-- authz: list read organization_member m
select m.organization_id, m.roles from organization_members m
join organizations o on o.id = m.organization_id
where @visible and m.user_id = @user_id and not o.deleted
order by m.organization_id;

-- A membership ends by its own right, or with the account whose end was judged. What a member leaves behind goes in the same
-- transaction.
-- name: remove_member :count
-- authz: permit delete organization_member or delete user
delete from organization_members where organization_id = any (@organization_ids::uuid[]) and user_id = @permit.owner;

-- name: memberships :many
-- authz: permit delete user
select organization_id from organization_members where user_id = @permit.owner order by organization_id for update;

-- name: leave_groups :count
-- authz: permit delete organization_member or delete user
-- writes: group_members because groups hold members of their organization only
delete from group_members m using groups g
where g.id = m.group_id and g.organization_id = any (@organization_ids::uuid[]) and m.user_id = @permit.owner;

-- name: leave_template_lists :count
-- authz: permit delete organization_member or delete user
-- writes: templates because access lists name members of their organization only
update templates set user_acl = user_acl - @permit.owner::uuid::text
where organization_id = any (@organization_ids::uuid[]) and jsonb_exists(user_acl, @permit.owner::uuid::text);

-- name: leave_workspace_lists :count
-- authz: permit delete organization_member or delete user
-- writes: workspaces because access lists name members of their organization only
update workspaces set user_acl = user_acl - @permit.owner::uuid::text
where organization_id = any (@organization_ids::uuid[]) and jsonb_exists(user_acl, @permit.owner::uuid::text);

-- Keys that were good for this organization alone, the tokens its builds were given, and the sessions of web apps, which
-- a browser gets anew for apps elsewhere. A person's own session is not the organization's to end.
-- name: end_keys :count
-- authz: permit delete organization_member
-- writes: api_keys because what a key was good for is gone
delete from api_keys k
where k.user_id = @permit.owner and (
    k.scopes = '{coder:application_connect}'
    or k.token_name in (select w.id::text || '_session_token' from workspaces w
                        where w.owner_id = @permit.owner and w.organization_id = @permit.organization)
    or (cardinality(k.allow_list) > 0 and not exists (
        select 1 from (select case when entry like '%:*' then null else split_part(entry, ':', 2)::uuid end as id
                       from unnest(k.allow_list) as entry) as e
        where e.id is null or not (
            e.id = @permit.organization
            or exists (select 1 from workspaces w where w.id = e.id and w.organization_id = @permit.organization)
            or exists (select 1 from templates t where t.id = e.id and t.organization_id = @permit.organization)
            or exists (select 1 from template_versions v where v.id = e.id and v.organization_id = @permit.organization)
            or exists (select 1 from groups g where g.id = e.id and g.organization_id = @permit.organization)))));

-- name: set_member_roles :change
-- authz: locked permit update organization_member
update organization_members set roles = @roles, updated_at = @now
where organization_id = @permit.organization and user_id = @permit.owner;

-- name: custom_roles :many
-- authz: permit read assign_org_role
select name, display_name, org_permissions, member_permissions from custom_roles
where organization_id = @permit.organization and not is_system order by lower(name);

-- The names that may be handed out: none of them goes away before the transaction ends. Taken before a member's lock.
-- name: hold_custom_roles :many
-- authz: permit read assign_org_role
select name from custom_roles where organization_id = @permit.organization and not is_system order by name for share;

-- name: lock_custom_roles :many
-- authz: permit update assign_org_role or delete assign_org_role
-- row: CustomRolesRow
select name, display_name, org_permissions, member_permissions from custom_roles
where organization_id = @permit.organization and not is_system order by name for no key update;

-- name: insert_custom_role :exec
-- authz: permit create assign_org_role
insert into custom_roles (organization_id, name, display_name, org_permissions, member_permissions, created_at, updated_at)
values (@permit.organization, @name, @display_name, @org_permissions, @member_permissions, @now, @now);

-- name: update_custom_role :change
-- authz: permit update assign_org_role
update custom_roles set display_name = @display_name, org_permissions = @org_permissions, member_permissions = @member_permissions, updated_at = @now
where organization_id = @permit.organization and name = @name and not is_system;

-- name: delete_custom_role :change
-- authz: permit delete assign_org_role
delete from custom_roles where organization_id = @permit.organization and name = @name and not is_system;

-- name: unassign_everywhere :count
-- authz: permit delete assign_org_role
update organization_members set roles = array_remove(roles, @name), updated_at = @now
where organization_id = @permit.organization and @name = any (roles);

-- name: stop_defaulting :count
-- authz: permit delete assign_org_role
update organizations set default_org_member_roles = array_remove(default_org_member_roles, @name), updated_at = @now
where id = @permit.organization and @name = any (default_org_member_roles);
