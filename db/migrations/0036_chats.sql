-- Chats: what a person says to an agent, kept whether or not a model is there to answer.

-- No foreign keys to organizations, users and workspaces: each would lock one row of theirs for everybody who begins a chat, and these rows
-- stay where they are when they are deleted.
create table chats (
    id uuid primary key,
    organization_id uuid not null,
    owner_id uuid not null,
    workspace_id uuid,
    title text not null,
    status text not null default 'waiting' check (status in ('waiting', 'running', 'error', 'requires_action', 'interrupting')),
    client_type text not null default 'api' check (client_type in ('api', 'ui')),
    labels jsonb not null default '{}',
    plan_mode text check (plan_mode = 'plan'),
    system_prompt text not null default '',
    model_config_id uuid,
    archived boolean not null default false,
    archived_at timestamptz,
    pin_order integer not null default 0 check (pin_order >= 0),  -- 0: not pinned
    user_acl jsonb not null default '{}',
    group_acl jsonb not null default '{}',
    idempotency_key text,
    request_hash bytea,  -- SHA-256 of the request that the key came with
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index chats_owner on chats (owner_id, archived, updated_at desc, id desc);
create index chats_pinned on chats (owner_id, pin_order) where pin_order > 0;
create index chats_workspace on chats (workspace_id) where workspace_id is not null and not archived;
create index chats_archived on chats (archived_at) where archived;
create unique index chats_idempotency_key on chats (owner_id, idempotency_key) where idempotency_key is not null;

create table chat_messages (
    id bigint generated always as identity primary key,
    chat_id uuid not null references chats (id) on delete cascade,
    created_at timestamptz not null,
    created_by uuid,
    role text not null check (role in ('system', 'user', 'assistant', 'tool')),
    content jsonb not null,  -- parts
    deleted boolean not null default false
);

create index chat_messages_chat on chat_messages (chat_id, id);
