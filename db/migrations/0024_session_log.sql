-- What a session that passes a server carried, and which server holds it while it is open: the sessions of a server that died are
-- ended by another.
alter table connection_logs add column replica_id uuid, add column rx_bytes bigint, add column tx_bytes bigint;
create index connection_logs_open on connection_logs (replica_id) where disconnect_time is null and replica_id is not null;
create index connection_logs_open_of_workspace on connection_logs (workspace_id) where disconnect_time is null and replica_id is not null;
