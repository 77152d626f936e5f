// A connection into a workspace that was lost: what the person is told, when to try again, and when to give up. home: own thread;
// stop() before it goes.
#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>

#include "aio/nursery.hpp"
#include "api/gen/workspaces.hpp"
#include "cli/agent_stream.hpp"

namespace slipway::cli {

// Whether asking again would bring the same answer.
bool is_final(const Error& error);

class Outage {
 public:
  // `advice` stands behind the words that tell of it.
  Outage(Session& session, const api::Workspace& workspace, StreamOptions options, std::string advice, const aio::Executor& home)
      : session_(session), workspace_(workspace), options_(options), advice_(std::move(advice)), tellers_(home) {}

  // The connection is lost; told of unless it is back within a second.
  void begin();
  // It is back, and what is known of this outage is forgotten.
  void end();
  bool is_on() const { return since_.has_value(); }
  bool told() const { return told_; }
  // Before the next attempt: jittered, and longer each time.
  Task<void> pause();
  // An attempt that began then has ended.
  void tried(std::chrono::steady_clock::time_point began);
  // Why not to try for longer, after this failure.
  Task<std::optional<Error>> gives_up(Error failure);
  Task<void> stop() { return tellers_.stop(); }

 private:
  static Task<void> tell_of(Outage* self, int number);
  Task<std::optional<Error>> changed();

  Session& session_;
  const api::Workspace& workspace_;
  StreamOptions options_;
  std::string advice_;
  aio::Nursery tellers_;
  std::optional<std::chrono::steady_clock::time_point> since_;
  bool told_ = false;
  int number_ = 0;
  Milliseconds tried_{0};
  std::optional<Milliseconds> step_;
  std::minstd_rand chance_{std::random_device{}()};
};

}  // namespace slipway::cli
