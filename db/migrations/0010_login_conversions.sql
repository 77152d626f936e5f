-- Someone who signs in by password is about to sign in through a provider instead: once, and soon.

create table login_conversions (
    user_id    uuid primary key references users (id) on delete cascade,
    state_hash bytea not null unique,
    to_type    text not null check (to_type in ('github', 'oidc')),
    expires_at timestamptz not null
);
