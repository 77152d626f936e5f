#include "tunnel/resume.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace slipway::tunnel {

namespace {

constexpr std::size_t kMarkHead = 9;   // kind, number
constexpr std::size_t kDataHead = 13;  // and the length
constexpr std::size_t kLongest = 1 << 20;

std::unexpected<Error> nonsense(std::string_view why) {
  return fail(Code::invalid, "The other end of the connection says what makes no sense.", std::string(why));
}

template <class T>
T number_in(std::string_view bytes) {
  T out = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) out = static_cast<T>((out << 8U) | static_cast<unsigned char>(bytes[i]));
  return out;
}

template <class T>
void add_number(std::string& out, T value) {
  for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

// Moves the rest to the front once more lies free before it than is left: each byte is moved at most about once.
void compact(std::string& bytes, std::size_t& start) {
  if (start == bytes.size()) {
    if (bytes.capacity() > (64U << 10U)) text::let_go(bytes);
    bytes.clear();
    start = 0;
  } else if (start > bytes.size() - start) {
    bytes.erase(0, start);
    start = 0;
  }
}

}  // namespace

Resumable::Resumable(ResumeLimits limits) : limits_(limits) {
  check(limits_.ack_every > 0 && limits_.ack_every <= limits_.window / 2 && limits_.piece > 0 && limits_.ahead > 0,
        "a stream that resumes acknowledges within its window");
}

std::size_t Resumable::room() const {
  if (fin_ || end_) return 0;
  const std::size_t free = limits_.window - (kept_.size() - kept_start_);
  if (!attached_) return free;
  const std::uint64_t waiting = sent_ - std::min(cursor_, sent_);
  return std::min<std::size_t>(free, waiting >= limits_.ahead ? 0 : limits_.ahead - static_cast<std::size_t>(waiting));
}

void Resumable::send(std::string_view bytes) {
  check(bytes.size() <= room(), "no more is sent than there is room for");
  kept_ += bytes;
  sent_ += bytes.size();
}

void Resumable::finish() {
  if (!end_) fin_ = true;
}

void Resumable::end() {
  end_ = true;
  text::let_go(inbox_);
  inbox_start_ = 0;
}

std::size_t Resumable::take(std::span<char> into) {
  const auto count = std::min(into.size(), inbox_left());
  std::memcpy(into.data(), inbox_.data() + inbox_start_, count);
  inbox_start_ += count;
  compact(inbox_, inbox_start_);
  return count;
}

// A mark is taken with the last byte before it.
std::uint64_t Resumable::taken() const {
  const std::uint64_t marks = (other_finished_ ? 1 : 0) + (other_ended_ ? 1 : 0);
  return inbox_left() == 0 ? received_ : received_ - marks - inbox_left();
}

bool Resumable::ack_due() const {
  const auto by_now = taken();
  if (by_now == told_) return must_tell_;
  return must_tell_ || by_now - told_ >= limits_.ack_every || (other_finished_ && inbox_left() == 0) || other_ended_;
}

void Resumable::put(std::string& out, Frame frame, std::uint64_t number) const {
  out += static_cast<char>(frame);
  add_number(out, number);
}

void Resumable::attach(std::uint64_t other_has) {
  check(reaches(other_has), "a carrier begins where its ends can meet");
  attached_ = true;
  must_tell_ = true;  // what was told last may have been lost
  cursor_ = other_has;
  head_.clear();
  data_left_ = 0;
}

std::string Resumable::output() {
  std::string out;
  if (!attached_) return out;
  if (ack_due() || (cursor_ < last() && taken() != told_)) {
    told_ = taken();
    must_tell_ = false;
    put(out, Frame::ack, told_);
  }
  if (cursor_ < sent_) {
    const auto from = kept_start_ + static_cast<std::size_t>(cursor_ - kept_from_);
    const auto count = std::min(limits_.piece, kept_.size() - from);
    put(out, Frame::data, cursor_);
    add_number(out, static_cast<std::uint32_t>(count));
    out.append(kept_, from, count);
    cursor_ += count;
  }
  if (fin_ && cursor_ == sent_) put(out, Frame::finish, cursor_++);
  if (end_ && cursor_ == sent_ + (fin_ ? 1 : 0)) put(out, Frame::end, cursor_++);
  furthest_ = std::max(furthest_, cursor_);
  return out;
}

Result<void> Resumable::input(std::string_view bytes) {
  while (!bytes.empty()) {
    if (data_left_ > 0) {
      const auto part = bytes.substr(0, data_left_);
      bytes.remove_prefix(part.size());
      TRY_OK(heard(part));
      continue;
    }
    head_ += bytes.front();
    bytes.remove_prefix(1);
    if (head_.size() < (head_[0] == static_cast<char>(Frame::data) ? kDataHead : kMarkHead)) continue;
    TRY_OK(begin_frame());
    head_.clear();
  }
  return {};
}

Result<void> Resumable::begin_frame() {
  const auto number = number_in<std::uint64_t>(std::string_view(head_).substr(1));
  switch (static_cast<Frame>(head_[0])) {
    case Frame::data:
      data_number_ = number;
      data_left_ = number_in<std::uint32_t>(std::string_view(head_).substr(kMarkHead));
      if (data_left_ == 0 || data_left_ > kLongest) return nonsense("resume: a length that nobody sends");
      return {};
    case Frame::ack: return acknowledged(number);
    case Frame::finish: return mark(number, other_finished_);
    case Frame::end: return mark(number, other_ended_);
  }
  return nonsense("resume: an unknown frame");
}

Result<void> Resumable::heard(std::string_view part) {
  const auto number = std::exchange(data_number_, data_number_ + part.size());
  data_left_ -= part.size();
  if (number > received_) return nonsense("resume: a gap");
  const auto known = std::min<std::uint64_t>(received_ - number, part.size());
  part.remove_prefix(static_cast<std::size_t>(known));
  if (part.empty()) return {};
  if (other_finished_ || other_ended_) return nonsense("resume: data behind the end");
  if (!end_) {
    if (inbox_left() + part.size() > limits_.window) return nonsense("resume: more than the window");
    inbox_ += part;
  }
  received_ += part.size();
  return {};
}

Result<void> Resumable::mark(std::uint64_t number, bool& which) {
  if (number > received_) return nonsense("resume: a gap before an end");
  if (number < received_) return {};
  if (which || other_ended_) return nonsense("resume: an end behind the end");
  which = true;
  ++received_;
  return {};
}

Result<void> Resumable::acknowledged(std::uint64_t number) {
  if (number > furthest_) return nonsense("resume: what was never sent is acknowledged");
  if (number <= acked_) return {};
  acked_ = number;
  const auto bytes = std::min(acked_, sent_);
  kept_start_ += static_cast<std::size_t>(bytes - kept_from_);
  kept_from_ = bytes;
  compact(kept_, kept_start_);
  // Who says that it has more than this carrier brought is not sent that again.
  cursor_ = std::max(cursor_, acked_);
  return {};
}

}  // namespace slipway::tunnel
