-- owns: api_keys
-- kept: api_keys: --api-keys-retention after their end (retention.api_keys)
-- about: api_keys: api_key
-- conflict: api_keys_token_name (name): A token with this name already exists.

-- What compiles a subject: the user's roles, memberships with their organizations' settings and custom roles, and groups.
-- Every request pays for this one: nothing is sorted, each table is visited once and by key, whatever the statistics say.
-- define: grants
    u.rbac_roles,
    u.is_service_account,
    array(select coalesce((select concat_ws('|', o.id, o.shareable_workspace_owners, array_to_string(o.default_org_member_roles, ','),
                                            array_to_string(m.roles, ','),
                                            (select jsonb_agg(jsonb_build_object('name', c.name, 'org', c.org_permissions, 'member', c.member_permissions))
                                             from custom_roles c
                                             where c.organization_id = m.organization_id and not c.is_system
                                               and c.name = any (m.roles || o.default_org_member_roles)))
                           from organizations o where o.id = m.organization_id and not o.deleted), '')
          from organization_members m where m.user_id = u.id) as "memberships!",
    array(select g.group_id from group_members g where g.user_id = u.id) as "group_ids!"

-- The key that a build was given of its workspace's owner is good while that build is what the workspace runs.
-- define: build_lasts
exists (select 1 from workspace_builds b
        join workspaces w on w.id = b.workspace_id
        join provisioner_jobs j on j.id = b.job_id
        join organization_members m on m.organization_id = w.organization_id and m.user_id = w.owner_id
        where b.id = k.build_id and b.transition = 'start' and w.owner_id = k.user_id and not w.deleted
          and (j.completed_at is null or j.job_status = 'succeeded')
          and not exists (select 1 from workspace_builds n where n.workspace_id = b.workspace_id and n.build_number > b.build_number))

-- name: principal_by_key :opt
-- authz: open because authentication runs before anyone is known
-- row: KeyPrincipal
select
    k.id, k.hashed_secret, k.login_type as key_login_type, k.scopes, k.allow_list, k.lifetime_seconds, k.last_used, k.expires_at,
    u.id as user_id, u.email, u.username, u.name, u.avatar_url, u.status, u.login_type, u.created_at, u.updated_at, u.last_seen_at,
    {grants}
from api_keys k
join users u on u.id = k.user_id
where k.id = @id and not u.deleted and (k.build_id is null or {build_lasts});

-- Until a claimed workspace was built for its new owner, the agent that runs in it is the one from before the claim.
-- define: of_open_claim
x.transition = 'start' and exists (select 1 from prebuild_claims c join workspace_builds f on f.id = c.claim_build_id
    where c.workspace_id = x.workspace_id and c.finished_at is null and x.build_number >= f.build_number)

-- name: principal_by_agent :opt
-- authz: open because an agent's token is what proves it
-- row: AgentPrincipal
select
    a.id, a.resource_id, a.name, a.api_key_scope,
    w.id as workspace_id, w.name as workspace_name, w.organization_id, w.owner_id, w.template_id,
    (w.dormant_at is not null) as "dormant!",
    b.id as build_id, b.build_number, b.template_version_id,
    u.username as owner_name,
    {grants}
from workspace_agents a
join workspace_resources r on r.id = a.resource_id
join workspace_builds b on b.job_id = r.job_id
join workspaces w on w.id = b.workspace_id
join users u on u.id = w.owner_id
where a.auth_token = @token and not a.deleted and not w.deleted and not u.deleted and u.status <> 'suspended'
  and b.build_number = (select max(x.build_number) from workspace_builds x where x.workspace_id = w.id and not ({of_open_claim}));

-- name: provisioner_by_key :opt
-- authz: open because a provisioner's key is what proves it
select k.id, k.organization_id, k.name, k.tags from provisioner_keys k join organizations o on o.id = k.organization_id
where k.hashed_secret = @hashed_secret and not o.deleted;

-- name: login_by_email :opt
-- authz: open because a password is checked before anyone is known
-- row: Login
select u.id, u.email, u.username, u.hashed_password, u.status, u.login_type,
       {grants}
from users u
where lower(u.email) = lower(@email) and not u.deleted and not u.is_system;

-- name: login_by_id :opt
-- authz: open because an identity provider's word is checked before anyone is known
-- row: Login
select u.id, u.email, u.username, u.hashed_password, u.status, u.login_type,
       {grants}
from users u
where u.id = @id and not u.deleted and not u.is_system;

-- name: grants_of :opt
-- authz: row read user
-- row: Grantee
select u.id as user_id,
       {grants}
from users u where u.id = @user_id and not u.deleted;

