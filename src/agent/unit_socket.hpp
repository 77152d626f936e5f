// The socket by which commands in the workspace (`coder exp sync`) reach the units of the agent that runs there. One question and one
// answer a connection, each a line of JSON of at most kLine bytes. Only the agent's own account and root are heard. home: own thread.
#pragma once

#include "agent/units.hpp"
#include "aio/nursery.hpp"

namespace slipway::agent {

class UnitSocket {
 public:
  static constexpr std::size_t kLine = 64 << 10;

  // An empty path: there is no socket. One at which somebody listens already is left to them.
  explicit UnitSocket(std::string path);

  // Listens, and serves until it is cancelled, each caller as a child of `callers`; where it cannot listen it says so in the log and returns.
  Task<void> run(aio::Nursery& callers);
  const std::string& path() const { return path_; }
  void forget() { units_.clear(); }

 private:
  std::string path_;
  Units units_;
};

// The answer to a question: {"do": "want", "unit": …, "needs": […]}, or start, complete, status, list, ping. Never fails: what is wrong with
// it is the answer's "error".
std::string answer_of(Units& units, std::string_view question);

}  // namespace slipway::agent
