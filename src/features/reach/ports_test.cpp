#include "features/reach/ports.hpp"

#include <gtest/gtest.h>

namespace slipway::reach {
namespace {

TEST(ListeningPorts, LowPortsAppPortsAndWellKnownOnesAreHidden) {
  std::vector<api::WorkspaceAgentListeningPort> ports;
  for (const std::int64_t port : {1, 2, 4, 8, 9, 22, 3000, 5432, 8080, 28017, 65535})
    ports.push_back({.process_name = "p", .network = "tcp", .port = port});

  const auto shown = shown_ports(ports, {"http://localhost:8080/?folder=/home", "", "not a url"});

  std::vector<std::int64_t> numbers;
  for (const auto& port : shown) numbers.push_back(port.port);
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{9, 3000, 65535}));
}

TEST(ListeningPorts, AnAppWithoutAPortHidesItsSchemesOwn) {
  EXPECT_TRUE(shown_ports({{.process_name = "", .network = "tcp", .port = 80}}, {"http://localhost/"}).empty());
}

}  // namespace
}  // namespace slipway::reach
