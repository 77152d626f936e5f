-- Workspaces, their builds, and what a build made: resources, agents, apps, scripts.

create table workspaces (
    id                 uuid primary key,
    owner_id           uuid not null references users (id),
    organization_id    uuid not null references organizations (id),
    template_id        uuid not null references templates (id),
    name               text not null,
    autostart_schedule text,
    ttl_ms             bigint,
    next_start_at      timestamptz,
    last_used_at       timestamptz not null,
    dormant_at         timestamptz,
    deleting_at        timestamptz,
    automatic_updates  text not null default 'never' check (automatic_updates in ('always', 'never')),
    user_acl           jsonb not null default '{}',
    group_acl          jsonb not null default '{}',
    deleted            boolean not null default false,
    created_at         timestamptz not null,
    updated_at         timestamptz not null
);
create unique index workspaces_name on workspaces (owner_id, lower(name)) where not deleted;
create index workspaces_organization on workspaces (organization_id) where not deleted;
create index workspaces_template on workspaces (template_id) where not deleted;
create index workspaces_next_start on workspaces (next_start_at) where next_start_at is not null and not deleted;

create table workspace_favorites (
    user_id      uuid not null references users (id) on delete cascade,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    primary key (user_id, workspace_id)
);

create table workspace_builds (
    id                         uuid primary key,
    workspace_id               uuid not null references workspaces (id) on delete cascade,
    template_version_id        uuid not null references template_versions (id),
    template_version_preset_id uuid references template_version_presets (id) on delete set null,
    build_number               integer not null,
    transition                 text not null check (transition in ('start', 'stop', 'delete')),
    reason                     text not null default 'initiator',
    initiator_id               uuid not null references users (id),
    job_id                     uuid not null unique references provisioner_jobs (id),
    provisioner_state          bytea,
    deadline                   timestamptz,
    max_deadline               timestamptz,
    daily_cost                 integer not null default 0,
    has_ai_task                boolean not null default false,
    has_external_agent         boolean not null default false,
    created_at                 timestamptz not null,
    updated_at                 timestamptz not null,
    unique (workspace_id, build_number)
);
create index workspace_builds_latest on workspace_builds (workspace_id, build_number desc);
create index workspace_builds_version on workspace_builds (template_version_id);
create index workspace_builds_deadline on workspace_builds (deadline) where deadline is not null;

create table workspace_build_parameters (
    workspace_build_id uuid not null references workspace_builds (id) on delete cascade,
    name               text not null,
    value              text not null,
    primary key (workspace_build_id, name)
);

create table workspace_resources (
    id            uuid primary key,
    job_id        uuid not null references provisioner_jobs (id) on delete cascade,
    transition    text not null check (transition in ('start', 'stop', 'delete')),
    type          text not null,
    name          text not null,
    hide          boolean not null default false,
    icon          text not null default '',
    instance_type text not null default '',
    daily_cost    integer not null default 0,
    created_at    timestamptz not null
);
create index workspace_resources_job on workspace_resources (job_id);

create table workspace_resource_metadata (
    workspace_resource_id uuid not null references workspace_resources (id) on delete cascade,
    position              integer not null,
    key                   text not null,
    value                 text not null default '',
    sensitive             boolean not null default false,
    primary key (workspace_resource_id, position)
);

create table workspace_agents (
    id                         uuid primary key,
    resource_id                uuid not null references workspace_resources (id) on delete cascade,
    parent_id                  uuid references workspace_agents (id) on delete cascade,
    name                       varchar(64) not null,
    architecture               varchar(64) not null,
    operating_system           varchar(64) not null,
    auth_token                 uuid not null unique,
    auth_instance_id           varchar,
    environment_variables      jsonb,
    directory                  varchar(4096) not null default '',
    expanded_directory         varchar(4096) not null default '',
    version                    text not null default '',
    api_version                text not null default '',
    troubleshooting_url        text not null default '',
    motd_file                  text not null default '',
    connection_timeout_seconds integer not null default 0,
    display_order              integer not null default 0,
    lifecycle_state            text not null default 'created' check (lifecycle_state in ('created', 'starting', 'start_timeout',
        'start_error', 'ready', 'shutting_down', 'shutdown_timeout', 'shutdown_error', 'off')),
    logs_length                integer not null default 0 constraint max_logs_length check (logs_length <= 1048576),
    logs_overflowed            boolean not null default false,
    subsystems                 text[] not null default '{}',
    display_apps               text[] not null default '{vscode,vscode_insiders,web_terminal,ssh_helper,port_forwarding_helper}',
    api_key_scope              text not null default 'all' check (api_key_scope in ('all', 'no_user_data')),
    deleted                    boolean not null default false,
    first_connected_at         timestamptz,
    last_connected_at          timestamptz,
    disconnected_at            timestamptz,
    started_at                 timestamptz,
    ready_at                   timestamptz,
    last_connected_replica_id  uuid,
    connection_id              uuid,
    created_at                 timestamptz not null,
    updated_at                 timestamptz not null
);
create index workspace_agents_resource on workspace_agents (resource_id);
create index workspace_agents_parent on workspace_agents (parent_id);
create index workspace_agents_instance on workspace_agents (auth_instance_id)
    where auth_instance_id is not null and parent_id is null and not deleted;

create table workspace_agent_scripts (
    id                 uuid primary key,
    workspace_agent_id uuid not null references workspace_agents (id) on delete cascade,
    log_source_id      uuid not null,
    log_path           text not null default '',
    script             text not null,
    cron               text not null default '',
    start_blocks_login boolean not null default false,
    run_on_start       boolean not null default false,
    run_on_stop        boolean not null default false,
    timeout_seconds    integer not null default 0,
    display_name       text not null default '',
    created_at         timestamptz not null
);
create index workspace_agent_scripts_agent on workspace_agent_scripts (workspace_agent_id);

