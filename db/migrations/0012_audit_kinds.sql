-- A page of the audit trail by kind of object, newest first.
create index audit_logs_kind on audit_logs (resource_type, time desc);
