#include "http/status.hpp"

#include "api/gen/response.hpp"
#include "base/check.hpp"

namespace slipway::http {

int status_of(Code code) {
  switch (code) {
    case Code::invalid: return 400;
    case Code::unauthenticated: return 401;
    case Code::forbidden: return 403;
    case Code::not_found: return 404;
    case Code::timed_out: return 408;
    case Code::conflict: return 409;
    case Code::gone: return 410;
    case Code::precondition: return 412;
    case Code::too_large: return 413;
    case Code::in_use: return 417;
    case Code::too_many: return 429;
    case Code::unchanged: return 304;
    case Code::bad_gateway: return 502;
    case Code::unavailable: return 503;
    case Code::cancelled: return 499;
    case Code::internal: return 500;
  }
  die("an error code without a status");
}

net::Response json(int status, std::string body) {
  net::Response response{.status = status, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = std::move(body)};
  return response;
}

net::Response to_response(const Error& error) {
  const int status = status_of(error.code);
  if (status == 304) return net::Response{.status = 304, .headers = {}, .body = {}};
  api::Response body{.message = error.say, .detail = error.detail, .validations = {}};
  for (const auto& fault : error.fields) body.validations.push_back({fault.field, fault.detail});
  auto response = json(status, api::to_json(body));
  if (error.code == Code::unavailable) response.headers.set("Retry-After", "1");
  return response;
}

}  // namespace slipway::http
