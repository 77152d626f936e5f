-- When the scheduler must look at a workspace next. Too early is harmless, so whoever makes something due sooner sets it to now.

alter table workspaces add column due_at timestamptz not null default now();
create index workspaces_due on workspaces (due_at) where not deleted;

-- Nobody asks for these any more, and they made every bump of a deadline an index write.
drop index workspaces_next_start;
drop index workspace_builds_deadline;
