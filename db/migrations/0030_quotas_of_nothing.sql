-- An allowance of nothing is no credit, in every organization and from its first day. Only the release before this one reads the column.
alter table organizations alter column keeps_quotas set default true;
update organizations set keeps_quotas = true where not keeps_quotas;

update groups set quota_allowance = 0 where quota_allowance < 0;
alter table groups add constraint groups_allowance check (quota_allowance >= 0);

-- Builds of one owner in one organization are weighed one after another. Whoever waits beyond the session's lock_timeout is told false,
-- and the transaction goes on.
create function take_quota_turn(owner_id uuid, organization_id uuid) returns boolean language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('quota:' || owner_id || organization_id, 0));
    return true;
exception when lock_not_available then
    return false;
end $$;
