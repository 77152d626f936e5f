-- The keys that all servers of the deployment share.
-- owns: crypto_keys
-- kept: crypto_keys: until what they signed is over (forget); the relay's for good
-- about: crypto_keys: crypto_key

-- Who replaces keys does so alone.
-- name: take_turn :one
-- authz: duty key_rotator
select true as "alone!" from pg_advisory_xact_lock(hashtext('crypto_keys'));

-- name: of_feature :many
-- authz: duty key_reader
-- row: Stored
select sequence, secret, starts_at, deletes_at from crypto_keys where feature = @feature order by sequence;

-- name: to_replace :many
-- authz: duty key_rotator
-- row: Dates
select sequence, starts_at, deletes_at from crypto_keys where feature = @feature order by sequence;

-- name: make :exec
-- authz: duty key_rotator
insert into crypto_keys (feature, sequence, secret, starts_at) values (@feature, @sequence, @secret, @starts_at);

-- name: end_key :exec
-- authz: duty key_rotator
update crypto_keys set deletes_at = @deletes_at::timestamptz where feature = @feature and sequence = @sequence and deletes_at is null;

-- name: forget :exec
-- authz: duty key_rotator
delete from crypto_keys where feature = @feature and sequence = any(@sequences::int4[]);

-- name: end_all :exec
-- authz: duty key_rotator
update crypto_keys set deletes_at = @deletes_at::timestamptz where feature = @feature and (deletes_at is null or deletes_at > @deletes_at::timestamptz);
