// What the tests of this feature share. Only *_test.cpp include it.
#pragma once

#include "support/replay.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace slipway::test {

inline const std::string kRoot = "/api/v2/provisionerdaemons/me";
inline const std::string kOrganization = "/api/v2/organizations/default";
// Waits until the claim is true.
template <class Claim>
void becomes(const char* what, Claim claim) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (claim()) return;
    breathe();
  }
  ADD_FAILURE() << what << " never came to be";
}

// Whether a line of the metrics begins, and ends, so.
inline bool says(TestServer& server, const std::string& begin, const std::string& end) {
  const auto text = "\n" + server.metrics("GET", "/metrics").body;
  const auto at = text.find("\n" + begin);
  return at != text.npos && text.substr(at + 1, text.find('\n', at + 1) - at - 1).ends_with(end);
}
inline bool counts(TestServer& server, const std::string& line) { return says(server, line, ""); }

inline std::string make_key(TestServer& server, const std::string& name, const std::string& tags = "{}",
                            const std::string& organization = "default") {
  const auto made = server.post("/api/v2/organizations/" + organization + "/provisionerkeys", fmt::format(R"({{"name":"{}","tags":{}}})", name, tags),
                                server.owner());
  EXPECT_EQ(made.status, 201) << made.body;
  return std::string(made.json().at("key").as_string());
}

// A server without daemons of its own; the test speaks as one.
struct ProvisioningDb : ::testing::Test {
  ProvisioningDb()
      : server([](server::Config& config) {
          config.provisioner_daemons = 0;
          config.prometheus_address = "127.0.0.1:0";
        }) {
    server.owner();
  }

  Answer ask(const std::string& path, const std::string& body, const std::string& key) {
    return server.call("POST", kRoot + path, body, {}, {{"Coder-Provisioner-Daemon-Key", key}});
  }
  Answer acquire(const std::string& key, const std::string& name, const std::string& request = Uuid::random().str(), const std::string& more = {}) {
    return ask("/acquire", fmt::format(R"({{"name":"{}","version":"v","engines":["replay"],"request":"{}"{}}})", name, request, more), key);
  }
  std::string status(const std::string& version) {
    return std::string(server.get("/api/v2/templateversions/" + version, server.owner()).json().at("job").at("status").as_string());
  }
  std::string logs(const std::string& version) { return server.get("/api/v2/templateversions/" + version + "/logs", server.owner()).body; }

  TestServer server;
};

}  // namespace slipway::test
