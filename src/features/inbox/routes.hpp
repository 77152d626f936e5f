// Inside this feature: its routes, by what they are about.
#pragma once

#include "features/inbox/inbox.hpp"

namespace slipway::inbox {

void add_line_routes(http::Routes& routes);
void add_watch_routes(http::Routes& routes, News& news, http::Authenticator& authenticator);
void add_choice_routes(http::Routes& routes);
void add_kind_routes(http::Routes& routes, const notifications::Delivery& delivery);
void add_pause_routes(http::Routes& routes);
void add_send_routes(http::Routes& routes, const notifications::Delivery& delivery);
void add_undelivered_routes(http::Routes& routes);

}  // namespace slipway::inbox
