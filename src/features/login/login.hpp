// Signing in through somebody else: an OpenID Connect provider, or GitHub by the same code. What the provider says of a person
// becomes an Identity; people.cpp finds or makes the user it belongs to. One Login a process; its parts belong to one loop each.
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/routes.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace slipway::sessions {
class Sessions;
}

namespace slipway::login {

struct OidcOptions {
  std::string issuer;  // empty: no OpenID Connect
  std::string client_id;
  Secret client_secret;
  std::vector<std::string> scopes = {"openid", "profile", "email"};
  std::map<std::string, std::string> auth_url_params;  // further ones for the provider's page
  std::vector<std::string> email_domains;              // whole domains; empty: any
  std::string email_field = "email";
  std::string username_field = "preferred_username";
  std::string name_field = "name";
  bool allow_signups = true;
  std::string signups_disabled_text;  // what people without an account are told; empty: our own words
  std::string redirect_url;           // where the provider sends people back to, without the path; empty: the access URL
  bool ignore_email_verified = false;
  bool ignore_userinfo = false;
  std::string sign_in_text = "OpenID Connect";
  std::string icon_url;

  std::string group_field;                           // the claim that lists groups; empty: groups are managed here
  std::map<std::string, std::string> group_mapping;  // theirs -> ours
  std::string group_filter;                          // only groups that match this expression
  std::vector<std::string> allowed_groups;           // one of these is needed to sign in
  bool group_auto_create = false;
  std::string role_field;                                        // the claim that lists site roles; empty: roles are managed here
  std::map<std::string, std::vector<std::string>> role_mapping;  // theirs -> ours
  std::vector<std::string> default_roles;                        // besides those of the claim

  bool enabled() const { return !issuer.empty(); }
};

struct GithubOptions {
  std::string client_id;  // empty: no GitHub
  Secret client_secret;
  std::vector<std::string> allowed_organizations;
  std::vector<std::string> allowed_teams;  // "organization/team"
  bool allow_everyone = false;
  bool allow_signups = false;
  bool device_flow = false;
  std::string base_url;  // of a GitHub Enterprise; empty: github.com

  bool enabled() const { return !client_id.empty(); }
};

struct Options {
  OidcOptions oidc;
  GithubOptions github;
  std::string terms_of_service_url;  // shown to who signs in; empty: none
};

// Errors: a sentence for whoever configured it.
Result<void> check(const Options& options);

class Login {
 public:
  // `sessions` outlives it.
  Login(sessions::Sessions& sessions, std::size_t loops, Options options);
  ~Login();

  const Options& options() const { return *options_.load(); }
  // Sign-ins from now on prove who asks with these; one under way goes on with what it began with. One caller at a time.
  void exchange_secrets(Secret oidc, Secret github);
  sessions::Sessions& sessions() { return sessions_; }
  struct PerLoop;
  PerLoop& at(const http::Home& home);  // home: own thread
  // On each loop, before it ends.
  Task<void> stop(std::size_t loop);

 private:
  sessions::Sessions& sessions_;
  std::vector<std::unique_ptr<const Options>> all_options_;  // also those exchanged since: a sign-in may still look at them
  std::atomic<const Options*> options_;
  std::vector<std::unique_ptr<PerLoop>> loops_;
};

void add_routes(http::Routes& routes, Login& login);

}  // namespace slipway::login
