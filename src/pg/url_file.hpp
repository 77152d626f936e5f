// A URL in a file, read for every new connection: a password that somebody exchanges there needs no restart.
#pragma once

#include "base/result.hpp"

#include <string>

namespace slipway::pg {

// For ConnectOptions::url: the URL is what is in the file.
std::string url_in_file(const std::string& path);
// The URL meant by ConnectOptions::url, now. Blocks when it is in a file. Errors: unavailable, for a file that cannot be read or is empty.
Result<std::string> url_now(const std::string& url);

}  // namespace slipway::pg
