-- How what builds leave behind is found once it is old.
create index provisioner_jobs_old_logs on provisioner_jobs (completed_at) where logs_length > 0;
create index provisioner_jobs_file on provisioner_jobs (file_id);
create index workspace_builds_old_states on workspace_builds (created_at) where provisioner_state is not null;
create index files_created on files (created_at);
