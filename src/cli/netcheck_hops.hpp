// The way to a workspace, hop by hop, as `slipway netcheck` finds it: what each took, what was found, and what to do where one
// fails. Knows nothing of sockets.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/table.hpp"

namespace slipway::cli {

// In the order of the way.
enum class Hop { name, tcp, proxy, tls, http, websocket, agent, postgresql };
inline constexpr std::size_t kHops = 8;

std::string_view name_of(Hop hop);
// One sentence for where it fails.
std::string_view advice_for(Hop hop);

class Way {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // The hop before this one, if any was under way, is done and well.
  void begin(Hop hop, Moment now);
  void end(Moment now);
  // The hop under way; without one, `otherwise`. Hops that were not begun stay untried.
  void fail(std::string said, Moment now, Hop otherwise = Hop::name);
  // What was found there, or why it was not tried.
  void say(Hop hop, std::string said);

  bool failed() const { return failed_.has_value(); }
  std::optional<Hop> first_failure() const { return failed_; }
  std::string json(std::string_view url) const;
  Table table() const;

 private:
  enum class State { not_tried, ok, failed };
  struct Found {
    State state = State::not_tried;
    std::chrono::microseconds took{};
    std::string said;
  };
  Found& at(Hop hop) { return found_[static_cast<std::size_t>(hop)]; }
  void finish(Hop hop, State state, Moment now);
  static std::string_view word(State state);

  std::array<Found, kHops> found_;
  std::optional<Hop> under_way_, failed_;
  Moment began_;
};

inline constexpr const char* kHopColumns = "hop, status, time, found";

}  // namespace slipway::cli
