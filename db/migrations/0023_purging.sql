-- What is too old or unused is found by an index, a batch at a time.
create index api_keys_expires on api_keys (expires_at);
create index files_creator on files (created_by);
create index workspace_app_statuses_created on workspace_app_statuses (created_at);
