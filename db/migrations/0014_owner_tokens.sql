-- A build's token of the workspace's owner lives with that build. Those that were made before had every right of their owner.

alter table api_keys add column build_id uuid references workspace_builds (id) on delete cascade;
create index api_keys_build on api_keys (build_id) where build_id is not null;

delete from api_keys k using workspaces w where w.owner_id = k.user_id and k.token_name = w.id::text || '_session_token' and k.login_type = 'token';

-- Who set the schedule by which a workspace starts: a start by somebody else's acts for its owner no more than they could.
alter table workspaces add column autostart_set_by uuid references users (id);
update workspaces set autostart_set_by = owner_id where autostart_schedule is not null;
