-- owns: password_resets
-- kept: password_resets: one a person
-- about: password_resets: user update_personal

-- Who has a password to forget.
-- name: account :opt
-- authz: open because whoever forgot their password is nobody yet, and is told nothing
select u.id, u.email, u.username
from users u
where lower(u.email) = lower(@email) and u.login_type = 'password' and u.status <> 'suspended' and not u.deleted and not u.is_system;

-- Touches nothing when so many mails went out since the time that counts: the last code stays.
-- name: renew :count
-- authz: duty recovery
insert into password_resets (user_id, passcode_hash, expires_at, mails_since)
values (@user_id, @passcode_hash, @expires_at, @now)
on conflict (user_id) do update
set passcode_hash = excluded.passcode_hash, expires_at = excluded.expires_at, guesses = 0,
    mails = case when password_resets.mails_since > @counts_since then password_resets.mails + 1 else 1 end,
    mails_since = case when password_resets.mails_since > @counts_since then password_resets.mails_since else excluded.mails_since end
where password_resets.mails < @most or password_resets.mails_since <= @counts_since;

-- A guess is counted before it is looked at, so that many at once are no more than one after the other.
-- name: take_guess :opt
-- authz: duty recovery
update password_resets r set guesses = r.guesses + 1
from users u
where u.id = r.user_id and lower(u.email) = lower(@email) and u.login_type = 'password' and u.status <> 'suspended' and not u.deleted
  and not u.is_system and r.expires_at > @now and r.guesses < @most
returning u.id, u.username, u.hashed_password, r.passcode_hash;

-- name: use_up :count
-- authz: duty recovery
delete from password_resets where user_id = @user_id and passcode_hash = @passcode_hash;
