// The agents' own side: what an agent asks and reports with its token.
#pragma once

#include "base/clock.hpp"

#include <string_view>

namespace slipway::http {
class Routes;
}

namespace slipway::agents {

class MetadataNews;

// LISTEN channels. Payload: the agent's id.
inline constexpr std::string_view kLogNews = "agent_log_news";
inline constexpr std::string_view kMetadataNews = "agent_metadata_news";

// `news` is wanted as long as the routes are; agents report statistics once an `interval`.
void add_routes(http::Routes& routes, MetadataNews& news, Seconds interval);

}  // namespace slipway::agents
