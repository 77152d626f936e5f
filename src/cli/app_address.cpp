#include "cli/app_address.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/lookup.hpp"
#include "net/url.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kLongestLabel = 63;

std::string scheme_of(const api::Region& region) { return region.path_app_url.substr(0, region.path_app_url.find("://")); }

// The host of that name, if the region has hosts of apps.
std::optional<std::string> on_its_host(std::string_view name, const api::Region& region) {
  const auto star = region.wildcard_hostname.find('*');
  if (name.empty() || star == std::string::npos) return std::nullopt;
  auto host = region.wildcard_hostname;
  host.replace(star, 1, name);
  return fmt::format("{}://{}/", scheme_of(region), host);
}

std::string base_of(const api::WorkspaceAgent& agent, const api::Workspace& workspace, const api::Region& region) {
  return fmt::format("{}/@{}/{}.{}", region.path_app_url, segment(workspace.owner_name), segment(workspace.name), segment(agent.name));
}

// What a template names is opened for a person by whatever the system has for it.
Result<std::string> elsewhere(const api::WorkspaceApp& app) {
  const auto scheme = text::lower(std::string_view(app.url).substr(0, app.url.find(':')));
  const auto letters = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.'; };
  const bool fits = app.url.find(':') != std::string::npos && !scheme.empty() && scheme.front() >= 'a' && std::ranges::all_of(scheme, letters);
  const bool harmful = scheme == "javascript" || scheme == "data" || scheme == "vbscript" || scheme == "file";
  if (fits && !harmful) return app.url;
  return fail(Code::invalid, fmt::format("The app \"{}\" is at an address that no browser should open: {}", app.slug, app.url),
              "Ask whoever keeps the workspace's template to mend it.");
}

}  // namespace

Result<std::string> address_of(const api::WorkspaceApp& app, const api::WorkspaceAgent& agent, const api::Workspace& workspace,
                               const api::Region& region) {
  if (app.external) return elsewhere(app);
  if (!app.command.empty()) return fmt::format("{}/terminal?app={}", base_of(agent, workspace, region), net::percent_encode(app.slug));
  if (app.subdomain)
    if (auto host = on_its_host(app.subdomain_name, region)) return std::move(*host);
  return fmt::format("{}/apps/{}/", base_of(agent, workspace, region), segment(app.slug));
}

bool is_port(std::string_view word) {
  if (word.ends_with('s')) word.remove_suffix(1);
  return text::number<std::uint16_t>(word).value_or(0) > 0;
}

Result<std::string> address_of_port(std::string_view port, const api::WorkspaceAgent& agent, const api::Workspace& workspace,
                                    const api::Region& region) {
  auto host = on_its_host(fmt::format("{}--{}--{}--{}", port, agent.name, workspace.name, workspace.owner_name), region);
  if (host) return std::move(*host);
  const auto number = port.substr(0, port.find('s'));
  return fail(Code::precondition, "Ports are opened by hosts of their own, which this deployment has none of.",
              fmt::format("Use slipway port-forward {} --tcp {}, or ask the administrators to set --wildcard-access-url.", workspace.name, number));
}

bool is_beyond_dns(std::string_view address) {
  const auto url = net::parse_url(address);
  return url && std::ranges::any_of(text::split(url->host, '.'), [](auto label) { return label.size() > kLongestLabel; });
}

}  // namespace slipway::cli
