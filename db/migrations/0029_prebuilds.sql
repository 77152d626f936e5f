-- Pools of workspaces that are built ahead of demand: what a preset says of its pool, what became of it last, who was given what.

update template_version_presets set prebuild_status = 'healthy' where prebuild_status not in ('healthy', 'hard_limited', 'validation_failed');
alter table template_version_presets
    add constraint template_version_presets_status check (prebuild_status in ('healthy', 'hard_limited', 'validation_failed')),
    add constraint template_version_presets_instances check (desired_instances >= 0);
create unique index template_version_presets_name on template_version_presets (template_version_id, name);
create unique index template_version_presets_default on template_version_presets (template_version_id) where is_default;
create index template_version_presets_pools on template_version_presets (template_version_id) where desired_instances is not null;

create table template_version_preset_prebuild_schedules (
    id                uuid primary key,
    preset_id         uuid not null references template_version_presets (id) on delete cascade,
    position          integer not null,
    cron_expression   text not null,
    desired_instances integer not null check (desired_instances >= 0),
    unique (preset_id, position)
);

-- One for each workspace that was made of a preset with a pool: taken out of the pool, or made anew because nothing was ready (missed).
create table prebuild_claims (
    id                  uuid primary key,
    workspace_id        uuid not null references workspaces (id) on delete cascade,
    claim_build_id      uuid not null references workspace_builds (id) on delete cascade,
    preset_id           uuid references template_version_presets (id) on delete set null,
    claimant_id         uuid not null references users (id),
    prebuild_created_at timestamptz,
    claimed_at          timestamptz not null,
    finished_at         timestamptz,
    replaced            boolean,
    missed              boolean not null default false
);
create unique index prebuild_claims_build on prebuild_claims (claim_build_id);
create index prebuild_claims_workspace on prebuild_claims (workspace_id);
create index prebuild_claims_preset on prebuild_claims (preset_id, claimed_at);
create index prebuild_claims_claimant on prebuild_claims (claimant_id);

-- Which replica works on a preset's pool, and what was decided of it last: for whoever asks why it is short.
create table prebuild_pools (
    preset_id   uuid primary key references template_version_presets (id) on delete cascade,
    holder_id   uuid,
    held_until  timestamptz,
    decided_at  timestamptz,
    decision    jsonb not null default '{}',
    error       text not null default ''
);

-- The live members of all pools, by their template: what is read at each pass, however many workspaces people have.
create index workspaces_prebuilds on workspaces (template_id, created_at) where owner_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0' and not deleted;
create index workspace_builds_preset on workspace_builds (template_version_preset_id) where template_version_preset_id is not null;
-- People's jobs before those of the pools, then as they came.
create index provisioner_jobs_ranked on provisioner_jobs ((initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0'::uuid), created_at, id)
    where started_at is null and completed_at is null;
drop index provisioner_jobs_queue;
create index provisioner_jobs_pool_work on provisioner_jobs (worker_id)
    where initiator_id = 'c42fdf75-3097-471c-8c33-fb52454d81c0' and started_at is not null and completed_at is null;

-- The owner of the pools belongs to the organization that is there from the start; the others take it in when they get a pool.
insert into organization_members (organization_id, user_id, roles, created_at, updated_at)
select o.id, 'c42fdf75-3097-471c-8c33-fb52454d81c0', '{}', now(), now() from organizations o where o.is_default
on conflict do nothing;
