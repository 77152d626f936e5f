-- A workspace is looked up by its owner and name, deleted ones too when asked for.

create index workspaces_owner_name_all on workspaces (owner_id, lower(name));
