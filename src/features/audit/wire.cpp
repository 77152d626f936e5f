// A line of the trail as the API shows it: the sentence that describes it, and the page of what it is about.
#include "features/audit/audit.hpp"
#include "features/audit/person.hpp"

namespace slipway::audit {

namespace {

struct Words {
  std::string_view name, words;
};
constexpr Words kDone[] = {
    {"create", "created"},
    {"write", "updated"},
    {"delete", "deleted"},
    {"start", "started"},
    {"stop", "stopped"},
    {"login", "logged in"},
    {"logout", "logged out"},
    {"register", "registered"},
    {"request_password_reset", "password reset requested"},
    {"connect", "connected"},
    {"disconnect", "disconnected"},
    {"open", "opened"},
    {"close", "closed"},
};
// Types whose words are not simply their names.
constexpr Words kTypes[] = {
    {"api_key", "api key"},
    {"git_ssh_key", "git ssh key"},
    {"convert_login", "login type conversion"},
    {"workspace_build", "workspace build"},
    {"health_settings", "health_settings"},
    {"notifications_settings", "notifications_settings"},
    {"prebuilds_settings", "prebuilds_settings"},
    {"oauth2_provider_app", "oauth2 app"},
    {"oauth2_provider_app_secret", "oauth2 app secret"},
    {"organization_member", "organization member"},
    {"idp_sync_settings_organization", "settings"},
    {"idp_sync_settings_group", "settings"},
    {"idp_sync_settings_role", "settings"},
};

std::string words_for(std::span<const Words> table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Words::name);
  if (found != table.end()) return std::string(found->words);
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

// {user} and {target} stay as they are: whoever shows the line puts names and links there.
std::string description(const sql::Line& row) {
  const bool reset = row.action == "request_password_reset";  // anybody can ask for one: not necessarily {user}
  std::string text = reset ? "" : "{user} ";
  if (row.status_code == 303)
    text += "was redirected attempting to " + row.action;
  else if (row.status_code >= 400)
    text += "unsuccessfully attempted to " + row.action;
  else
    text += words_for(kDone, row.action);
  if (row.resource_type == "api_key" && (row.action == "login" || row.action == "logout" || row.action == "register")) return text;
  const auto type = words_for(kTypes, row.resource_type);
  if (row.resource_type == "git_ssh_key") return text + " the " + type;
  return text + (reset ? " for" : " " + type) + " {target}";
}

using Fields = std::map<std::string, api::json::Raw>;
// "" unless it is a text.
std::string text_of(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  if (found == fields.end()) return {};
  auto text = api::from_json<std::string>(found->second.text);
  return text ? std::move(*text) : std::string();
}

// The page of what the line is about, as a path of the dashboard; empty when there is none.
std::string link(const sql::Line& row) {
  if (row.is_deleted) return {};
  if (row.resource_type == "template" && row.organization_name) return "/templates/" + *row.organization_name + "/" + row.resource_target;
  if (row.resource_type == "user") return "/users?filter=" + row.resource_target;
  if (row.resource_type == "group" && row.organization_name) return "/organizations/" + *row.organization_name + "/groups/" + row.resource_target;
  if (row.resource_type == "organization") return "/organizations/" + row.resource_target;
  const auto fields = api::from_json<Fields>(row.additional_fields.text);
  if (!fields) return {};
  const auto owner = text_of(*fields, "workspace_owner"), workspace = text_of(*fields, "workspace_name");
  if (owner.empty() || workspace.empty()) return {};
  if (row.resource_type == "workspace") return "/@" + owner + "/" + workspace;
  const auto number = text_of(*fields, "build_number");
  if (row.resource_type == "workspace_build" && !number.empty()) return "/@" + owner + "/" + workspace + "/builds/" + number;
  return {};
}

}  // namespace

api::AuditLog to_wire(const sql::Line& row) {
  api::AuditLog out;
  out.id = row.id.uuid;
  out.request_id = row.request_id.uuid;
  out.time = row.time;
  out.ip = row.ip;
  out.user_agent = row.user_agent;
  out.resource_type = row.resource_type;
  out.resource_id = row.resource_id.uuid;
  out.resource_target = row.resource_target;
  out.resource_icon = row.resource_icon;
  out.action = row.action;
  if (auto diff = api::from_json<std::map<std::string, api::AuditDiffField>>(row.diff.text)) out.diff = std::move(*diff);
  out.status_code = row.status_code;
  out.additional_fields = {row.additional_fields.text};
  out.description = description(row);
  out.resource_link = link(row);
  out.is_deleted = row.is_deleted;
  if (row.organization_id) out.organization_id = row.organization_id->uuid;
  if (row.organization_name)
    out.organization = api::MinimalOrganization{.id = out.organization_id,
                                                .name = *row.organization_name,
                                                .display_name = row.organization_display_name.value_or(""),
                                                .icon = row.organization_icon.value_or("")};
  out.user = user_of(row);
  return out;
}

}  // namespace slipway::audit
