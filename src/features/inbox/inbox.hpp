// What reaches a person, and how they and the administrators choose: the inbox, preferences, the ways out of the house, what was not
// delivered. What is told, to whom, and how it leaves is features/notifications.
#pragma once

#include "features/inbox/news.hpp"
#include "features/notifications/notifications.hpp"
#include "http/authenticator.hpp"
#include "http/routes.hpp"

namespace slipway::inbox {

// `delivery` is what the settings say of the ways out. `news` and `authenticator` outlive the routes.
void add_routes(http::Routes& routes, News& news, http::Authenticator& authenticator, const notifications::Delivery& delivery);

}  // namespace slipway::inbox
