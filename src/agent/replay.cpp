#include "agent/replay.hpp"

#include <algorithm>

namespace slipway::agent {

void Replay::add(std::string_view bytes) {
  added_ += bytes.size();
  if (bytes.size() > most_) bytes.remove_prefix(bytes.size() - most_);
  const auto grow = std::min(bytes.size(), most_ - ring_.size());
  ring_.append(bytes.substr(0, grow));
  bytes.remove_prefix(grow);
  while (!bytes.empty()) {
    const auto piece = std::min(bytes.size(), most_ - start_);
    std::copy_n(bytes.data(), piece, ring_.data() + start_);
    start_ = (start_ + piece) % most_;
    bytes.remove_prefix(piece);
  }
}

std::string Replay::text() const {
  std::string out = ring_.substr(start_) + ring_.substr(0, start_);
  if (ring_.size() < most_) return out;
  std::size_t skip = 0;
  while (skip < std::min<std::size_t>(out.size(), 3) && (static_cast<unsigned char>(out[skip]) & 0xC0U) == 0x80) ++skip;
  return out.substr(skip);
}

std::optional<std::string> Replay::behind(std::uint64_t count) const {
  if (count > added_ || added_ - count > ring_.size()) return std::nullopt;
  const std::string all = ring_.substr(start_) + ring_.substr(0, start_);
  return all.substr(all.size() - static_cast<std::size_t>(added_ - count));
}

}  // namespace slipway::agent
