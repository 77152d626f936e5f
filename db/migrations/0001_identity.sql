-- People, organizations, groups, keys and what is known about who did what.

create table site_settings (
    key   text primary key,
    value text not null
);

create table organizations (
    id                         uuid primary key,
    name                       text not null,
    display_name               text not null default '',
    description                text not null default '',
    icon                       text not null default '',
    is_default                 boolean not null default false,
    deleted                    boolean not null default false,
    default_org_member_roles   text[] not null default '{organization-workspace-access}',
    shareable_workspace_owners text not null default 'everyone'
        check (shareable_workspace_owners in ('everyone', 'service_accounts', 'none')),
    created_at                 timestamptz not null,
    updated_at                 timestamptz not null
);
create unique index organizations_name on organizations (lower(name)) where not deleted;
create unique index organizations_one_default on organizations (is_default) where is_default;

create table users (
    id                 uuid primary key,
    email              text not null,
    username           text not null,
    name               text not null default '',
    avatar_url         text not null default '',
    hashed_password    text not null default '',
    status             text not null default 'active' check (status in ('active', 'suspended', 'dormant')),
    login_type         text not null default 'password' check (login_type in ('password', 'github', 'oidc', 'token', 'none')),
    rbac_roles         text[] not null default '{}',
    is_system          boolean not null default false,
    is_service_account boolean not null default false,
    deleted            boolean not null default false,
    last_seen_at       timestamptz not null default '0001-01-01 00:00:00+00',
    github_com_user_id bigint,
    one_time_passcode_hash    text not null default '',
    one_time_passcode_expires timestamptz,
    created_at         timestamptz not null,
    updated_at         timestamptz not null
);
create unique index users_username on users (lower(username)) where not deleted;
create unique index users_email on users (lower(email)) where not deleted and email <> '';
create index users_created on users (created_at, id);

create table user_links (
    user_id    uuid not null references users (id) on delete cascade,
    login_type text not null check (login_type in ('github', 'oidc')),
    issuer     text not null,
    subject    text not null,
    claims     jsonb not null default '{}',
    created_at timestamptz not null,
    primary key (user_id, login_type),
    unique (issuer, subject)
);

create table user_settings (
    user_id uuid not null references users (id) on delete cascade,
    key     text not null,
    value   text not null,
    primary key (user_id, key)
);

create table git_ssh_keys (
    user_id     uuid primary key references users (id) on delete cascade,
    public_key  text not null,
    private_key text not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);

create table organization_members (
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id         uuid not null references users (id) on delete cascade,
    roles           text[] not null default '{}',
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (organization_id, user_id)
);
create index organization_members_user on organization_members (user_id);

create table custom_roles (
    organization_id    uuid not null references organizations (id) on delete cascade,
    name               text not null,
    display_name       text not null default '',
    org_permissions    jsonb not null default '[]',
    member_permissions jsonb not null default '[]',
    is_system          boolean not null default false,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    primary key (organization_id, name)
);

create table groups (
    id              uuid primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    name            text not null,
    display_name    text not null default '',
    avatar_url      text not null default '',
    quota_allowance integer not null default 0,
    source          text not null default 'user' check (source in ('user', 'oidc')),
    created_at      timestamptz not null
);
create unique index groups_name on groups (organization_id, lower(name));

create table group_members (
    group_id uuid not null references groups (id) on delete cascade,
    user_id  uuid not null references users (id) on delete cascade,
    primary key (group_id, user_id)
);
create index group_members_user on group_members (user_id);

create table api_keys (
    id               text primary key check (length(id) = 10),
    hashed_secret    bytea not null,
    user_id          uuid not null references users (id) on delete cascade,
    login_type       text not null check (login_type in ('password', 'github', 'oidc', 'token', 'none')),
    token_name       text not null default '',
    scopes           text[] not null default '{coder:all}',
    allow_list       text[] not null default '{*:*}',
    lifetime_seconds bigint not null,
    ip_address       text not null default '',
    last_used        timestamptz not null,
    expires_at       timestamptz not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);
create index api_keys_user on api_keys (user_id, created_at);
create unique index api_keys_token_name on api_keys (user_id, token_name) where login_type = 'token';

create table crypto_keys (
    feature   text not null,
    sequence  integer not null,
    secret    bytea not null,
    starts_at timestamptz not null,
    deletes_at timestamptz,
    primary key (feature, sequence)
);

create table audit_logs (
    id                uuid primary key,
    time              timestamptz not null,
    user_id           uuid,
    organization_id   uuid,
    ip                text not null default '',
    user_agent        text not null default '',
    resource_type     text not null,
    resource_id       uuid not null,
    resource_target   text not null default '',
    resource_icon     text not null default '',
    action            text not null,
    diff              jsonb not null default '{}',
    status_code       integer not null,
    additional_fields jsonb not null default '{}',
    request_id        uuid not null
);
create index audit_logs_time on audit_logs (time desc, id);
create index audit_logs_organization on audit_logs (organization_id, time desc);
create index audit_logs_resource on audit_logs (resource_id);

insert into organizations (id, name, display_name, is_default, created_at, updated_at)
values (gen_random_uuid(), 'default', 'Default', true, now(), now());

-- The Everyone group of an organization has the organization's own id.
insert into groups (id, organization_id, name, display_name, created_at)
select id, id, 'Everyone', '', now() from organizations;

insert into users (id, email, username, name, status, login_type, is_system, created_at, updated_at)
values ('c42fdf75-3097-471c-8c33-fb52454d81c0', 'prebuilds@system', 'prebuilds', 'Prebuilds Owner', 'active', 'none', true, now(), now());
