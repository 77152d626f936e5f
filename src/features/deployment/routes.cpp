#include "api/gen/deployment.hpp"
#include "api/gen/response.hpp"
#include "features/deployment/deployment.hpp"

namespace slipway::deployment {

namespace {

Task<Result<http::Raw>> healthz(http::Call&) { co_return http::Raw{alive()}; }

Task<Result<api::Response>> greeting(http::Call&) { co_return api::Response{.message = "\xF0\x9F\x91\x8B", .detail = {}, .validations = {}}; }

Task<Result<api::BuildInfoResponse>> build_info(http::Call& call, const std::string& upgrade_message) {
  api::BuildInfoResponse info;
  info.version = call.home().site->version;
  info.dashboard_url = call.access_url();
  info.external_url = call.home().site->build_url;
  info.upgrade_message = upgrade_message;
  info.agent_api_version = "2.0";
  info.provisioner_api_version = "1.0";
  co_return info;
}

}  // namespace

net::Response alive() { return {.status = 200, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = "OK"}; }

void add_routes(http::Routes& routes, const Options& options) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::none, Audit::none, Rate::none>("/healthz", healthz);
  routes.get<Auth::none, Audit::none, Rate::none>("/api/v2", greeting);
  routes.get<Auth::none, Audit::none, Rate::none>("/api/v2/buildinfo",
                                                  [message = options.upgrade_message](http::Call& call) { return build_info(call, message); });
}

}  // namespace slipway::deployment
