-- People and groups of the organization that one app or port of a workspace is shared with. A list outlives builds: an app is known by its
-- slug, a port by its agent's name. Whoever leaves the organization, and a group that ends, stands on none.
create table workspace_app_shares (
    workspace_id    uuid not null references workspaces (id) on delete cascade,
    organization_id uuid not null,
    slug            text not null default '',
    agent_name      text not null default '',
    port            integer not null default 0,
    user_id         uuid,
    group_id        uuid references groups (id) on delete cascade,
    created_at      timestamptz not null,
    constraint workspace_app_shares_app_or_port
        check ((slug <> '' and agent_name = '' and port = 0) or (slug = '' and agent_name <> '' and port between 9 and 65535)),
    constraint workspace_app_shares_user_or_group check ((user_id is null) <> (group_id is null)),
    constraint workspace_app_shares_member
        foreign key (organization_id, user_id) references organization_members (organization_id, user_id) on delete cascade
);
create unique index workspace_app_shares_users on workspace_app_shares (workspace_id, slug, agent_name, port, user_id) where user_id is not null;
create unique index workspace_app_shares_groups on workspace_app_shares (workspace_id, slug, agent_name, port, group_id) where group_id is not null;
create index workspace_app_shares_of_workspace on workspace_app_shares (workspace_id, slug, agent_name, port);
create index workspace_app_shares_of_member on workspace_app_shares (organization_id, user_id);
create index workspace_app_shares_of_group on workspace_app_shares (group_id);

-- Whichever way an entry ends, tokens that were given for its workspace are taken back.
create function tell_ended_app_share() returns trigger language plpgsql as $$
begin
    perform pg_notify('app_revocations', 'w/' || old.workspace_id);
    return null;
end $$;
create trigger workspace_app_shares_ended after delete on workspace_app_shares for each row execute function tell_ended_app_share();

-- Is the visitor on a list that holds? Under a template that allows no sharing, and while the workspace sleeps, none does.
create function is_on_app_list(of_workspace uuid, of_app text, of_agent text, of_port integer, visitor uuid) returns boolean language sql stable as $$
    select exists (
        select 1 from workspace_app_shares s
        join workspaces w on w.id = s.workspace_id and not w.deleted and w.dormant_at is null
        join templates t on t.id = w.template_id and t.max_port_sharing_level <> 'owner'
        where s.workspace_id = of_workspace and s.slug = of_app and s.agent_name = of_agent and s.port = of_port
          and (s.user_id = visitor or exists (select 1 from members_of_groups m where m.group_id = s.group_id and m.user_id = visitor)))
$$;
create function app_shared_with(of_workspace uuid, of_app text, visitor uuid) returns boolean language sql stable as $$
    select is_on_app_list(of_workspace, of_app, '', 0, visitor)
$$;
create function port_shared_with(of_workspace uuid, of_agent text, of_port integer, visitor uuid) returns boolean language sql stable as $$
    select is_on_app_list(of_workspace, '', of_agent, of_port, visitor)
$$;

-- An app may ask who visits; of a visitor's groups it is told those of the workspace's organization.
alter table workspace_apps add column asks_visitor boolean not null default false;
create function visitor_groups(of_organization uuid, visitor uuid) returns text[] language sql stable as $$
    select coalesce(array_agg(g.name::text order by lower(g.name), g.id), '{}')
    from group_members m join groups g on g.id = m.group_id and g.organization_id = of_organization where m.user_id = visitor
$$;
