-- The audit trail and the connection log are read by person, by request and by workspace, newest first.
create index audit_logs_user on audit_logs (user_id, time desc);
create index audit_logs_request on audit_logs (request_id);
create index connection_logs_organization on connection_logs (organization_id, connect_time desc);
create index connection_logs_workspace on connection_logs (workspace_id, connect_time desc);
