-- owns: workspace_proxies, workspace_proxy_replicas
-- kept: workspace_proxies: as long as the deployment; deleted ones are marked
-- kept: workspace_proxy_replicas: a day after they were last heard of (forget_replicas)
-- about: workspace_proxies: workspace_proxy
-- conflict: workspace_proxies_name (name): A workspace proxy with this name already exists.

-- define: columns
    p.id, p.name, p.display_name, p.icon, p.url, p.wildcard_hostname, p.version, p.created_at, p.updated_at,
    (select count(*) from workspace_proxy_replicas x where x.proxy_id = p.id and {alive}) as "alive!",
    array(select distinct x.error from workspace_proxy_replicas x where x.proxy_id = p.id and {alive} and x.error <> '' order by x.error) as "errors!",
    (select max(x.updated_at) from workspace_proxy_replicas x where x.proxy_id = p.id) as "heard_at?"

-- define: alive
x.stopped_at is null and x.updated_at > @alive_since::timestamptz

-- name: list :many
-- authz: permit read workspace_proxy
-- row: Proxy
select
{columns}
from workspace_proxies p
where not p.deleted
order by lower(p.name);

-- name: by_id :opt
-- authz: row read workspace_proxy
-- row: Proxy
select
{columns}
from workspace_proxies p
where p.id = @proxy_id and not p.deleted;

-- name: by_name :opt
-- authz: row read workspace_proxy
-- row: Proxy
select
{columns}
from workspace_proxies p
where lower(p.name) = lower(@name) and not p.deleted;

-- name: insert :exec
-- authz: permit create workspace_proxy
insert into workspace_proxies (id, name, display_name, icon, token_hashed_secret, created_at, updated_at)
values (@permit.id, @name, @display_name, @icon, @hashed_secret, @now, @now);

-- name: change :count
-- authz: permit update workspace_proxy
update workspace_proxies set name = @name, display_name = @display_name, icon = @icon,
    token_hashed_secret = coalesce(@hashed_secret?::bytea, token_hashed_secret), updated_at = @now
where id = @permit.id and not deleted;

-- name: remove :count
-- authz: permit delete workspace_proxy
update workspace_proxies set deleted = true, updated_at = @now where id = @permit.id and not deleted;

-- name: by_token :opt
-- authz: open because a proxy's token is what proves it
-- row: Known
select id, name, url, wildcard_hostname, version, token_hashed_secret from workspace_proxies where id = @proxy_id and not deleted;

-- Where people reach those that have registered.
-- name: addresses :many
-- authz: duty proxy_keeper
-- row: Address
select url, wildcard_hostname from workspace_proxies where not deleted and url <> '' order by created_at;

-- Addresses that were those of deleted proxies and are nobody's now.
-- name: gone :many
-- authz: duty proxy_keeper
select distinct p.url from workspace_proxies p
where p.deleted and p.url <> '' and p.updated_at > @since::timestamptz
    and not exists (select from workspace_proxies o where o.url = p.url and not o.deleted)
order by p.url;

-- name: registered :count
-- authz: duty proxy_keeper
update workspace_proxies set url = @url, wildcard_hostname = @wildcard_hostname, version = @version, updated_at = @now
where id = @proxy_id and not deleted;

-- A number belongs to the proxy that came with it first.
-- name: save_replica :count
-- authz: duty proxy_keeper
insert into workspace_proxy_replicas (id, proxy_id, hostname, version, error, started_at, updated_at)
values (@replica_id, @proxy_id, @hostname, @version, @error, @now, @now)
on conflict (id) do update set hostname = excluded.hostname, version = excluded.version, error = excluded.error, updated_at = excluded.updated_at,
    stopped_at = null
where workspace_proxy_replicas.proxy_id = excluded.proxy_id;

-- name: end_replica :count
-- authz: duty proxy_keeper
update workspace_proxy_replicas set stopped_at = @now, updated_at = @now where id = @replica_id and proxy_id = @proxy_id;

-- name: forget_replicas :count
-- authz: duty proxy_keeper
delete from workspace_proxy_replicas where updated_at < @silent_since::timestamptz;
