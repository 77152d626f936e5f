-- An organization keeps quotas from the first allowance on that one of its groups was given; before that nothing is limited.

alter table organizations add column keeps_quotas boolean not null default false;
update organizations o set keeps_quotas = exists (select 1 from groups g where g.organization_id = o.id and g.quota_allowance > 0);
