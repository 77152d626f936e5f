// GitHub is no OpenID Connect provider: an OAuth2 code for a token, and its API for who that is.
#include "features/login/provider.hpp"
#include "net/url.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace slipway::login {

namespace {

namespace bj = boost::json;

std::string site(const GithubOptions& options) { return options.base_url.empty() ? "https://github.com" : options.base_url; }
std::string api(const GithubOptions& options) { return options.base_url.empty() ? "https://api.github.com" : options.base_url + "/api/v3"; }

std::unexpected<Error> strange(std::string why) {
  auto error = fail(Code::bad_gateway, "GitHub gave an answer that was not understood. Try again in a moment.");
  error.error().why = std::move(why);
  return error;
}

struct Caller {
  Login::PerLoop& loop;
  const GithubOptions& options;
  std::string token;

  Task<Result<bj::value>> get(std::string path) {
    co_return co_await fetch(loop, "GET", api(options) + path, {{"Authorization", "Bearer " + token}, {"Accept", "application/vnd.github+json"}});
  }
};

// The address that GitHub has verified and the person calls the first one.
Result<std::string> primary(const bj::value& emails) {
  if (const auto* list = emails.if_array())
    for (const auto& each : *list) {
      const auto* entry = each.if_object();
      const auto is = [entry](std::string_view name) {
        const auto* found = entry ? entry->if_contains(name) : nullptr;
        return found && found->is_bool() && found->get_bool();
      };
      if (is("primary") && is("verified")) return text_in(*entry, "email");
    }
  return fail(Code::forbidden, "Your primary email must be verified on GitHub!");
}

Task<Result<bool>> in_allowed_organization(Caller& caller) {
  CO_TRY(memberships, co_await caller.get("/user/memberships/orgs?state=active&per_page=100"));
  if (const auto* list = memberships.if_array())
    for (const auto& each : *list) {
      const auto* entry = each.if_object();
      const auto* organization = entry ? entry->if_contains("organization") : nullptr;
      if (!organization || !organization->is_object() || text_in(*entry, "state") != "active") continue;
      if (std::ranges::find(caller.options.allowed_organizations, text_in(organization->as_object(), "login")) !=
          caller.options.allowed_organizations.end())
        co_return true;
    }
  co_return false;
}

Task<Result<bool>> in_allowed_team(Caller& caller, const std::string& username) {
  for (const auto& team : caller.options.allowed_teams) {
    const auto slash = team.find('/');
    const auto path = fmt::format("/orgs/{}/teams/{}/memberships/{}", net::percent_encode(team.substr(0, slash)),
                                  net::percent_encode(team.substr(slash + 1)), net::percent_encode(username));
    auto membership = co_await caller.get(path);
    if (!membership) continue;  // 404: no member
    if (membership->is_object() && text_in(membership->as_object(), "state") == "active") co_return true;
  }
  co_return false;
}

Task<Result<void>> check_allowed(Caller& caller, const std::string& username) {
  const auto& options = caller.options;
  if (options.allow_everyone) co_return Result<void>();
  CO_TRY(member, co_await in_allowed_organization(caller));
  if (!member) co_return fail(Code::forbidden, "You aren't a member of the authorized Github organizations!");
  if (options.allowed_teams.empty()) co_return Result<void>();
  CO_TRY(in_team, co_await in_allowed_team(caller, username));
  if (!in_team) co_return fail(Code::forbidden, "You aren't a member of an authorized team in the Github organizations!");
  co_return Result<void>();
}

Task<Result<Identity>> who(Caller caller) {
  CO_TRY(value, co_await caller.get("/user"));
  const auto* user = value.if_object();
  const auto* id = user ? user->if_contains("id") : nullptr;
  if (!id || !id->is_int64() || id->get_int64() <= 0) co_return strange("GET /user without an id");
  const std::string username = text_in(*user, "login");
  CO_CHECK(co_await check_allowed(caller, username));
  CO_TRY(emails, co_await caller.get("/user/emails?per_page=100"));
  CO_TRY(email, primary(emails));
  co_return Identity{.login_type = "github",
                     .issuer = site(caller.options),
                     .subject = std::to_string(id->get_int64()),
                     .email = email,
                     .username = username_from(username, email),
                     .name = text_in(*user, "name").substr(0, 128),
                     .avatar_url = text_in(*user, "avatar_url"),
                     .github_id = id->get_int64(),
                     .groups = {},
                     .roles = {}};
}

Task<Result<bj::object>> ask(Login::PerLoop& loop, std::string url, std::vector<std::pair<std::string, std::string>> form) {
  net::Headers headers{{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  CO_TRY(value, co_await fetch(loop, "POST", url, std::move(headers), net::build_query(form)));
  if (!value.is_object()) co_return strange(url + " answered no JSON object");
  co_return std::move(value.as_object());
}

}  // namespace

std::string github_address(const GithubOptions& options, const Attempt& attempt) {
  return site(options) + "/login/oauth/authorize?" +
         net::build_query({{"client_id", options.client_id},
                           {"redirect_uri", attempt.redirect_uri},
                           {"scope", "read:user read:org user:email"},
                           {"state", attempt.state},
                           {"code_challenge", attempt.challenge()},
                           {"code_challenge_method", "S256"}});
}

Task<Result<Identity>> github_identity(Login::PerLoop& loop, const GithubOptions& options, const Attempt& attempt, std::string code) {
  CO_TRY(answer, co_await ask(loop, site(options) + "/login/oauth/access_token",
                              {{"client_id", options.client_id},
                               {"client_secret", options.client_secret.reveal()},
                               {"code", std::move(code)},
                               {"redirect_uri", attempt.redirect_uri},
                               {"code_verifier", attempt.verifier}}));
  const auto token = text_in(answer, "access_token");
  if (token.empty()) co_return strange("no access token: " + text_in(answer, "error_description"));
  co_return co_await who({loop, options, token});
}

Task<Result<bj::object>> github_device_start(Login::PerLoop& loop, const GithubOptions& options) {
  co_return co_await ask(loop, site(options) + "/login/device/code", {{"client_id", options.client_id}, {"scope", "read:user read:org user:email"}});
}

Task<Result<Identity>> github_device_poll(Login::PerLoop& loop, const GithubOptions& options, std::string device_code) {
  CO_TRY(answer, co_await ask(loop, site(options) + "/login/oauth/access_token",
                              {{"client_id", options.client_id},
                               {"device_code", std::move(device_code)},
                               {"grant_type", "urn:ietf:params:oauth:grant-type:device_code"}}));
  if (const auto token = text_in(answer, "access_token"); !token.empty()) co_return co_await who({loop, options, token});
  const auto error = text_in(answer, "error");
  if (error.empty()) co_return strange("neither token nor error");
  co_return fail(Code::invalid, "Failed to complete the device sign-in.", error);
}

}  // namespace slipway::login
