#include "features/reach/ports.hpp"
#include "features/tunnels/tunnels.hpp"

#include "net/url.hpp"

namespace slipway::reach {

namespace {

constexpr std::int64_t kWellKnown[] = {20,  21,  22,  23,  25,  53,   110,  143,  179,   389,   465,   587,
                                       636, 989, 990, 993, 995, 3306, 3389, 5432, 27017, 27018, 27019, 28017};

}  // namespace

std::vector<api::WorkspaceAgentListeningPort> shown_ports(std::vector<api::WorkspaceAgentListeningPort> ports,
                                                          const std::vector<std::string>& app_urls) {
  std::set<std::int64_t> hidden(std::begin(kWellKnown), std::end(kWellKnown));
  for (const auto& url : app_urls)
    if (const auto parsed = net::parse_url(url)) hidden.insert(parsed->port);
  std::erase_if(ports, [&](const auto& port) { return port.port < tunnels::kLeastPort || hidden.contains(port.port); });
  return ports;
}

}  // namespace slipway::reach
