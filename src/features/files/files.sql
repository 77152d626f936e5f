-- owns: files
-- kept: files: as long as a template's version uses them; others a day (purge), and so many of one person (insert)
-- about: files: file

-- name: by_hash :opt
-- authz: row read file
-- row: Stored
select id, created_by, mimetype from files where hash = @hash and created_by = @created_by;

-- Nothing is stored beyond what one person may have lying unused.
-- name: insert :count
-- authz: permit create file
with unused as (
    select count(*) as files, coalesce(sum(octet_length(f.data)), 0) as bytes from files f
    where f.created_by = @permit.owner and not exists (select 1 from provisioner_jobs j where j.file_id = f.id)
)
insert into files (id, hash, created_by, mimetype, data, created_at)
select @permit.id, @hash, @permit.owner, @mimetype, @data, @now from unused
where unused.files < @most_files::int8 and unused.bytes + octet_length(@data::bytea) <= @most_bytes::int8
on conflict (hash, created_by) do nothing;

-- Uploaded anew: it is not old any more.
-- name: renew :count
-- authz: permit create file
update files set created_at = @now where id = @permit.id and created_by = @permit.owner;

-- A row is judged before its bytes are read: they may be ten million.
-- name: by_id :opt
-- authz: row read file
-- row: Stored
select id, created_by, mimetype from files where id = @id;

-- name: data :one
-- authz: permit read file
select data from files where id = @permit.id;

-- Whoever may change a template may read the archive of any of its versions.
-- name: by_template :opt
-- authz: permit update template
select f.data, f.mimetype from files f
where f.id = @file_id and exists (
    select 1 from template_versions v join provisioner_jobs j on j.id = v.job_id where v.template_id = @permit.id and j.file_id = f.id);

-- name: templates_of :many
-- authz: list read template t
select distinct t.id, t.organization_id, t.user_acl, t.group_acl from templates t
join template_versions v on v.template_id = t.id join provisioner_jobs j on j.id = v.job_id
where @visible and j.file_id = @file_id limit 20;

-- Archives that nothing was ever made of.
-- name: purge :count
-- authz: duty db_purge
delete from files where id in (
    select f.id from files f where f.created_at < @before::timestamptz and not exists (select 1 from provisioner_jobs j where j.file_id = f.id)
    order by f.created_at limit @most::int4);
