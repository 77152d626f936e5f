// The chunked coding of HTTP/1.1 (RFC 9112 §7.1), with one reading: lines end with CR LF and hold no other, a size is digits alone, a
// chunk is as long as it says, a trailer is a field. Pure: bytes in, bytes out.
#pragma once

#include "net/headers.hpp"

#include <optional>
#include <span>

namespace slipway::net {

class Chunks {
 public:
  struct Step {
    std::size_t consumed = 0, produced = 0;
    bool done = false;
  };
  // Nothing for what is malformed. A step that consumes and produces nothing wants more bytes.
  std::optional<Step> decode(std::string_view bytes, std::span<char> into);
  // What came behind the last chunk; whole once a step was done.
  const Headers& trailers() const { return trailers_; }

 private:
  enum class At { size, data, data_end, trailer, end };
  enum class Line { whole, partial, malformed };
  Line take_line(std::string_view& rest, std::string_view& line) const;
  bool begin_chunk(std::string_view line);
  bool add_trailer(std::string_view line);
  std::optional<bool> step(std::string_view& rest, std::span<char> into, std::size_t& produced);

  At at_ = At::size;
  std::uint64_t left_ = 0;
  Headers trailers_;
};

}  // namespace slipway::net
