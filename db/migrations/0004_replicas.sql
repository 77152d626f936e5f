-- The servers that run on this database now, and which of them holds an agent's tunnel.

create table replicas (
    id             uuid primary key,
    hostname       text not null,
    relay_address  text not null,
    version        text not null,
    started_at     timestamptz not null,
    updated_at     timestamptz not null,
    stopped_at     timestamptz
);
create index replicas_alive on replicas (updated_at) where stopped_at is null;

create table agent_tunnels (
    agent_id      uuid primary key references workspace_agents (id) on delete cascade,
    replica_id    uuid not null references replicas (id) on delete cascade,
    connection_id uuid not null,
    opened_at     timestamptz not null
);
create index agent_tunnels_replica on agent_tunnels (replica_id);
