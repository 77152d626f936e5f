-- Workspace proxies that were deleted lately: all agents are told of them.
create index workspace_proxies_gone on workspace_proxies (updated_at) where deleted;
