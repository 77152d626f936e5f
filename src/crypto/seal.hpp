// Authenticated encryption of messages in their order (XChaCha20-Poly1305): whoever opens one knows that it is the next that the other
// end closed. One end of one direction; a key is good for one such sequence and never for another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::crypto {

class Seal {
 public:
  explicit Seal(std::string key);  // 32 bytes
  ~Seal();
  Seal(const Seal&) = delete;
  Seal& operator=(const Seal&) = delete;

  std::string close(std::string_view message);  // 16 bytes longer
  // Nothing for anything but the next message; then the sequence is over.
  std::optional<std::string> open(std::string_view sealed);

 private:
  std::string key_;
  std::uint64_t count_ = 0;
  bool broken_ = false;
};

}  // namespace slipway::crypto
