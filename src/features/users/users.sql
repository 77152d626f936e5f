-- owns: users, user_settings, git_ssh_keys
-- kept: users: for ever
-- kept: user_settings, git_ssh_keys: as long as their person
-- about: users: user
-- about: git_ssh_keys, user_settings: user update_personal
-- conflict: users_username (username): A user with this username already exists.
-- conflict: users_email (email): A user with this email already exists.

-- name: any_user :one
-- authz: open because the set-up page must know whether a first user exists
select exists (select 1 from users where not is_system) as "exists!";

-- name: insert_first :exec
-- authz: duty founder
insert into users (id, email, username, name, hashed_password, rbac_roles, login_type, created_at, updated_at)
values (@id, @email, @username, @name, @hashed_password, '{owner}', 'password', @now, @now);

-- name: lock_first :exec
-- authz: duty founder
lock table users in share row exclusive mode;

-- name: count_people :one
-- authz: duty founder
select count(*) as "count!" from users where not is_system;

-- name: insert :exec
-- authz: permit create user
insert into users (id, email, username, name, hashed_password, status, rbac_roles, login_type, is_service_account, created_at, updated_at)
values (@permit.id, @email, @username, @name, @hashed_password, @status, @rbac_roles, @login_type, @is_service_account, @now, @now);

-- define: columns
    u.id, u.email, u.username, u.name, u.avatar_url, u.status, u.login_type, u.rbac_roles, u.is_system, u.is_service_account,
    u.last_seen_at, u.created_at, u.updated_at,
    coalesce((select array_agg(m.organization_id order by m.organization_id) from organization_members m
              join organizations o on o.id = m.organization_id where m.user_id = u.id and not o.deleted), '{}') as "organization_ids!"

-- name: by_id :opt
-- authz: row read user
-- row: User
select
{columns}
from users u where u.id = @id and not u.deleted;

-- name: by_username :opt
-- authz: row read user
-- row: User
select
{columns}
from users u where lower(u.username) = lower(@username) and not u.deleted;

-- Whoever changes an account waits here for the others who do, and sees what they made of it.
-- name: lock :opt
-- authz: row lock user
-- row: User
select
{columns}
from users u where u.id = @id and not u.deleted for no key update of u;

-- For rules about who may act on an account; never shown, because the reader of an account need not be one of its roles.
-- name: roles_in_organizations :many
-- authz: permit read user
select m.organization_id, m.roles || o.default_org_member_roles as "roles!"
from organization_members m join organizations o on o.id = m.organization_id
where m.user_id = @permit.id and not o.deleted;

-- define: matches
    @visible and not u.deleted and not u.is_system
  and (@search?::text is null or u.username ilike @search? or u.email ilike @search? or u.name ilike @search?)
  and (@name?::text is null or u.name ilike @name?)
  and (cardinality(@statuses::text[]) = 0 or u.status = any (@statuses::text[]))
  and (cardinality(@roles::text[]) = 0 or u.rbac_roles && @roles::text[] or 'member' = any (@roles::text[]))
  and (cardinality(@login_types::text[]) = 0 or u.login_type = any (@login_types::text[]))
  and (@service_account?::bool is null or u.is_service_account = @service_account?::bool)
  and (@github_id?::int8 is null or u.github_com_user_id = @github_id?::int8)
  and (@last_seen_after?::timestamptz is null or u.last_seen_at >= @last_seen_after?::timestamptz)
  and (@last_seen_before?::timestamptz is null or u.last_seen_at <= @last_seen_before?::timestamptz)
  and (@created_after?::timestamptz is null or u.created_at >= @created_after?::timestamptz)
  and (@created_before?::timestamptz is null or u.created_at <= @created_before?::timestamptz)

-- name: list :many
-- authz: list read user u
-- row: Listed
select
{columns},
    (select count(*) from users u where {matches}) as "total!"
from users u
where {matches}
  and (@after_id?::uuid is null or lower(u.username) > (select lower(a.username) from users a where a.id = @after_id?::uuid))
order by lower(u.username)
limit nullif(@most::int4, 0) offset @skip::int4;

-- name: update_profile :change
-- authz: locked permit update_personal user
update users set username = @username, name = @name, avatar_url = @avatar_url, updated_at = @now where id = @permit.id;

-- name: set_status :change
-- authz: locked permit update user
update users set status = @status, updated_at = @now where id = @permit.id;

-- name: set_roles :change
-- authz: locked permit update user
update users set rbac_roles = @rbac_roles, updated_at = @now where id = @permit.id;

-- A code that was mailed before does not undo it, nor a switch to another way of signing in that the old one began.
-- name: set_password :change
-- authz: locked permit update_personal user
-- writes: password_resets because a new password is what they were for
-- writes: login_conversions because the old password began them
with void as (delete from password_resets where user_id = @permit.id), begun as (delete from login_conversions where user_id = @permit.id)
update users set hashed_password = @hashed_password, updated_at = @now where id = @permit.id;

-- name: password_of :one
-- authz: permit update_personal user
select hashed_password from users where id = @permit.id;

-- name: count_owners :one
-- authz: locked permit update user
select count(*) as "count!" from users where 'owner' = any (rbac_roles) and status = 'active' and not deleted and id <> @permit.id;

-- name: count_workspaces :one
-- authz: locked permit delete user
select count(*) as "count!" from workspaces where owner_id = @permit.id and not deleted;

-- Who comes back under the same identity is somebody new.
-- name: delete_user :change
-- authz: locked permit delete user
-- writes: user_links because a link to an account that is gone would keep its person out for good
with unlinked as (delete from user_links where user_id = @permit.id)
update users set deleted = true, status = 'suspended', rbac_roles = '{}', updated_at = @now where id = @permit.id;

-- name: settings :many
-- authz: permit read_personal user
select key, value from user_settings where user_id = @permit.id;

-- name: set_setting :exec
-- authz: permit update_personal user
insert into user_settings (user_id, key, value) values (@permit.id, @key, @value)
on conflict (user_id, key) do update set value = excluded.value;

-- Whoever takes away an owner waits here for the others who do: the last one stays.
-- name: lock_owners :one
-- authz: permit update user
select u.id from users u, pg_advisory_xact_lock(hashtext('users.owners')) where u.id = @permit.id;

-- Made with the person, or at the first look at it.
-- name: insert_ssh_key :exec
-- authz: permit create user or read_personal user
insert into git_ssh_keys (user_id, public_key, private_key, created_at, updated_at)
values (@permit.id, @public_key, @private_key, @now, @now)
on conflict (user_id) do nothing;

-- name: insert_first_ssh_key :exec
-- authz: duty founder
insert into git_ssh_keys (user_id, public_key, private_key, created_at, updated_at)
values (@user_id, @public_key, @private_key, @now, @now);

-- name: replace_ssh_key :count
-- authz: locked permit update_personal user
insert into git_ssh_keys (user_id, public_key, private_key, created_at, updated_at)
values (@permit.id, @public_key, @private_key, @now, @now)
on conflict (user_id) do update
set public_key = excluded.public_key, private_key = excluded.private_key, updated_at = excluded.updated_at;

-- name: ssh_key :opt
-- authz: permit read_personal user
select public_key, created_at, updated_at from git_ssh_keys where user_id = @permit.id;

-- What the person last gave for each parameter of the template.
-- name: recent_parameters :many
-- authz: permit read_personal user
select distinct on (p.name) p.name, p.value
from workspace_build_parameters p
join workspace_builds b on b.id = p.workspace_build_id
join workspaces w on w.id = b.workspace_id
where w.owner_id = @permit.id and w.template_id = @template_id
order by p.name, b.created_at desc;
