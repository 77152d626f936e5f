// The last output of a terminal, replayed to whoever comes later. Grows to its bound, then forgets the oldest. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::agent {

class Replay {
 public:
  explicit Replay(std::size_t most = 128 << 10) : most_(most) {}

  void add(std::string_view bytes);
  // Oldest first; begins at a character, not inside one.
  std::string text() const;
  std::size_t size() const { return ring_.size(); }
  // Bytes that were ever added.
  std::uint64_t added() const { return added_; }
  // What was added behind the first `count`; nothing when some of it is forgotten, or so much was never added.
  std::optional<std::string> behind(std::uint64_t count) const;

 private:
  std::size_t most_;
  std::string ring_;
  std::uint64_t added_ = 0;
  std::size_t start_ = 0;  // of the oldest byte, once the ring is full
};

}  // namespace slipway::agent
