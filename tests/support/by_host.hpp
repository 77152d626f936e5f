// For tests: one request to a server under whatever host name, as a browser makes it that has the name resolved.
#pragma once

#include "support/test_server.hpp"

namespace slipway::test {

// The whole answer. `headers` come after Host; the connection ends with it.
Answer by_host(const std::string& url, const std::string& host, const std::string& method, const std::string& target,
               const std::vector<std::pair<std::string, std::string>>& headers = {});

}  // namespace slipway::test
