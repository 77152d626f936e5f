-- A switch to another way of signing in is completed by the browser that asked for it: what it keeps is stored as a hash.
alter table login_conversions add column binding_hash bytea not null default '';
