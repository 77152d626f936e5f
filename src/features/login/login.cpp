#include "features/login/login.hpp"

#include "features/login/provider.hpp"
#include "features/sessions/sessions.hpp"
#include "formats/regex.hpp"
#include "rbac/role.hpp"

namespace slipway::login {

namespace {

Result<void> check(const OidcOptions& options) {
  if (!options.enabled()) return {};
  TRY_OK(check_endpoint("--oidc-issuer-url", options.issuer));
  if (options.client_id.empty() || options.client_secret.empty())
    return fail(Code::invalid, "--oidc-issuer-url needs --oidc-client-id and --oidc-client-secret (or --oidc-client-secret-file).");
  if (std::ranges::find(options.scopes, "openid") == options.scopes.end()) return fail(Code::invalid, "--oidc-scopes must contain openid.");
  if (!options.group_filter.empty()) TRY_OK(formats::Regex::compile(options.group_filter));
  if (!options.allowed_groups.empty() && options.group_field.empty()) return fail(Code::invalid, "--oidc-allowed-groups needs --oidc-group-field.");
  return {};
}

Result<void> check(const GithubOptions& options) {
  if (!options.enabled()) return {};
  if (!options.base_url.empty()) TRY_OK(check_endpoint("--oauth2-github-enterprise-base-url", options.base_url));
  if (options.client_secret.empty() && !options.device_flow)
    return fail(Code::invalid, "--oauth2-github-client-id needs --oauth2-github-client-secret (or --oauth2-github-client-secret-file).");
  if (options.allow_everyone && !options.allowed_organizations.empty())
    return fail(Code::invalid, "Give either --oauth2-github-allow-everyone or --oauth2-github-allowed-orgs.");
  if (!options.allow_everyone && options.allowed_organizations.empty())
    return fail(Code::invalid, "Say who may sign in with GitHub: --oauth2-github-allowed-orgs, or --oauth2-github-allow-everyone.");
  for (const auto& team : options.allowed_teams)
    if (team.find('/') == std::string::npos)
      return fail(Code::invalid, fmt::format("--oauth2-github-allowed-teams: \"{}\" is no organization/team.", team));
  return {};
}

}  // namespace

Result<void> check(const Options& options) {
  TRY_OK(check(options.oidc));
  return check(options.github);
}

Login::Login(sessions::Sessions& sessions, std::size_t loops, Options options) : sessions_(sessions), loops_(loops) {
  all_options_.push_back(std::make_unique<const Options>(std::move(options)));
  options_ = all_options_.back().get();
}
Login::~Login() = default;

void Login::exchange_secrets(Secret oidc, Secret github) {
  Options fresh = options();
  fresh.oidc.client_secret = std::move(oidc);
  fresh.github.client_secret = std::move(github);
  all_options_.push_back(std::make_unique<const Options>(std::move(fresh)));
  options_ = all_options_.back().get();
}

Login::PerLoop& Login::at(const http::Home& home) {
  auto& own = loops_[home.index];
  if (!own) own = std::make_unique<PerLoop>(home.executor);
  return *own;
}

Task<void> Login::stop(std::size_t loop) {
  if (loops_[loop]) co_await loops_[loop]->client.stop();
}

}  // namespace slipway::login
