// The one table from Code to HTTP status, and the body of an error.
#pragma once

#include "base/result.hpp"
#include "net/message.hpp"

namespace slipway::http {

int status_of(Code code);
// {message, detail, validations}; `why` stays here.
net::Response to_response(const Error& error);
net::Response json(int status, std::string body);

}  // namespace slipway::http
