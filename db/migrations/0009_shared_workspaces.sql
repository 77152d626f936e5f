-- What access lists let somebody read is looked for among the workspaces that have any, which are few.
create index workspaces_shared on workspaces (organization_id) where not deleted and (user_acl <> '{}' or group_acl <> '{}');
