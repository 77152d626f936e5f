// Whatever the other end of a held stream says: memory is bounded, how the bytes are cut changes nothing, and what we say in answer is
// understood by an end like ours.
#include "base/check.hpp"
#include "tunnel/resume.hpp"

#include <optional>
#include <string>

using namespace slipway;

namespace {

constexpr tunnel::ResumeLimits kLimits{.window = 256, .ahead = 256, .piece = 50, .ack_every = 64};

// What was heard; nothing when it was refused.
std::optional<std::string> heard(std::string_view bytes, std::size_t piece) {
  tunnel::Resumable end(kLimits);
  end.send("some words of our own");
  end.attach(0);
  std::string out, taken(1000, '\0');
  while (!bytes.empty()) {
    (void)end.output();
    const auto now = bytes.substr(0, piece);
    if (!end.input(now)) return std::nullopt;
    bytes.remove_prefix(now.size());
  }
  out.append(taken, 0, end.take(taken));
  check(out.size() <= kLimits.window, "no more than the window is kept");
  tunnel::Resumable other(kLimits);
  other.attach(0);
  while (true) {
    const auto answer = end.output();
    if (answer.empty()) return out + (end.other_finished() ? "|finished" : "") + (end.other_ended() ? "|ended" : "");
    if (answer.front() == 1) check(other.input(answer).has_value() || other.received() == 0, "our own bytes are read");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = heard(bytes, std::max<std::size_t>(size, 1));
  if (!whole) return 0;
  check(whole == heard(bytes, 1), "cutting changes nothing");
  check(whole == heard(bytes, 7), "cutting changes nothing");
  return 0;
}
