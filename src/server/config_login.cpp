// The settings of signing in through a provider, by the names that existing deployments set.
#include "server/settings.hpp"

namespace slipway::server {

std::vector<Setting> login_settings(login::Options& to) {
  auto& o = to.oidc;
  auto& g = to.github;
  return {
      {"oidc-issuer-url", {"CODER_OIDC_ISSUER_URL"}, "OpenID Connect provider to sign in with, as it calls itself.", text(o.issuer)},
      {"oidc-client-id", {"CODER_OIDC_CLIENT_ID"}, "This deployment's client id at the provider.", text(o.client_id)},
      {"oidc-client-secret", {"CODER_OIDC_CLIENT_SECRET"}, "This deployment's client secret at the provider.", secret(o.client_secret)},
      {"oidc-client-secret-file", {"CODER_OIDC_CLIENT_SECRET_FILE"}, "File that holds it; readable by its owner alone.", secret_file(o.client_secret)},
      {"oidc-scopes", {"CODER_OIDC_SCOPES"}, "Scopes to ask for; openid,profile,email unless set.", list(o.scopes)},
      {"oidc-auth-url-params", {"CODER_OIDC_AUTH_URL_PARAMS"}, "JSON object of further parameters for the provider's page.", object(o.auth_url_params)},
      {"oidc-email-domain", {"CODER_OIDC_EMAIL_DOMAIN"}, "Whole domains whose addresses may sign in; any unless set.", list(o.email_domains)},
      {"oidc-email-field", {"CODER_OIDC_EMAIL_FIELD"}, "Claim with the e-mail address.", text(o.email_field)},
      {"oidc-username-field", {"CODER_OIDC_USERNAME_FIELD"}, "Claim with the username.", text(o.username_field)},
      {"oidc-name-field", {"CODER_OIDC_NAME_FIELD"}, "Claim with the full name.", text(o.name_field)},
      {"oidc-allow-signups", {"CODER_OIDC_ALLOW_SIGNUPS"}, "Make an account for who has none (true unless set).", flag(o.allow_signups)},
      {"oidc-ignore-email-verified", {"CODER_OIDC_IGNORE_EMAIL_VERIFIED"}, "Believe addresses that the provider has not verified.", flag(o.ignore_email_verified), true},
      {"oidc-ignore-userinfo", {"CODER_OIDC_IGNORE_USERINFO"}, "Read the claims of the ID token only.", flag(o.ignore_userinfo), true},
      {"oidc-sign-in-text", {"CODER_OIDC_SIGN_IN_TEXT"}, "Text of the button on the sign-in page.", text(o.sign_in_text)},
      {"oidc-icon-url", {"CODER_OIDC_ICON_URL"}, "Icon of that button.", text(o.icon_url)},
      {"oidc-group-field", {"CODER_OIDC_GROUP_FIELD"}, "Claim that lists groups; with it the provider decides who is in which group.", text(o.group_field)},
      {"oidc-group-mapping", {"CODER_OIDC_GROUP_MAPPING"}, "JSON object from the provider's group names to ours.", object(o.group_mapping)},
      {"oidc-group-regex-filter", {"CODER_OIDC_GROUP_REGEX_FILTER"}, "Only groups that match this expression.", text(o.group_filter)},
      {"oidc-allowed-groups", {"CODER_OIDC_ALLOWED_GROUPS"}, "Groups of the provider of which one is needed to sign in.", list(o.allowed_groups)},
      {"oidc-group-auto-create", {"CODER_OIDC_GROUP_AUTO_CREATE"}, "Make groups that do not exist yet.", flag(o.group_auto_create), true},
      {"oidc-user-role-field", {"CODER_OIDC_USER_ROLE_FIELD"}, "Claim that lists site roles; with it the provider decides about them.", text(o.role_field)},
      {"oidc-user-role-mapping", {"CODER_OIDC_USER_ROLE_MAPPING"}, "JSON object from the provider's role names to lists of ours.", lists(o.role_mapping)},
      {"oidc-user-role-default", {"CODER_OIDC_USER_ROLE_DEFAULT"}, "Site roles besides those of the claim.", list(o.default_roles)},
      {"oauth2-github-client-id", {"CODER_OAUTH2_GITHUB_CLIENT_ID"}, "This deployment's client id at GitHub.", text(g.client_id)},
      {"oauth2-github-client-secret", {"CODER_OAUTH2_GITHUB_CLIENT_SECRET"}, "This deployment's client secret at GitHub.", secret(g.client_secret)},
      {"oauth2-github-client-secret-file", {"CODER_OAUTH2_GITHUB_CLIENT_SECRET_FILE"}, "File that holds it; readable by its owner alone.", secret_file(g.client_secret)},
      {"oauth2-github-allowed-orgs", {"CODER_OAUTH2_GITHUB_ALLOWED_ORGS"}, "GitHub organizations whose members may sign in.", list(g.allowed_organizations)},
      {"oauth2-github-allowed-teams", {"CODER_OAUTH2_GITHUB_ALLOWED_TEAMS"}, "Teams of them (organization/team) whose members may sign in.", list(g.allowed_teams)},
      {"oauth2-github-allow-everyone", {"CODER_OAUTH2_GITHUB_ALLOW_EVERYONE"}, "Anyone with a GitHub account may sign in.", flag(g.allow_everyone), true},
      {"oauth2-github-allow-signups", {"CODER_OAUTH2_GITHUB_ALLOW_SIGNUPS"}, "Make an account for who has none.", flag(g.allow_signups), true},
      {"oauth2-github-device-flow", {"CODER_OAUTH2_GITHUB_DEVICE_FLOW"}, "Sign in by a device code: needs no client secret.", flag(g.device_flow), true},
      {"oauth2-github-enterprise-base-url", {"CODER_OAUTH2_GITHUB_ENTERPRISE_BASE_URL"}, "Address of a GitHub Enterprise instead of github.com.", text(g.base_url)},
  };
}

}  // namespace slipway::server
