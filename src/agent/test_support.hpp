// What the agent's tests share: a folder of their own, and a main coroutine on a loop of their own.
#pragma once

#include "agent/commands.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace slipway::agent::testing_support {

class Folder {
 public:
  Folder() : path_("/tmp/slipway-agent-test-" + Uuid::random().str()) { std::filesystem::create_directories(path_); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::string read(const std::string& name) const {
    std::ifstream in(path_ + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ + "/" + name) << text; }

 private:
  std::string path_;
};

// Runs the body on a fresh loop; the test fails when it has not ended after `limit`.
inline void on_loop(const std::function<Task<void>()>& body, Milliseconds limit = Seconds(60)) {
  aio::Loops loops(1);
  auto main = [](const std::function<Task<void>()>& todo, Milliseconds most) -> Task<int> {
    auto guarded = [](const std::function<Task<void>()>& inner) -> Task<Result<int>> {
      co_await inner();
      co_return 0;
    };
    const auto ended = co_await aio::with_deadline(most, "The test took too long.", guarded(todo));
    EXPECT_TRUE(ended) << ended.error().say;
    co_return 0;
  };
  loops.run(main(body, limit));
}

// Polls until `claim` holds: a test waits for a state, never for a duration.
template <class F>
Task<bool> until(F& claim, Milliseconds limit = Seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!claim()) {
    if (std::chrono::steady_clock::now() > end) co_return false;
    co_await aio::sleep(Milliseconds(5));
  }
  co_return true;
}

// Whose home is the folder, also by HOME, which this process' children would otherwise inherit.
inline User test_user(const Folder& folder) {
  ::setenv("HOME", folder.path().c_str(), 1);
  return {.uid = 0, .gid = 0, .name = "ana", .home = folder.path(), .shell = "/bin/bash"};
}

}  // namespace slipway::agent::testing_support
