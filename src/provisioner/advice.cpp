#include "provisioner/advice.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace slipway::provisioner {

namespace {

// In the name of an app's host such a word is a port: "8080", or "443s" for one that speaks TLS.
bool reads_as_port(std::string_view slug) {
  if (slug.ends_with('s')) slug.remove_suffix(1);
  return text::number<std::uint16_t>(slug).has_value();
}

}  // namespace

std::vector<std::string> advice_on(const Outcome& outcome) {
  std::vector<std::string> advice;
  for (const auto& resource : outcome.resources)
    for (const auto& agent : resource.agents)
      for (const auto& app : agent.apps)
        if (!app.external && reads_as_port(app.slug))
          advice.push_back(fmt::format(
              "The app slug \"{0}\" reads as a port: on a host of its own \"{0}\" opens that port and never the app. Choose another.", app.slug));
  return advice;
}

}  // namespace slipway::provisioner