create table workspace_agent_script_timings (
    script_id  uuid not null references workspace_agent_scripts (id) on delete cascade,
    started_at timestamptz not null,
    ended_at   timestamptz not null,
    exit_code  integer not null,
    stage      text not null check (stage in ('start', 'stop', 'cron')),
    status     text not null check (status in ('ok', 'exit_failure', 'timed_out', 'pipes_left_open')),
    primary key (script_id, started_at)
);

create table workspace_agent_log_sources (
    workspace_agent_id uuid not null references workspace_agents (id) on delete cascade,
    id                 uuid not null,
    display_name       varchar(127) not null,
    icon               text not null default '',
    created_at         timestamptz not null,
    primary key (workspace_agent_id, id)
);

create table workspace_agent_logs (
    id            bigserial primary key,
    agent_id      uuid not null references workspace_agents (id) on delete cascade,
    created_at    timestamptz not null,
    output        varchar(1024) not null,
    level         text not null default 'info' check (level in ('trace', 'debug', 'info', 'warn', 'error')),
    log_source_id uuid not null
);
create index workspace_agent_logs_agent on workspace_agent_logs (agent_id, id);

create table workspace_agent_metadata (
    workspace_agent_id uuid not null references workspace_agents (id) on delete cascade,
    key                varchar(127) not null,
    display_name       varchar(127) not null,
    script             text not null,
    value              text not null default '',
    error              text not null default '',
    timeout            bigint not null default 0,
    interval           bigint not null default 0,
    collected_at       timestamptz not null default '0001-01-01 00:00:00+00',
    display_order      integer not null default 0,
    primary key (workspace_agent_id, key)
);

create table workspace_apps (
    id                    uuid primary key,
    agent_id              uuid not null references workspace_agents (id) on delete cascade,
    slug                  text not null,
    display_name          varchar(64) not null default '',
    icon                  text not null default '',
    command               text not null default '',
    url                   text not null default '',
    external              boolean not null default false,
    subdomain             boolean not null default false,
    sharing_level         text not null default 'owner' check (sharing_level in ('owner', 'authenticated', 'organization', 'public')),
    healthcheck_url       text not null default '',
    healthcheck_interval  integer not null default 0,
    healthcheck_threshold integer not null default 0,
    health                text not null default 'disabled' check (health in ('disabled', 'initializing', 'healthy', 'unhealthy')),
    display_order         integer not null default 0,
    display_group         text not null default '',
    hidden                boolean not null default false,
    open_in               text not null default 'slim-window',
    tooltip               text not null default '',
    created_at            timestamptz not null,
    unique (agent_id, slug)
);

create table workspace_app_statuses (
    id           uuid primary key,
    agent_id     uuid not null references workspace_agents (id) on delete cascade,
    app_id       uuid not null references workspace_apps (id) on delete cascade,
    workspace_id uuid not null references workspaces (id) on delete cascade,
    state        text not null check (state in ('working', 'complete', 'failure', 'idle')),
    message      text not null,
    uri          text not null default '',
    created_at   timestamptz not null
);
create index workspace_app_statuses_workspace on workspace_app_statuses (workspace_id, created_at desc);
create index workspace_app_statuses_app on workspace_app_statuses (app_id, created_at desc);

create table workspace_agent_stats (
    id                              bigserial primary key,
    agent_id                        uuid not null,
    workspace_id                    uuid not null,
    user_id                         uuid not null,
    template_id                     uuid not null,
    connections_by_proto            jsonb not null default '{}',
    connection_count                bigint not null default 0,
    connection_median_latency_ms    double precision not null default -1,
    rx_packets                      bigint not null default 0,
    rx_bytes                        bigint not null default 0,
    tx_packets                      bigint not null default 0,
    tx_bytes                        bigint not null default 0,
    session_count_vscode            bigint not null default 0,
    session_count_jetbrains         bigint not null default 0,
    session_count_reconnecting_pty  bigint not null default 0,
    session_count_ssh               bigint not null default 0,
    created_at                      timestamptz not null
);
create index workspace_agent_stats_created on workspace_agent_stats (created_at);
create index workspace_agent_stats_agent on workspace_agent_stats (agent_id, created_at desc);

create table connection_logs (
    id                 uuid primary key,
    connect_time       timestamptz not null,
    organization_id    uuid not null,
    workspace_owner_id uuid not null,
    workspace_id       uuid not null,
    workspace_name     text not null,
    agent_name         text not null,
    type               text not null,
    ip                 text,
    code               integer,
    user_agent         text,
    user_id            uuid,
    slug_or_port       text,
    connection_id      uuid,
    disconnect_time    timestamptz,
    disconnect_reason  text
);
create index connection_logs_time on connection_logs (connect_time desc);
create unique index connection_logs_connection on connection_logs (connection_id, workspace_id, agent_name);

create table workspace_agent_devcontainers (
    id                 uuid primary key,
    workspace_agent_id uuid not null references workspace_agents (id) on delete cascade,
    name               text not null,
    workspace_folder   text not null,
    config_path        text not null default '',
    created_at         timestamptz not null
);

create table workspace_agent_port_share (
    workspace_id uuid not null references workspaces (id) on delete cascade,
    agent_name   text not null,
    port         integer not null,
    share_level  text not null check (share_level in ('authenticated', 'organization', 'public')),
    protocol     text not null default 'http' check (protocol in ('http', 'https')),
    primary key (workspace_id, agent_name, port)
);
