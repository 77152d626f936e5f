-- What a version's tags are worked out from for each build (features/templates/tags.hpp); empty where its template names none.

alter table template_versions add column workspace_tags text not null default '';
