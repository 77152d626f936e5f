#include "features/inbox/routes.hpp"

namespace slipway::inbox {

void add_routes(http::Routes& routes, News& news, http::Authenticator& authenticator, const notifications::Delivery& delivery) {
  add_line_routes(routes);
  add_watch_routes(routes, news, authenticator);
  add_choice_routes(routes);
  add_kind_routes(routes, delivery);
  add_pause_routes(routes);
  add_send_routes(routes, delivery);
  add_undelivered_routes(routes);
}

}  // namespace slipway::inbox
