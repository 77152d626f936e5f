// Chats of people with agents: the record of what was said, its lists and live streams. No model stands behind it; nothing here answers.
#pragma once

#include "features/chats/limits.hpp"
#include "features/chats/news.hpp"
#include "features/chats/retention.hpp"
#include "http/authenticator.hpp"
#include "http/routes.hpp"

namespace slipway::chats {

// All of them outlive the routes.
void add_routes(http::Routes& routes, News& news, Limits& limits, http::Authenticator& authenticator);

}  // namespace slipway::chats
