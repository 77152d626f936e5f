-- owns: groups, group_members
-- kept: groups: as long as their organization
-- kept: group_members: as long as their group and person
-- about: groups: group
-- about: group_members: group_member
-- conflict: groups_name (name): A group with this name already exists in the organization.

-- define: columns
    g.id, g.organization_id, g.name, g.display_name, g.avatar_url, g.quota_allowance, g.source,
    o.name as organization_name, o.display_name as organization_display_name,
    (select count(*) from members_of_groups c join users u on u.id = c.user_id
     where c.group_id = g.id and not u.deleted and not u.is_system) as "total_member_count!"

-- define: from_groups
from groups g join organizations o on o.id = g.organization_id and not o.deleted

-- name: by_id :opt
-- authz: row read group
-- row: Group
select
{columns}
{from_groups}
where g.id = @id;

-- name: lock :opt
-- authz: row lock group
-- row: Group
select
{columns}
{from_groups}
where g.id = @id for no key update of g;

-- name: by_name :opt
-- authz: row read group
-- row: Group
select
{columns}
{from_groups}
where g.organization_id = @organization_id and lower(g.name) = lower(@name);

-- name: list :many
-- authz: list read group g
-- row: Group
select
{columns}
{from_groups}
where @visible
  and (@organization_id?::uuid is null or g.organization_id = @organization_id?::uuid)
  and (cardinality(@group_ids::uuid[]) = 0 or g.id = any (@group_ids::uuid[]))
  and (@has_member?::uuid is null or exists (
        select 1 from members_of_groups m where m.group_id = g.id and m.user_id = @has_member?::uuid))
  and (@search?::text is null or g.name ilike @search? or g.display_name ilike @search?)
order by lower(o.name), g.id <> g.organization_id, lower(g.name)
limit nullif(@most::int4, 0) offset @skip::int4;

-- Groups on an access list, whether or not the caller could read them elsewhere.
-- name: on_list :many
-- authz: permit read workspace or update template
-- row: Group
select
{columns}
{from_groups}
where g.organization_id = @permit.organization and g.id = any (@group_ids::uuid[])
order by g.id <> g.organization_id, lower(g.name);

-- define: person
    u.id, u.username, u.name, u.avatar_url, u.email, u.status, u.login_type, u.is_service_account, u.last_seen_at, u.created_at, u.updated_at

-- All members of several groups at once.
-- name: members_of :many
-- authz: list read group_member m
-- row: Member
select m.group_id as "group_id!",
{person}
from members_of_groups m join users u on u.id = m.user_id
where @visible and m.group_id = any (@group_ids::uuid[]) and not u.deleted and not u.is_system
order by lower(u.username);

-- define: member_matches
    @visible and m.group_id = @group_id and not u.deleted and not u.is_system
  and (@search?::text is null or u.username ilike @search? or u.email ilike @search? or u.name ilike @search?)

-- name: members :many
-- authz: list read group_member m
-- row: PagedMember
select
{person},
    (select count(*) from members_of_groups m join users u on u.id = m.user_id where {member_matches}) as "total!"
from members_of_groups m join users u on u.id = m.user_id
where {member_matches}
  and (@after_id?::uuid is null or lower(u.username) > (select lower(a.username) from users a where a.id = @after_id?::uuid))
order by lower(u.username)
limit nullif(@most::int4, 0) offset @skip::int4;

-- People of an organization, as candidates for a group or an access list.
-- name: candidates :many
-- authz: list read organization_member m
-- row: Candidate
select
{person}
from organization_members m join users u on u.id = m.user_id
where @visible and m.organization_id = @organization_id and not u.deleted and not u.is_system
  and (@search?::text is null or u.username ilike @search? or u.email ilike @search? or u.name ilike @search?)
order by lower(u.username)
limit nullif(@most::int4, 0) offset @skip::int4;

-- Which of these people and groups an access list of the organization may name. The share lock holds back their end until the list
-- names them, or the other way round.
-- name: listable_members :many
-- authz: list read organization_member m
select m.user_id from organization_members m join users u on u.id = m.user_id
where @visible and m.organization_id = @organization_id and m.user_id = any (@user_ids::uuid[]) and not u.deleted and not u.is_system
order by m.user_id for share of m;

-- name: listable_groups :many
-- authz: list read group g
select g.id from groups g where @visible and g.organization_id = @organization_id and g.id = any (@group_ids::uuid[])
order by g.id for share of g;

-- name: insert :exec
-- authz: permit create group
insert into groups (id, organization_id, name, display_name, avatar_url, quota_allowance, created_at)
values (@permit.id, @permit.organization, @name, @display_name, @avatar_url, @quota_allowance, @now);

-- name: update :change
-- authz: locked permit update group
update groups set name = @name, display_name = @display_name, avatar_url = @avatar_url, quota_allowance = @quota_allowance where id = @permit.id;

-- The share lock holds back the removal of these members from the organization until this group has them, or the other way round. The
-- owner of prebuilt workspaces may be one of them, though no list shows it: its quota is its groups'.
-- name: lock_members :many
-- authz: permit update group
select m.user_id from organization_members m join users u on u.id = m.user_id
where m.organization_id = @permit.organization and m.user_id = any (@user_ids::uuid[]) and not u.deleted
order by m.user_id for share of m;

-- name: member_ids :many
-- authz: permit update group
select user_id from group_members where group_id = @permit.id order by user_id;

-- name: add_members :count
-- authz: permit update group
insert into group_members (group_id, user_id)
select @permit.id, new.user_id from unnest(@user_ids::uuid[]) as new (user_id)
on conflict do nothing;

-- name: remove_members :count
-- authz: permit update group
delete from group_members where group_id = @permit.id and user_id = any (@user_ids::uuid[]);

-- name: delete_group :change
-- authz: locked permit delete group
delete from groups where id = @permit.id and id <> organization_id;

-- name: leave_templates :count
-- authz: permit delete group
-- writes: templates because a group that is gone stands on no access list
update templates set group_acl = group_acl - @permit.id::uuid::text
where organization_id = @permit.organization and jsonb_exists(group_acl, @permit.id::uuid::text);

-- name: leave_workspaces :count
-- authz: permit delete group
-- writes: workspaces because a group that is gone stands on no access list
update workspaces set group_acl = group_acl - @permit.id::uuid::text
where organization_id = @permit.organization and jsonb_exists(group_acl, @permit.id::uuid::text);
