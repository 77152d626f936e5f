-- One index is what a unique one is already, another was missing: what an agent's containers are asked by.

drop index workspace_builds_latest;
create index workspace_agent_devcontainers_agent on workspace_agent_devcontainers (workspace_agent_id);
