-- How much apps are used, and whose tokens are taken back before their minute is over.

create table workspace_app_stats (
    id bigint generated always as identity primary key,
    user_id uuid not null,
    workspace_id uuid not null,
    agent_id uuid not null,
    access_method text not null check (access_method in ('path', 'subdomain', 'terminal')),
    slug_or_port text not null,
    session_id uuid not null,
    session_started_at timestamptz not null,
    session_ended_at timestamptz not null,
    requests bigint not null,
    constraint workspace_app_stats_session unique (user_id, agent_id, session_id)
);
create index workspace_app_stats_workspace on workspace_app_stats (workspace_id, session_started_at);
create index workspace_app_stats_ended on workspace_app_stats (session_ended_at);

-- Tells every server, with the commit, that somebody may have lost the right to open apps: "u/<id>" a person, "w/<id>" whoever uses a workspace's,
-- "*" anybody. The first argument says which, the second in which column the id is.
create function tell_app_revocation() returns trigger language plpgsql as $$
declare
    about jsonb;
begin
    if tg_argv[0] = '*' then
        perform pg_notify('app_revocations', '*');
    else
        about := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
        perform pg_notify('app_revocations', tg_argv[0] || '/' || (about ->> tg_argv[1]));
    end if;
    return null;
end $$;

-- Whoever signs out, whose key is taken away, ends or may do less.
create trigger api_keys_gone_close_apps after delete on api_keys
    for each row when (old.expires_at > now()) execute function tell_app_revocation('u', 'user_id');
create trigger api_keys_cut_close_apps after update of expires_at, scopes, allow_list on api_keys
    for each row when (new.expires_at < old.expires_at or new.scopes is distinct from old.scopes or new.allow_list is distinct from old.allow_list)
    execute function tell_app_revocation('u', 'user_id');
create trigger users_close_apps after update of status, deleted, rbac_roles on users
    for each row when (new.status is distinct from old.status or new.deleted is distinct from old.deleted or new.rbac_roles is distinct from old.rbac_roles)
    execute function tell_app_revocation('u', 'id');
create trigger organization_members_gone_close_apps after delete on organization_members
    for each row execute function tell_app_revocation('u', 'user_id');
create trigger organization_members_cut_close_apps after update of roles on organization_members
    for each row when (new.roles is distinct from old.roles) execute function tell_app_revocation('u', 'user_id');
create trigger group_members_gone_close_apps after delete on group_members
    for each row execute function tell_app_revocation('u', 'user_id');

-- What many have their rights by is changed seldom.
create trigger custom_roles_gone_close_apps after delete on custom_roles for each row execute function tell_app_revocation('*');
create trigger custom_roles_cut_close_apps after update of org_permissions, member_permissions on custom_roles
    for each row when (new.org_permissions is distinct from old.org_permissions or new.member_permissions is distinct from old.member_permissions)
    execute function tell_app_revocation('*');
create trigger organizations_close_apps after update of deleted, default_org_member_roles, shareable_workspace_owners on organizations
    for each row when (new.deleted is distinct from old.deleted or new.default_org_member_roles is distinct from old.default_org_member_roles
                       or new.shareable_workspace_owners is distinct from old.shareable_workspace_owners)
    execute function tell_app_revocation('*');
create trigger templates_close_apps after update of cors_behavior on templates
    for each row when (new.cors_behavior is distinct from old.cors_behavior) execute function tell_app_revocation('*');

-- Whose workspace becomes another's, sleeps, is shared otherwise, or is built anew: its agents are others then.
create trigger workspaces_close_apps after update of owner_id, organization_id, user_acl, group_acl, deleted, dormant_at on workspaces
    for each row when (new.owner_id is distinct from old.owner_id or new.organization_id is distinct from old.organization_id
                       or new.user_acl is distinct from old.user_acl or new.group_acl is distinct from old.group_acl
                       or new.deleted is distinct from old.deleted or new.dormant_at is distinct from old.dormant_at)
    execute function tell_app_revocation('w', 'id');
create trigger workspace_builds_close_apps after insert on workspace_builds
    for each row execute function tell_app_revocation('w', 'workspace_id');
create trigger port_shares_gone_close_apps after delete on workspace_agent_port_share
    for each row execute function tell_app_revocation('w', 'workspace_id');
create trigger port_shares_cut_close_apps after update of share_level on workspace_agent_port_share
    for each row when (new.share_level is distinct from old.share_level) execute function tell_app_revocation('w', 'workspace_id');
