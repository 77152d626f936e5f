#include "features/apps/request.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace slipway::apps {

namespace {

constexpr std::array<std::string_view, 3> kMethods{"path", "subdomain", "terminal"};
constexpr std::string_view kPrefixEnd = "---";

std::unexpected<Error> impossible(std::string why) { return fail_internal("a request for an app that nobody can make: " + std::move(why)); }

Result<void> check_terminal(const AppRequest& request) {
  if (!request.prefix.empty() || !request.user.empty() || !request.workspace.empty() || !request.target.empty())
    return impossible("a terminal is named by its agent alone");
  if (!Uuid::parse(request.agent)) return impossible("a terminal's agent is named by its id");
  return {};
}

}  // namespace

std::string_view name_of(Method method) { return kMethods[static_cast<std::size_t>(method)]; }

std::optional<Method> method_of(std::string_view name) {
  const auto found = std::ranges::find(kMethods, name);
  if (found == kMethods.end()) return std::nullopt;
  return static_cast<Method>(found - kMethods.begin());
}

AppRequest normalised(AppRequest request) {
  if (const auto dot = request.workspace.find('.'); dot != std::string::npos && request.agent.empty()) {
    request.agent = request.workspace.substr(dot + 1);
    request.workspace.resize(dot);
  }
  if (!request.base_path.empty() && !request.base_path.ends_with('/')) request.base_path += '/';
  return request;
}

Result<void> check(const AppRequest& normalised) {
  if (normalised.base_path.empty()) return impossible("it has no base path");
  if (normalised.method == Method::terminal) return check_terminal(normalised);
  if (normalised.user.empty()) return impossible("it names no user");
  if (normalised.user == "me") return impossible("username cannot be \"me\" in app requests");
  if (normalised.workspace.empty()) return impossible("it names no workspace");
  if (normalised.target.empty()) return impossible("it names no app");
  if (normalised.prefix.empty()) return {};
  if (normalised.method != Method::subdomain) return impossible("prefix is only valid for subdomain apps");
  if (!normalised.prefix.ends_with(kPrefixEnd)) return impossible("the prefix does not end with \"---\"");
  return {};
}

std::optional<PortTarget> port_of(std::string_view target) {
  const bool tls = target.ends_with('s');
  if (tls) target.remove_suffix(1);
  const auto port = text::number<std::uint16_t>(target);
  if (!port) return std::nullopt;
  return PortTarget{.port = *port, .tls = tls};
}

}  // namespace slipway::apps
