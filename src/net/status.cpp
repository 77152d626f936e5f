#include "net/status.hpp"

namespace slipway::net {

Code code_of(int status) {
  switch (status) {
    case 401: return Code::unauthenticated;
    case 403: return Code::forbidden;
    case 404: return Code::not_found;
    case 408: return Code::timed_out;
    case 409: return Code::conflict;
    case 410: return Code::gone;
    case 412: return Code::precondition;
    case 413: return Code::too_large;
    case 417: return Code::in_use;
    case 429: return Code::too_many;
    case 500: return Code::internal;
    case 502:
    case 504: return Code::bad_gateway;
    default: return status >= 500 ? Code::unavailable : Code::invalid;
  }
}

}  // namespace slipway::net
