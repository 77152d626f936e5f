-- An account that is deleted takes its links to identities along: one that stayed kept its person from ever signing in again.
delete from user_links l using users u where u.id = l.user_id and u.deleted;
