-- Servers elsewhere that carry apps and terminals for the people near them.
create table workspace_proxies (
    id                  uuid primary key,
    name                text not null,
    display_name        text not null default '',
    icon                text not null default '',
    url                 text not null default '',  -- as people reach it; empty until it has registered
    wildcard_hostname   text not null default '',  -- of apps on hosts of their own, or empty
    version             text not null default '',
    token_hashed_secret bytea not null,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    deleted             boolean not null default false
);
create unique index workspace_proxies_name on workspace_proxies (lower(name)) where not deleted;

-- The processes of each, which say every half minute that they are there.
create table workspace_proxy_replicas (
    id         uuid primary key,
    proxy_id   uuid not null references workspace_proxies (id) on delete cascade,
    hostname   text not null,
    version    text not null,
    error      text not null default '',  -- what it cannot do, in its own words
    started_at timestamptz not null,
    updated_at timestamptz not null,
    stopped_at timestamptz
);
create index workspace_proxy_replicas_proxy on workspace_proxy_replicas (proxy_id);
create index workspace_proxy_replicas_heard on workspace_proxy_replicas (updated_at);
