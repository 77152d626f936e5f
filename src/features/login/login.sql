-- owns: user_links, login_conversions
-- kept: user_links: as long as their person
-- kept: login_conversions: one a person
-- about: user_links, login_conversions: user update_personal

-- define: person
    u.id, u.username, u.status, u.login_type, u.rbac_roles, u.is_system,
    exists (select 1 from user_links k where k.user_id = u.id and k.login_type = @login_type) as "linked!"

-- name: by_link :opt
-- authz: open because what the provider signed is what proves it
-- row: Person
select {person}
from user_links l join users u on u.id = l.user_id
where l.issuer = @issuer and l.subject = @subject and not u.deleted;

-- name: by_email :opt
-- authz: open because what the provider signed is what proves it
-- row: Person
select {person}
from users u where lower(u.email) = lower(@email) and not u.deleted;

-- name: by_conversion :opt
-- authz: open because the state and the secret that only the person's browser was given are what prove it
-- row: Person
select {person}
from login_conversions c join users u on u.id = c.user_id
where c.state_hash = @state_hash and c.binding_hash = @binding_hash and c.to_type = @login_type and c.expires_at > @now and u.login_type = 'password' and not u.deleted;

-- name: username_taken :one
-- authz: open because a new person has no name yet
select exists (select 1 from users where lower(username) = lower(@username) and not deleted) as "taken!";

-- name: begin_conversion :count
-- authz: locked permit update_personal user
insert into login_conversions (user_id, state_hash, binding_hash, to_type, expires_at)
values (@permit.id, @state_hash, @binding_hash, @to_type, @expires_at)
on conflict (user_id) do update
set state_hash = excluded.state_hash, binding_hash = excluded.binding_hash, to_type = excluded.to_type, expires_at = excluded.expires_at;

-- name: end_conversion :count
-- authz: duty sign_in
delete from login_conversions where user_id = @user_id and state_hash = @state_hash;

-- From now on the provider alone says who this is. The row stays locked, so that the keys can be ended after it.
-- name: convert :count
-- authz: duty sign_in
-- writes: users because how somebody signs in is settled where they do
update users set login_type = @login_type, hashed_password = '', updated_at = @now
where id = @user_id and login_type = 'password' and status <> 'suspended' and not deleted;

-- The password goes, and with it whatever it was good for: sessions, and tokens that whoever knew it may have made.
-- name: end_keys :count
-- authz: duty sign_in
-- writes: api_keys because keys of the old way end with it
delete from api_keys where user_id = @user_id;

-- None when the account has another identity of this provider by now.
-- name: link :count
-- authz: duty sign_in
insert into user_links (user_id, login_type, issuer, subject, claims, created_at)
values (@user_id, @login_type, @issuer, @subject, @claims::jsonb, @now)
on conflict (user_id, login_type) do update set claims = excluded.claims
where user_links.issuer = excluded.issuer and user_links.subject = excluded.subject;

-- name: know_on_github :exec
-- authz: duty sign_in
-- writes: users because GitHub says its number of the person at sign-in
update users set github_com_user_id = @github_id where id = @user_id and github_com_user_id is distinct from @github_id;

-- name: lock_owners :one
-- authz: duty sign_in
select pg_advisory_xact_lock(hashtext('users.owners')) is not null as "locked!";

-- The last active owner stays one, whatever the provider says.
-- name: set_roles :count
-- authz: duty sign_in
-- writes: users because the provider says which roles the person has
update users set rbac_roles = @roles, updated_at = @now
where id = @user_id and rbac_roles <> @roles
  and ('owner' = any (@roles) or not 'owner' = any (rbac_roles)
       or exists (select 1 from users o where 'owner' = any (o.rbac_roles) and o.status = 'active' and not o.deleted and o.id <> @user_id));

-- name: make_groups :count
-- authz: duty sign_in
-- writes: groups because the provider says which groups there are
insert into groups (id, organization_id, name, source, created_at)
select gen_random_uuid(), @organization_id, name, 'oidc', @now from unnest(@names::text[]) as name
on conflict (organization_id, lower(name)) do nothing;

-- Everyone in the organization is in its own group without a row.
-- name: leave_groups :count
-- authz: duty sign_in
-- writes: group_members because the provider says who is in which group
delete from group_members m using groups g
where g.id = m.group_id and g.organization_id = @organization_id and m.user_id = @user_id and not lower(g.name) = any (@names::text[]);

-- name: join_groups :count
-- authz: duty sign_in
-- writes: group_members because the provider says who is in which group
insert into group_members (group_id, user_id)
select g.id, @user_id from groups g
join organization_members o on o.organization_id = g.organization_id and o.user_id = @user_id
where g.organization_id = @organization_id and g.id <> g.organization_id and lower(g.name) = any (@names::text[])
on conflict do nothing;
