#include "support/times_sent.hpp"

#include "support/exposition.hpp"

#include <algorithm>

namespace slipway::test {

void meter_statements(server::Config& config) {
  config.prometheus_address = "127.0.0.1:0";
  config.prometheus_db_metrics = true;
}

int times_sent(TestServer& server, const std::string& statement) {
  const Exposition read(server.metrics("GET", "/metrics").body);
  return static_cast<int>(std::max(0.0, read.value("coderd_db_query_latencies_seconds_count{query=\"" + statement + "\"}")));
}

}  // namespace slipway::test
