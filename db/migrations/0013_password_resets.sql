-- Somebody who forgot their password was mailed a code: good once, and soon. It has its own table, so that asking for codes and
-- guessing at them does not touch people's rows; no release has used the columns that were kept for it there.

create table password_resets (
    user_id       uuid primary key references users (id) on delete cascade,
    passcode_hash bytea not null,
    expires_at    timestamptz not null,
    guesses       integer not null default 0,
    mails         integer not null default 1,
    mails_since   timestamptz not null
);

alter table users drop column one_time_passcode_hash, drop column one_time_passcode_expires;
