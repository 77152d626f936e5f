-- What is too old goes, a batch at a time; which tables, and after how long, say their features (`-- kept:`) and purges().
-- owns:
-- writes: api_keys because a key long past its end is good for nothing
-- writes: workspace_agent_logs because agents long gone are not debugged any more
-- writes: workspace_app_statuses because nobody scrolls that far back
-- writes: workspace_agent_stats because statistics look back half a year at most
-- writes: workspace_app_stats because statistics look back half a year at most

-- name: api_keys :count
-- authz: duty db_purge
delete from api_keys where id in (select k.id from api_keys k where k.expires_at < @before::timestamptz order by k.expires_at limit @most::int4);

-- All of one agent at a time: they are a mebibyte at most.
-- name: agent_logs :count
-- authz: duty db_purge
delete from workspace_agent_logs where agent_id in (
    select a.id from workspace_agents a where a.last_connected_at < @before::timestamptz
    and exists (select 1 from workspace_agent_logs l where l.agent_id = a.id) limit least(@most::int4, 10));

-- name: app_statuses :count
-- authz: duty db_purge
delete from workspace_app_statuses where id in (
    select s.id from workspace_app_statuses s where s.created_at < @before::timestamptz order by s.created_at limit @most::int4);

-- name: agent_stats :count
-- authz: duty db_purge
delete from workspace_agent_stats where id in (
    select s.id from workspace_agent_stats s where s.created_at < @before::timestamptz order by s.created_at limit @most::int4);

-- name: app_stats :count
-- authz: duty db_purge
delete from workspace_app_stats where id in (
    select s.id from workspace_app_stats s where s.session_ended_at < @before::timestamptz order by s.session_ended_at limit @most::int4);
