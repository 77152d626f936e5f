// For tests: how often a server has sent a statement to its database.
#pragma once

#include "support/test_server.hpp"

namespace slipway::test {

// To be part of the server's configuration.
void meter_statements(server::Config& config);
// `statement` is named as "feature.name".
int times_sent(TestServer& server, const std::string& statement);

}  // namespace slipway::test
