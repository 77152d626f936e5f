#include "features/login/identity.hpp"

#include "base/names.hpp"
#include "features/users/validate.hpp"
#include "formats/regex.hpp"
#include "net/headers.hpp"
#include "net/url.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <set>

namespace slipway::login {

namespace {

namespace bj = boost::json;

constexpr Seconds kSkew{60};  // clocks differ

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// A list, or one text by itself. Anything else in it is left out.
std::vector<std::string> texts(const bj::object& claims, std::string_view name) {
  std::vector<std::string> out;
  const bj::value* found = claims.if_contains(name);
  if (!found) return out;
  if (found->is_string()) return {std::string(found->get_string())};
  if (const auto* list = found->if_array())
    for (const auto& each : *list)
      if (each.is_string()) out.emplace_back(each.get_string());
  return out;
}

std::optional<std::int64_t> seconds(const bj::object& claims, std::string_view name) {
  const bj::value* found = claims.if_contains(name);
  if (!found || !found->is_number()) return std::nullopt;
  return found->is_int64() ? found->get_int64() : static_cast<std::int64_t>(found->to_number<double>());
}

std::unexpected<Error> untrusted(std::string why) {
  auto error = fail(Code::unauthenticated,
                    "The identity provider's answer could not be verified. Sign in again; if it happens again, tell your administrator.");
  error.error().why = std::move(why);
  return error;
}

// Fails closed: only the JSON value true means verified.
Result<void> check_email(const bj::object& claims, std::string_view email, const OidcOptions& options) {
  if (email.empty())
    return fail(Code::forbidden, "Your identity provider did not say what your e-mail address is.",
                "Ask your administrator to let it be told to Slipway.");
  TRY_OK(users::valid_email(email));
  if (!options.ignore_email_verified) {
    const bj::value* verified = claims.if_contains("email_verified");
    if (!verified || !verified->is_bool() || !verified->get_bool())
      return fail(Code::forbidden, fmt::format("Verify the \"{}\" email address on your OIDC provider to authenticate!", email));
  }
  if (domain_allowed(email, options.email_domains)) return {};
  return fail(Code::forbidden, fmt::format("Your email \"{}\" is not from an authorized domain! Please contact your administrator.", email));
}

Result<std::optional<std::vector<std::string>>> groups_of(const bj::object& claims, const OidcOptions& options) {
  if (options.group_field.empty()) return std::optional<std::vector<std::string>>();
  const auto theirs = texts(claims, options.group_field);
  const auto allowed = [&](const std::string& name) { return std::ranges::find(options.allowed_groups, name) != options.allowed_groups.end(); };
  if (!options.allowed_groups.empty() && std::ranges::none_of(theirs, allowed))
    return fail(Code::forbidden, "You aren't a member of an authorized group!",
                "Must be a member of one of the groups that may sign in. Ask your administrator.");
  std::set<std::string> ours;
  std::optional<formats::Regex> filter;
  if (!options.group_filter.empty()) {
    TRY(compiled, formats::Regex::compile(options.group_filter));
    filter = std::move(compiled);
  }
  for (const auto& name : theirs) {
    const auto mapped = options.group_mapping.find(name);
    const std::string& known = mapped == options.group_mapping.end() ? name : mapped->second;
    if (!known.empty() && (!filter || filter->found_in(known))) ours.insert(known);
  }
  return std::vector(ours.begin(), ours.end());
}

std::optional<std::vector<std::string>> roles_of(const bj::object& claims, const OidcOptions& options) {
  if (options.role_field.empty()) return std::nullopt;
  std::set<std::string> ours(options.default_roles.begin(), options.default_roles.end());
  for (const auto& name : texts(claims, options.role_field)) {
    const auto mapped = options.role_mapping.find(name);
    if (mapped == options.role_mapping.end())
      ours.insert(name);
    else
      ours.insert(mapped->second.begin(), mapped->second.end());
  }
  return std::vector(ours.begin(), ours.end());
}

}  // namespace

Result<void> check_token(const bj::object& claims, const TokenRules& rules) {
  if (text_in(claims, "iss") != rules.issuer) return untrusted("issued by \"" + text_in(claims, "iss") + "\"");
  const auto audience = texts(claims, "aud");
  if (std::ranges::find(audience, rules.client_id) == audience.end()) return untrusted("meant for another client");
  const auto party = text_in(claims, "azp");
  if ((audience.size() > 1 || claims.contains("azp")) && party != rules.client_id)
    return untrusted("another party was authorized: \"" + party + "\"");
  const auto now = std::chrono::duration_cast<Seconds>(rules.now.time_since_epoch());
  const auto expires = seconds(claims, "exp"), issued = seconds(claims, "iat"), begins = seconds(claims, "nbf");
  if (!expires || Seconds(*expires) + kSkew <= now) return untrusted("expired");
  if (!issued || Seconds(*issued) - kSkew > now) return untrusted("issued in the future");
  if (begins && Seconds(*begins) - kSkew > now) return untrusted("not valid yet");
  if (rules.nonce.empty() || text_in(claims, "nonce") != rules.nonce) return untrusted("made for another sign-in (nonce)");
  if (text_in(claims, "sub").empty()) return untrusted("without a subject");
  return {};
}

Result<Identity> identity_of(const bj::object& claims, const OidcOptions& options) {
  Identity identity{.login_type = "oidc",
                    .issuer = options.issuer,
                    .subject = text_in(claims, "sub"),
                    .email = text_in(claims, options.email_field),
                    .username = {},
                    .name = text_in(claims, options.name_field).substr(0, 128),
                    .avatar_url = {},
                    .github_id = {},
                    .groups = {},
                    .roles = {}};
  TRY_OK(check_email(claims, identity.email, options));
  identity.username = username_from(text_in(claims, options.username_field), identity.email);
  if (const auto picture = text_in(claims, "picture"); net::parse_url(picture)) identity.avatar_url = picture;
  TRY(groups, groups_of(claims, options));
  identity.groups = std::move(groups);
  identity.roles = roles_of(claims, options);
  identity.claims = bj::serialize(claims);
  return identity;
}

bool domain_allowed(std::string_view email, const std::vector<std::string>& domains) {
  if (domains.empty()) return true;
  const auto at = email.rfind('@');
  if (at == std::string_view::npos) return false;
  const auto domain = email.substr(at + 1);
  return std::ranges::any_of(domains, [&](std::string_view allowed) {
    if (allowed.starts_with('@')) allowed.remove_prefix(1);
    return net::iequals(domain, allowed);
  });
}

std::string text_in(const bj::object& from, std::string_view name) {
  const bj::value* found = from.if_contains(name);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string username_from(std::string_view wanted, std::string_view email) {
  for (std::string_view source : {wanted, email}) {
    source = source.substr(0, source.find('@'));
    std::string name;
    for (const char c : source) {
      if (letter_or_digit(c))
        name += c;
      else if (!name.empty() && name.back() != '-')
        name += '-';
      if (name.size() == 32) break;
    }
    while (name.ends_with('-')) name.pop_back();
    if (names::is_username(name)) return name;
  }
  return "user";
}

std::string safe_redirect(std::string_view wanted) {
  if (!wanted.starts_with('/') || wanted.starts_with("//") || wanted.size() > 2000) return "/";
  for (const char c : wanted)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\\' || static_cast<unsigned char>(c) >= 0x7f) return "/";
  // Rebuilt from a parsed address whose origin is known: what comes out is a path here.
  const auto url = net::parse_url("http://here" + std::string(wanted));
  if (!url || url->host != "here" || url->has_userinfo) return "/";
  return url->target();
}

}  // namespace slipway::login
