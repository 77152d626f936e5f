#include "features/apps/visit.hpp"

#include <fmt/format.h>

namespace slipway::apps {

namespace {

constexpr std::string_view kOwner = "owner", kAuthenticated = "authenticated", kOrganization = "organization", kPublic = "public";

std::string_view level_here(const Visit& visit, const Dangers& dangers) { return dangers.path_sharing ? visit.level : kOwner; }

bool for_owners_alone(const Visit& visit, const Dangers& dangers) {
  return level_here(visit, dangers) == kOwner && !visit.owns && !dangers.site_owner_access;
}

}  // namespace

bool may_open(const Visit& visit, const Dangers& dangers) {
  const auto level = level_here(visit, dangers);
  if (!visit.signed_in) return level == kPublic;
  if (for_owners_alone(visit, dangers)) return false;
  if (visit.may_connect || level == kPublic) return true;
  if (level == kAuthenticated) return visit.may_connect_to_own;
  return level == kOrganization && visit.may_connect_to_own && visit.in_the_organization;
}

std::string why_closed(const Visit& visit, const Dangers& dangers) {
  if (!visit.may_connect || !for_owners_alone(visit, dangers)) return {};
  std::string why =
      "path-based apps with \"owner\" share level are only accessible by the workspace owner (see --dangerous-allow-path-app-site-owner-access)";
  if (visit.level == kOwner) return why;
  return fmt::format(
      "unable to use configured sharing level \"{}\" because path-based app sharing is disabled (see --dangerous-allow-path-app-sharing), "
      "using sharing level \"owner\" instead; {}",
      visit.level, why);
}

}  // namespace slipway::apps
