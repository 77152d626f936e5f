-- owns: chats, chat_messages
-- kept: chats: until archived, then as many days as the deployment says (purge); without their owner until the next look (purge_of_deleted)
-- kept: chat_messages: as long as their chat
-- about: chats: chat
-- about: chat_messages: chat update
-- writes: site_settings because for how long archived chats are kept is one of them

-- define: chat
    c.id, c.organization_id, c.owner_id, u.username as owner_username, u.name as owner_name, w.id as "workspace_id?", c.title, c.status,
    c.client_type, c.labels, c.plan_mode, c.archived, c.archived_at, c.pin_order, c.created_at, c.updated_at, c.request_hash

-- define: beside
join users u on u.id = c.owner_id left join workspaces w on w.id = c.workspace_id and not w.deleted

-- The chat and its first message, unless the workspace it is about is not there or is another organization's, or the key was used: then nothing
-- is made. What the workspace is to the policy comes back with it: who may not enter it undoes all of this.
-- name: create :one
-- authz: permit create chat
-- row: Created
with named as (
    select x.id, x.organization_id, x.owner_id, x.dormant_at, x.user_acl, x.group_acl
    from workspaces x where x.id = @workspace_id?::uuid and not x.deleted
), made as (
    insert into chats (id, organization_id, owner_id, workspace_id, title, client_type, labels, plan_mode, system_prompt, idempotency_key,
                       request_hash, created_at, updated_at)
    select @permit.id::uuid, @permit.organization::uuid, @permit.owner::uuid, @workspace_id?::uuid, @title::text, @client_type::text,
           @labels::jsonb, @plan_mode?::text, @system_prompt::text, @idempotency_key?::text, @request_hash?::bytea, @now::timestamptz,
           @now::timestamptz
    where @workspace_id?::uuid is null or exists (select from named n where n.organization_id = @permit.organization::uuid)
    on conflict (owner_id, idempotency_key) where idempotency_key is not null do nothing
    returning id
), said as (
    insert into chat_messages (chat_id, created_at, created_by, role, content)
    select m.id, @now::timestamptz, @permit.owner::uuid, 'user', @content::jsonb from made m
    returning id
)
select exists (select from said) as "made!", n.id as "workspace_id?", n.organization_id as "organization_id?", n.owner_id as "owner_id?",
    n.dormant_at as "dormant_at?", n.user_acl as "user_acl?", n.group_acl as "group_acl?"
from (values (1)) one (of_it) left join named n on true;

-- What was made with this key before.
-- name: by_key :opt
-- authz: permit create chat
-- row: Chat
select {chat} from chats c {beside} where c.owner_id = @permit.owner and c.idempotency_key = @idempotency_key::text;

-- name: by_id :opt
-- authz: row read chat
-- row: Chat
select {chat} from chats c {beside} where c.id = @id;

-- name: lock :opt
-- authz: row lock chat
-- row: Chat
select {chat} from chats c {beside} where c.id = @id for no key update of c;

-- A workspace that a chat is to be about.
-- name: workspace :opt
-- authz: row read workspace
-- row: Named
select x.id, x.organization_id, x.owner_id, x.dormant_at, x.user_acl, x.group_acl
from workspaces x where x.id = @workspace_id::uuid and not x.deleted;

-- As choices, not as conditions of their own: PostgreSQL would take those for so rare that it read and sorted all of a person's chats.
-- define: wanted
c.owner_id = @owner_id::uuid and c.archived = @archived::bool
            and case when @labels::jsonb = '{}' then true else c.labels @> @labels::jsonb end
            and case when @title?::text is null then true else c.title ilike @title?::text end

-- One's own: those pinned come first, in their order, and are few; of the rest the index gives as many as the page needs.
-- name: page :many
-- authz: list read chat c
-- row: Chat
select {chat}
from (
    (select c.id from chats c
     where {wanted} and @visible and c.pin_order > 0
       and (@after?::uuid is null or
            (select a.pin_order from chats a where a.id = @after?::uuid and a.owner_id = @owner_id::uuid) between 1 and c.pin_order - 1))
    union all
    (select c.id from chats c
     where {wanted} and @visible and c.pin_order = 0
       and (@after?::uuid is null
            or (select a.pin_order from chats a where a.id = @after?::uuid and a.owner_id = @owner_id::uuid) > 0
            or (c.updated_at, c.id) < (select a.updated_at, a.id from chats a where a.id = @after?::uuid and a.owner_id = @owner_id::uuid))
     order by c.updated_at desc, c.id desc
     limit @most::int4 + @skip::int4)
) shown join chats c on c.id = shown.id {beside}
order by c.pin_order = 0, c.pin_order, c.updated_at desc, c.id desc
limit @most::int4 offset @skip::int4;

-- What somebody who watches their chats has before anything happens.
-- name: titles :many
-- authz: list read chat c
select c.id, c.title from chats c
where c.owner_id = @owner_id::uuid and not c.archived and @visible
order by c.updated_at desc, c.id desc limit @most::int4;

-- name: some :many
-- authz: list read chat c
-- row: Chat
select {chat} from chats c {beside}
where c.id = any (@ids::uuid[]) and c.owner_id = @owner_id::uuid and @visible order by c.updated_at, c.id;

-- name: since :many
-- authz: list read chat c
-- row: Chat
select {chat} from chats c {beside}
where c.owner_id = @owner_id::uuid and c.archived = any ('{f,t}'::bool[]) and c.updated_at > @since::timestamptz and @visible
order by c.updated_at, c.id limit @most::int4;

