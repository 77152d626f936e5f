#include "cli/terminal_memory.hpp"

#include <algorithm>

namespace slipway::cli {
namespace {

constexpr std::string_view kHello = "SLPWTTY1";
constexpr std::size_t kHead = kHello.size() + 16;
constexpr std::uint64_t kNeverCame = ~std::uint64_t{0};
// More is not under way: what is older was taken.
constexpr std::size_t kMostMessages = 4000, kMostBytes = 4 << 20;

std::uint64_t eight_bytes(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char one : bytes.substr(0, 8)) out = (out << 8U) | static_cast<unsigned char>(one);
  return out;
}

}  // namespace

std::uint64_t TerminalMemory::begin() {
  head_.emplace();
  given_ = 0;
  return next_;
}

void TerminalMemory::add(std::string message) {
  kept_ += message.size();
  waiting_ += message.size();
  messages_.push_back(std::move(message));
  while (is_met() && given_ > 0 && (messages_.size() > kMostMessages || kept_ > kMostBytes)) forget(1);
}

std::optional<std::string> TerminalMemory::next() {
  if (!is_met() || given_ == messages_.size()) return std::nullopt;
  if (given_ == offered_) waiting_ -= messages_[offered_++].size();
  return messages_[given_++];
}

TerminalMemory::Heard TerminalMemory::hear(std::string_view bytes) {
  if (!head_) {
    if (next_ > 0) next_ += bytes.size();
    return {.bytes = std::string(bytes)};
  }
  head_->append(bytes);
  if (!kHello.starts_with(std::string_view(*head_).substr(0, kHello.size()))) return meet(std::move(*head_), 0, std::nullopt);
  if (head_->size() < kHead) return {};
  const std::string all = std::move(*head_);
  const auto numbers = std::string_view(all).substr(kHello.size());
  const auto taken = eight_bytes(numbers.substr(8));
  return meet(all.substr(kHead), eight_bytes(numbers), taken == kNeverCame ? std::nullopt : std::optional(taken));
}

TerminalMemory::Heard TerminalMemory::meet(std::string bytes, std::uint64_t from, std::optional<std::uint64_t> taken) {
  // An agent that does not know us after we met has another shell by now: what was typed was not for that one.
  const bool other = met_ && from != 0 && !taken;
  if (!taken && met_) forget(messages_.size());
  if (!taken) first_ = 0;
  if (taken && *taken > first_) forget(static_cast<std::size_t>(std::min<std::uint64_t>(*taken - first_, messages_.size())));
  const bool anew = met_ && (from == 0 || from != next_);
  next_ = from == 0 ? 0 : from + bytes.size();
  head_.reset();
  met_ = true;
  return {.bytes = std::move(bytes), .anew = anew, .other = other};
}

void TerminalMemory::forget(std::size_t count) {
  for (; count > 0; --count, ++first_) {
    kept_ -= messages_.front().size();
    if (offered_ == 0)
      waiting_ -= messages_.front().size();
    else
      --offered_;
    if (given_ > 0) --given_;
    messages_.pop_front();
  }
}

}  // namespace slipway::cli
