#include "features/apps/access.hpp"

#include <fmt/format.h>

namespace slipway::apps {

namespace {

constexpr std::string_view kOwner = "owner", kAuthenticated = "authenticated", kOrganization = "organization", kPublic = "public";

std::string_view configured(const Knock& knock) { return knock.level.empty() ? kOwner : knock.level; }

bool is_narrowed(const Knock& knock, const Dangers& dangers) {
  return knock.method == Method::path && !dangers.path_sharing && configured(knock) != kOwner;
}

std::string_view effective(const Knock& knock, const Dangers& dangers) {
  if (knock.method == Method::terminal || is_narrowed(knock, dangers)) return kOwner;
  return configured(knock);
}

bool is_for_its_owner_alone(const Knock& knock, std::string_view level, const Dangers& dangers) {
  return knock.method == Method::path && level == kOwner && !knock.owns && !dangers.site_owner_access;
}

bool opens(const Knock& knock, std::string_view level, const Policy& policy) {
  if (policy.may_reach() || level == kPublic) return true;
  if (knock.method == Method::subdomain && knock.listed) return policy.may_reach_own();
  if (level == kAuthenticated) return policy.may_reach_own();
  return level == kOrganization && knock.member && policy.may_reach_own();
}

}  // namespace

Verdict judge(const Knock& knock, const Policy& policy, const Dangers& dangers) {
  const auto level = effective(knock, dangers);
  if (!knock.known) return {.open = level == kPublic};
  Verdict verdict;
  if (is_narrowed(knock, dangers))
    verdict.warnings.push_back(
        fmt::format("unable to use configured sharing level \"{}\" because path-based app sharing is disabled (see "
                    "--dangerous-allow-path-app-sharing), using sharing level \"owner\" instead",
                    configured(knock)));
  if (is_for_its_owner_alone(knock, level, dangers)) {
    if (knock.site_owner)
      verdict.warnings.emplace_back(
          "path-based apps with \"owner\" share level are only accessible by the workspace owner (see "
          "--dangerous-allow-path-app-site-owner-access)");
    return verdict;
  }
  verdict.open = opens(knock, level, policy);
  if (verdict.open) verdict.warnings.clear();
  return verdict;
}

}  // namespace slipway::apps