-- What led to the key must still hold: the account, how it signs in, the password that was found right, the key that asks for
-- another. The share lock holds back whoever changes the account until this key is there to be ended, or the other way round. The
-- account comes before its keys, as where they are ended.
-- name: insert_key :count
-- authz: permit create api_key
with account as materialized (
    select u.id from users u
    where u.id = @permit.owner and not u.deleted and u.status <> 'suspended'
      and (@login_type::text in ('token', 'none') or u.login_type = @login_type::text)
      and (@password_seen?::text is null or u.hashed_password = @password_seen?::text)
    for share
), maker as materialized (
    select b.id from account a cross join api_keys b where b.id = @made_by?::text and b.expires_at > @now::timestamptz for share of b
)
insert into api_keys (id, hashed_secret, user_id, login_type, token_name, scopes, allow_list, lifetime_seconds, ip_address,
                      last_used, expires_at, created_at, updated_at)
select @permit.key, @hashed_secret::bytea, a.id, @login_type::text, @token_name::text, @scopes::text[], @allow_list::text[], @lifetime_seconds::int8,
    @ip_address::text, @now::timestamptz, @expires_at::timestamptz, @now::timestamptz, @now::timestamptz
from account a where @made_by?::text is null or exists (select 1 from maker);

-- A key lives on only from what its use was seen to leave it: whoever made it end earlier since then has the last word. What somebody
-- is changing is left alone, so that nobody waits for this.
-- name: touch_keys :exec
-- authz: duty last_use
-- writes: users because being seen is known where the key is read
with used as (
    select * from unnest(@ids::text[], @user_ids::uuid[], @used_at::timestamptz[], @seen_expiries::timestamptz[], @expiries::timestamptz[])
        as t (id, user_id, used_at, seen_expiry, expiry)
), keys as (
    select k.id from api_keys k where k.id = any (@ids::text[]) for no key update skip locked
), touched as (
    update api_keys k set last_used = t.used_at, expires_at = greatest(k.expires_at, t.expiry) from used t join keys using (id)
    where k.id = t.id and k.last_used < t.used_at and k.expires_at = t.seen_expiry
), people as (
    select u.id from users u where u.id = any (@user_ids::uuid[]) for no key update skip locked
)
update users u set last_seen_at = t.used_at, status = case u.status when 'dormant' then 'active' else u.status end
from (select used.user_id, max(used.used_at) as used_at from used join people on people.id = used.user_id group by used.user_id) t
where u.id = t.user_id and u.last_seen_at < t.used_at;

-- name: key_by_id :opt
-- authz: row read api_key
-- row: Key
select id, user_id, login_type, token_name, scopes, allow_list, lifetime_seconds, last_used, expires_at, created_at, updated_at
from api_keys where id = @id and user_id = @user_id;

-- name: token_by_name :opt
-- authz: row read api_key
-- row: Key
select id, user_id, login_type, token_name, scopes, allow_list, lifetime_seconds, last_used, expires_at, created_at, updated_at
from api_keys where user_id = @user_id and token_name = @token_name and login_type = 'token';

-- Tokens, and where they are asked for sessions too: without the keys that a browser got for hosts of apps, which are part of one.
-- name: tokens :many
-- authz: list read api_key k
select k.id, k.user_id, k.login_type, k.token_name, k.scopes, k.allow_list, k.lifetime_seconds, k.last_used, k.expires_at, k.created_at,
       k.updated_at, u.username
from api_keys k join users u on u.id = k.user_id
where @visible and (k.login_type = 'token' or @with_sessions::bool and k.scopes <> '{coder:application_connect}') and (@user_id?::uuid is null or k.user_id = @user_id?::uuid)
  and (@include_expired::bool or k.expires_at > @now)
order by k.created_at, k.id;

-- name: delete_key :count
-- authz: permit delete api_key
delete from api_keys where id = @permit.key;

-- Keys that a browser got for hosts of apps end when it signs out; tokens that somebody made for the same stay.
-- name: delete_app_keys :count
-- authz: permit delete api_key
delete from api_keys where user_id = @permit.owner and scopes = '{coder:application_connect}' and login_type <> 'token';

-- name: expire_key :change
-- authz: permit update api_key
update api_keys set expires_at = least(expires_at, @now), updated_at = @now where id = @permit.key;

-- Whoever ends the keys of an account has locked it first: no key that is being made meanwhile stays.
-- name: delete_other_keys :count
-- authz: locked permit update_personal user
delete from api_keys where user_id = @permit.id and id <> @keep;

-- name: delete_all_keys :count
-- authz: locked permit update user
delete from api_keys where user_id = @permit.id;

-- name: delete_sessions :count
-- authz: locked permit update user
delete from api_keys where user_id = @permit.id and login_type <> 'token';

-- Whoever was made but never came is dormant until the first sign-in.
-- name: wake_user :exec
-- authz: duty sign_in
-- writes: users because being seen is known where the key is made
update users set status = 'active', last_seen_at = @now, updated_at = @now where id = @user_id and status = 'dormant';
