-- Who opened which app lately: while a visit goes on, the connection log has its line already. What a crash takes away costs one further line each.
create table workspace_app_audit_sessions (
    id uuid primary key,
    agent_id uuid not null,
    app_id uuid not null,  -- nil: a port or a terminal
    user_id uuid not null,  -- nil: nobody who is known
    ip text not null,
    user_agent text not null,
    slug_or_port text not null,
    status_code integer not null,
    started_at timestamptz not null,
    updated_at timestamptz not null,
    constraint workspace_app_audit_sessions_key unique (agent_id, app_id, user_id, ip, user_agent, slug_or_port, status_code)
);
alter table workspace_app_audit_sessions set unlogged;
create index workspace_app_audit_sessions_updated on workspace_app_audit_sessions (updated_at);