-- What anybody pins or archives of one person's chats waits for the others who do: places are 1 to n.
-- name: lock_pins :one
-- authz: permit update chat
select true as "locked!" from pg_advisory_xact_lock(hashtextextended('chats.pins.' || @permit.owner::uuid::text, 0));

-- name: pinned :many
-- authz: permit update chat
select c.id from chats c where c.owner_id = @permit.owner and c.pin_order > 0 order by c.pin_order, c.updated_at desc, c.id;

-- name: set_pins :count
-- authz: permit update chat
update chats c set pin_order = p.place from unnest(@ids::uuid[], @places::int4[]) as p (id, place)
where c.id = p.id and c.owner_id = @permit.owner and c.pin_order <> p.place;

-- name: change :change
-- authz: locked permit update chat
update chats set title = @title, labels = @labels::jsonb, plan_mode = @plan_mode?, workspace_id = @workspace_id?::uuid, archived = @archived,
    archived_at = @archived_at?, updated_at = @now
where id = @permit.id;

-- define: message
    m.id, m.chat_id, m.created_at, m.created_by, m.role, m.content

-- name: newest :many
-- authz: permit read chat
-- row: Message
select {message} from chat_messages m
where m.chat_id = @permit.id and not m.deleted and (@before?::int8 is null or m.id < @before?::int8) and m.id > @after::int8
order by m.id desc limit @most::int4;

-- name: oldest :many
-- authz: permit read chat
-- row: Message
select {message} from chat_messages m
where m.chat_id = @permit.id and not m.deleted and m.id > @after::int8
order by m.id limit @most::int4;

-- What a stream says next; nothing at all once the chat is gone.
-- name: following :many
-- authz: permit read chat
-- row: Following
select c.status, m.id as "id?", m.created_at as "created_at?", m.created_by as "created_by?", m.role as "role?", m.content as "content?"
from chats c
left join lateral (
    select * from chat_messages x where x.chat_id = c.id and not x.deleted and x.id > @after::int8 order by x.id limit @most::int4) m on true
where c.id = @permit.id order by m.id;

-- The message gets its number once the chat's row is held: numbers of one chat grow as they are committed, and whoever asks for what came after
-- one misses none.
-- name: append :one
-- authz: permit update chat
-- row: Appended
with filled as (
    select 1 as yes from chat_messages x where x.chat_id = @permit.id offset @most::int4 - 1 limit 1
), own as (
    update chats c set updated_at = greatest(c.updated_at, @now::timestamptz)
    where c.id = @permit.id and not c.archived and not exists (select from filled)
    returning c.id
), said as (
    insert into chat_messages (chat_id, created_at, created_by, role, content)
    select o.id, @now::timestamptz, @created_by::uuid, 'user', @content::jsonb from own o
    returning id
)
select exists (select from filled) as "filled!", s.id as "id?" from (values (1)) one (of_it) left join said s on true;

-- How many each of these people has that are not archived, counted up to a limit.
-- name: held :many
-- authz: duty chat_keeper
-- row: Held
select p.id as "owner_id!", (select count(*) from (select from chats c where c.owner_id = p.id and not c.archived limit @most::int4) x) as "chats!"
from unnest(@owner_ids::uuid[]) as p (id);

-- Tells the other servers whose streams have something to read. Outside any transaction that changes something: one that has notified waits for
-- all others that did until its commit is on disk.
-- name: wake :one
-- authz: duty chat_keeper
select count(pg_notify('chats', @payload::text)) as "told!";

-- name: retention :opt
-- authz: open because everybody is told for how long archived chats are kept
select s.value from site_settings s where s.key = 'chat_retention_days';

-- name: lock_retention :opt
-- authz: permit update deployment_config
select s.value from site_settings s where s.key = 'chat_retention_days' for update;

-- name: set_retention :exec
-- authz: permit update deployment_config
insert into site_settings (key, value) values ('chat_retention_days', @value)
on conflict (key) do update set value = excluded.value;

-- One server at a time; the others find nothing to do.
-- name: purge :many
-- authz: duty chat_keeper
-- row: Gone
with turn as materialized (
    select pg_try_advisory_xact_lock(hashtextextended('chats.purge', 0)) as mine
), old as (
    select c.id from chats c
    where c.archived and c.archived_at < @before::timestamptz and (select t.mine from turn t)
    order by c.archived_at limit @most::int4
)
delete from chats c using old o where c.id = o.id and c.archived and c.archived_at < @before::timestamptz
returning c.id, c.owner_id;

-- Those who have chats are found one by one in the index, however many chats there are.
-- name: purge_of_deleted :many
-- authz: duty chat_keeper
-- row: Gone
with recursive turn as materialized (
    select pg_try_advisory_xact_lock(hashtextextended('chats.purge', 0)) as mine
), people (owner_id) as (
    (select c.owner_id from chats c order by c.owner_id limit 1)
    union all
    select (select c.owner_id from chats c where c.owner_id > p.owner_id order by c.owner_id limit 1) from people p where p.owner_id is not null
), old as (
    select c.id from people p join users u on u.id = p.owner_id and u.deleted join chats c on c.owner_id = u.id
    where (select t.mine from turn t) limit @most::int4
)
delete from chats c using old o where c.id = o.id
returning c.id, c.owner_id;
