// The naming rules of the API (contract/README: Values). Each answers with a 400 and the field at fault.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace slipway::names {

// ^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$, 1 to 32 characters, not "new" or "create": users, organizations, templates, workspaces.
bool is_name(std::string_view name);
// As is_name, and no word that stands for somebody, or for something else, where a path has a username: "me", "first", "roles" …
bool is_username(std::string_view name);
// As is_name, with . and _ too, at most 64 characters.
bool is_version_name(std::string_view name);
// At most 64 characters, no blank at either end.
bool is_display_name(std::string_view name);

Result<void> valid_name(std::string_view name, std::string_view field = "name");
Result<void> valid_username(std::string_view name);
Result<void> valid_version_name(std::string_view name);
Result<void> valid_display_name(std::string_view name, std::string_view field = "display_name");

}  // namespace slipway::names
