#include "http/answer.hpp"

namespace slipway::http {

void complete(net::Headers& headers, const Site& site, RequestId request) {
  headers.set("X-Coder-Build-Version", site.version);
  headers.set("X-Coder-Request-Id", request.str());
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "strict-origin-when-cross-origin");
  if (!headers.has("X-Frame-Options")) headers.set("X-Frame-Options", "DENY");
  if (!headers.has("Content-Security-Policy")) headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

Task<Result<void>> send(Call& call, net::Response response) {
  complete(response.headers, *call.home().site, call.id());
  co_return co_await call.exchange().send(std::move(response));
}

}  // namespace slipway::http
