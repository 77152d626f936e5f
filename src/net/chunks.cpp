#include "net/chunks.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>

namespace slipway::net {

namespace {

constexpr std::size_t kMostLine = 4096, kMostTrailers = 32, kMostDigits = 15;
constexpr std::string_view kEnd = "\r\n";

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\t'; }

// RFC 9110 §5.6.2.
bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto good = [&](char c) { return (c >= '0' && c <= '9') || (text::lower(c) >= 'a' && text::lower(c) <= 'z') || kMarks.contains(c); };
  return !name.empty() && std::ranges::all_of(name, good);
}

}  // namespace

Chunks::Line Chunks::take_line(std::string_view& rest, std::string_view& line) const {
  const auto end = rest.find('\n');
  if (end == rest.npos) return rest.size() > kMostLine ? Line::malformed : Line::partial;
  line = rest.substr(0, end);
  if (end > kMostLine || !line.ends_with('\r')) return Line::malformed;
  line.remove_suffix(1);
  if (!std::ranges::all_of(line, is_plain)) return Line::malformed;
  rest.remove_prefix(end + 1);
  return Line::whole;
}

// Extensions are read over: nobody here knows one.
bool Chunks::begin_chunk(std::string_view line) {
  const auto digits = line.substr(0, line.find(';'));
  if (digits.size() > kMostDigits) return false;
  const auto size = text::number<std::uint64_t>(digits, 16);
  if (!size) return false;
  left_ = *size;
  at_ = left_ > 0 ? At::data : At::trailer;
  return true;
}

bool Chunks::add_trailer(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon)) || trailers_.size() >= kMostTrailers) return false;
  trailers_.add(line.substr(0, colon), text::trim(line.substr(colon + 1), " \t"));
  return true;
}

// One move: true when there was something to do it with; nothing when that was malformed.
std::optional<bool> Chunks::step(std::string_view& rest, std::span<char> into, std::size_t& produced) {
  if (at_ == At::data) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>({left_, rest.size(), into.size() - produced}));
    if (count == 0) return false;
    std::memcpy(into.data() + produced, rest.data(), count);
    rest.remove_prefix(count);
    produced += count;
    left_ -= count;
    if (left_ == 0) at_ = At::data_end;
    return true;
  }
  if (at_ == At::data_end) {
    if (!kEnd.starts_with(rest.substr(0, kEnd.size()))) return std::nullopt;
    if (rest.size() < kEnd.size()) return false;
    rest.remove_prefix(kEnd.size());
    at_ = At::size;
    return true;
  }
  std::string_view line;
  const auto taken = take_line(rest, line);
  if (taken == Line::partial) return false;
  const bool last = at_ == At::trailer && line.empty();
  if (taken == Line::malformed || (!last && !(at_ == At::size ? begin_chunk(line) : add_trailer(line)))) return std::nullopt;
  if (last) at_ = At::end;
  return true;
}

std::optional<Chunks::Step> Chunks::decode(std::string_view bytes, std::span<char> into) {
  Step done;
  auto rest = bytes;
  while (at_ != At::end) {
    const auto moved = step(rest, into, done.produced);
    if (!moved) return std::nullopt;
    if (!*moved) break;
  }
  done.consumed = bytes.size() - rest.size();
  done.done = at_ == At::end;
  return done;
}

}  // namespace slipway::net
