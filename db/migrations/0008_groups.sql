-- Who is in which group. Everyone, whose id is its organization's, has all members of it without a row for each.
create view members_of_groups (group_id, organization_id, user_id) as
select gm.group_id, g.organization_id, gm.user_id from group_members gm join groups g on g.id = gm.group_id
union all
select m.organization_id, m.organization_id, m.user_id from organization_members m;

-- The system's own users stay as they were made, whatever a handler forgets.
create function refuse_change_of_system_user() returns trigger language plpgsql as $$
begin
    raise exception 'system users are frozen';
end $$;
create trigger users_system_frozen before update or delete on users
for each row when (old.is_system) execute function refuse_change_of_system_user();
