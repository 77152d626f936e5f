// A template's settings: how they are given, what may be given, and what follows for its workspaces.
#pragma once

#include "features/templates/templates.hpp"

namespace slipway::templates {

// The row of a new template. Errors: 400 naming the field.
Result<sql::InsertArgs> new_settings(const http::Call& call, const api::CreateTemplateRequest& ask, const sql::Version& version,
                                     OrganizationId organization);
// PATCH /templates/{template}: what is absent stays. Its workspaces follow at once.
Task<Result<api::Template>> update(http::Call& call, api::UpdateTemplateMeta ask);

}  // namespace slipway::templates
