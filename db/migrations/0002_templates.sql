-- Archives, templates and what an import finds in them.

create table files (
    id         uuid primary key,
    hash       text not null,
    created_by uuid not null references users (id),
    mimetype   text not null,
    data       bytea not null,
    created_at timestamptz not null,
    unique (hash, created_by)
);

create table provisioner_keys (
    id              uuid primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    name            text not null,
    hashed_secret   bytea not null,
    tags            jsonb not null default '{}',
    created_at      timestamptz not null
);
create unique index provisioner_keys_name on provisioner_keys (organization_id, lower(name));

create table provisioner_daemons (
    id              uuid primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    key_id          uuid not null,
    name            text not null,
    provisioners    text[] not null default '{}',
    tags            jsonb not null default '{}',
    version         text not null default '',
    api_version     text not null default '',
    replica_id      uuid,
    created_at      timestamptz not null,
    last_seen_at    timestamptz,
    unique (organization_id, name)
);

create table provisioner_jobs (
    id               uuid primary key,
    organization_id  uuid not null references organizations (id) on delete cascade,
    initiator_id     uuid not null references users (id),
    type             text not null check (type in ('template_version_import', 'template_version_dry_run', 'workspace_build')),
    provisioner      text not null default 'terraform',
    file_id          uuid not null references files (id),
    input            jsonb not null,
    tags             jsonb not null default '{}',
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    started_at       timestamptz,
    canceled_at      timestamptz,
    completed_at     timestamptz,
    worker_id        uuid,
    error            text not null default '',
    error_code       text not null default '',
    logs_length      integer not null default 0,
    logs_overflowed  boolean not null default false,
    job_status       text not null generated always as (
        case
            when completed_at is not null and error <> '' and canceled_at is null then 'failed'
            when completed_at is not null and canceled_at is not null then 'canceled'
            when completed_at is not null then 'succeeded'
            when canceled_at is not null then 'canceling'
            when started_at is not null then 'running'
            else 'pending'
        end) stored
);
create index provisioner_jobs_queue on provisioner_jobs (created_at, id) where started_at is null and completed_at is null;
create index provisioner_jobs_running on provisioner_jobs (updated_at) where started_at is not null and completed_at is null;
create index provisioner_jobs_organization on provisioner_jobs (organization_id, created_at desc);

create table provisioner_job_logs (
    id         bigserial primary key,
    job_id     uuid not null references provisioner_jobs (id) on delete cascade,
    created_at timestamptz not null,
    source     text not null default 'provisioner' check (source in ('provisioner', 'provisioner_daemon')),
    level      text not null check (level in ('trace', 'debug', 'info', 'warn', 'error')),
    stage      text not null,
    output     text not null
);
create index provisioner_job_logs_job on provisioner_job_logs (job_id, id);

create table provisioner_job_timings (
    job_id     uuid not null references provisioner_jobs (id) on delete cascade,
    stage      text not null,
    source     text not null,
    action     text not null,
    resource   text not null,
    started_at timestamptz not null,
    ended_at   timestamptz not null
);
create index provisioner_job_timings_job on provisioner_job_timings (job_id);

create table templates (
    id                                 uuid primary key,
    organization_id                    uuid not null references organizations (id) on delete cascade,
    name                               text not null,
    display_name                       text not null default '',
    description                        text not null default '',
    icon                               text not null default '',
    provisioner                        text not null default 'terraform',
    active_version_id                  uuid not null,
    created_by                         uuid not null references users (id),
    default_ttl_ms                     bigint not null default 0,
    activity_bump_ms                   bigint not null default 3600000,
    autostop_requirement_days_of_week  smallint not null default 0,
    autostop_requirement_weeks         bigint not null default 0,
    autostart_block_days_of_week       smallint not null default 0,
    allow_user_autostart               boolean not null default true,
    allow_user_autostop                boolean not null default true,
    allow_user_cancel_workspace_jobs   boolean not null default true,
    failure_ttl_ms                     bigint not null default 0,
    time_til_dormant_ms                bigint not null default 0,
    time_til_dormant_autodelete_ms     bigint not null default 0,
    require_active_version             boolean not null default false,
    deprecated                         text not null default '',
    max_port_sharing_level             text not null default 'owner'
        check (max_port_sharing_level in ('owner', 'authenticated', 'organization', 'public')),
    cors_behavior                      text not null default 'simple' check (cors_behavior in ('simple', 'passthru')),
    use_classic_parameter_flow         boolean not null default false,
    disable_module_cache               boolean not null default false,
    user_acl                           jsonb not null default '{}',
    group_acl                          jsonb not null default '{}',
    deleted                            boolean not null default false,
    created_at                         timestamptz not null,
    updated_at                         timestamptz not null
);
create unique index templates_name on templates (organization_id, lower(name)) where not deleted;

create table template_versions (
    id                   uuid primary key,
    template_id          uuid references templates (id) on delete cascade,
    organization_id      uuid not null references organizations (id) on delete cascade,
    name                 text not null,
    message              text not null default '',
    readme               text not null default '',
    job_id               uuid not null unique references provisioner_jobs (id),
    created_by           uuid not null references users (id),
    archived             boolean not null default false,
    external_auth        jsonb not null default '[]',
    has_ai_task          boolean not null default false,
    has_external_agent   boolean not null default false,
    source_example_id    text not null default '',
    created_at           timestamptz not null,
    updated_at           timestamptz not null
);
create unique index template_versions_name on template_versions (template_id, lower(name));
create index template_versions_template on template_versions (template_id, created_at, id);

create table template_version_parameters (
    template_version_id  uuid not null references template_versions (id) on delete cascade,
    name                 text not null,
    display_name         text not null default '',
    description          text not null default '',
    type                 text not null,
    form_type            text not null default '',
    mutable              boolean not null,
    default_value        text not null default '',
    icon                 text not null default '',
    options              jsonb not null default '[]',
    validation_regex     text not null default '',
    validation_min       integer,
    validation_max       integer,
    validation_error     text not null default '',
    validation_monotonic text not null default '',
    required             boolean not null,
    ephemeral            boolean not null,
    display_order        integer not null default 0,
    primary key (template_version_id, name)
);

create table template_version_variables (
    template_version_id uuid not null references template_versions (id) on delete cascade,
    name                text not null,
    description         text not null default '',
    type                text not null default 'string',
    value               text not null default '',
    default_value       text not null default '',
    required            boolean not null default false,
    sensitive           boolean not null default false,
    primary key (template_version_id, name)
);

create table template_version_presets (
    id                  uuid primary key,
    template_version_id uuid not null references template_versions (id) on delete cascade,
    name                text not null,
    description         text not null default '',
    icon                text not null default '',
    is_default          boolean not null default false,
    desired_instances   integer,
    invalidate_after_secs integer not null default 0,
    scheduling_timezone text not null default '',
    prebuild_status     text not null default 'healthy',
    last_invalidated_at timestamptz,
    created_at          timestamptz not null
);
create index template_version_presets_version on template_version_presets (template_version_id);

create table template_version_preset_parameters (
    preset_id uuid not null references template_version_presets (id) on delete cascade,
    name      text not null,
    value     text not null,
    primary key (preset_id, name)
);
