#include "features/accounts/routes.hpp"
#include "features/accounts/first.hpp"

namespace slipway::accounts {

void add_routes(http::Routes& routes, const rbac::RoleBook& book) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::none, Audit::none>("/api/v2/users/first", first_user_exists);
  routes.post<Auth::none, Audit::create, Rate::login>("/api/v2/users/first", create_first_user);
  const std::string user = "/api/v2/users/{user}";
  routes.post<Auth::user, Audit::create>("/api/v2/users", create);
  routes.del<Auth::user, Audit::delete_>(user, remove);
  routes.put<Auth::user, Audit::write>(user + "/profile", update_profile);
  routes.put<Auth::user, Audit::write>(user + "/status/suspend", suspend);
  routes.put<Auth::user, Audit::write>(user + "/status/activate", activate);
  routes.put<Auth::user, Audit::write, Rate::login>(user + "/password", change_password);
  routes.del<Auth::user, Audit::delete_>(user + "/keys", end_keys);
  add_role_routes(routes, book);
}

}  // namespace slipway::accounts
