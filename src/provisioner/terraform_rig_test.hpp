// What tests with the real OpenTofu and provider share, as ./dev builds these. Only *_test.cpp include it.
#pragma once

#include "provisioner/test_sink.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include <filesystem>

namespace slipway::provisioner {

inline std::string tools_folder() {
  if (const char* caches = ::getenv("XDG_CACHE_HOME")) return std::string(caches) + "/slipway/tools";
  const char* home = ::getenv("HOME");
  return std::string(home ? home : "") + "/.cache/slipway/tools";
}

inline std::string say(const Finished& done) { return done.failure ? done.failure->say : "succeeded"; }

// A folder of the test's own, and the options of an engine that keeps nothing elsewhere.
struct RealTofu : ::testing::Test {
  explicit RealTofu(std::string_view name) : cache(fmt::format("/tmp/slipway-{}-XXXXXX", name)) {
    if (!::mkdtemp(cache.data())) throw std::runtime_error("no folder for a test: " + cache);
    options.binary = tools_folder() + "/bin/tofu";
    options.cache_directory = cache + "/provisioner";
  }
  ~RealTofu() override {
    // An engine removes its job folders on the blocking pool, perhaps at this moment.
    std::error_code failed;
    while (std::filesystem::exists(cache)) std::filesystem::remove_all(cache, failed);
  }
  void SetUp() override { ASSERT_TRUE(std::filesystem::exists(options.binary)) << "run tools/tofu/build.sh first: these tests are never skipped"; }

  std::string cache;
  TerraformOptions options;
  TestSink sink;
};

}  // namespace slipway::provisioner
