// What the tests of this feature share. Only *_test.cpp include it.
#pragma once

#include "support/replay.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace slipway::test {

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

}  // namespace slipway::test
