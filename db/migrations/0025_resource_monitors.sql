-- What a template asks to be warned of: memory or a volume of an agent's machine that is nearly full.
create table workspace_agent_memory_resource_monitors (
    agent_id        uuid primary key references workspace_agents (id) on delete cascade,
    enabled         boolean not null,
    threshold       integer not null check (threshold between 0 and 100),
    state           text not null default 'OK' check (state in ('OK', 'NOK')),
    debounced_until timestamptz not null default '0001-01-01 00:00:00+00',
    noticed_at      timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null
);

create table workspace_agent_volume_resource_monitors (
    agent_id        uuid not null references workspace_agents (id) on delete cascade,
    path            text not null,
    enabled         boolean not null,
    threshold       integer not null check (threshold between 0 and 100),
    state           text not null default 'OK' check (state in ('OK', 'NOK')),
    debounced_until timestamptz not null default '0001-01-01 00:00:00+00',
    noticed_at      timestamptz,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (agent_id, path)
);
