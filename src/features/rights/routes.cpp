#include "http/routes.hpp"
#include "features/rights/authcheck.hpp"

namespace slipway::rights {

void add_routes(http::Routes& routes, sessions::Sessions& sessions) {
  using http::Audit, http::Auth;
  routes.post<Auth::user, Audit::none>("/api/v2/authcheck", authcheck);
  routes.post<Auth::user, Audit::none>("/api/v2/authcheck/explain", [&sessions](http::Call& call, api::AuthorizationExplainRequest ask) {
    return explain_access(call, sessions, std::move(ask));
  });
}

}  // namespace slipway::rights
