-- What a claim of a prebuilt workspace of this version would replace, as far as its import could tell: [{"resource", "paths"}].

alter table template_versions add column claim_replacements jsonb not null default '[]';
