// One end of a stream that outlives what carries it (decision 0032): everything sent has a number and is kept until the other end's
// reader has taken it, so that it can be said again over the next carrier. A carrier is any reliable stream of bytes; one is in use
// at a time. Pure: bytes in, bytes out.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace slipway::tunnel {

struct ResumeLimits {
  std::size_t window = 2 << 20;      // bytes sent that the other end's reader has not taken: what each end keeps at the most
  std::size_t ahead = 128 << 10;     // of these, what may wait for the carrier while there is one
  std::size_t piece = 32 << 10;      // of one output
  std::size_t ack_every = 64 << 10;  // bytes taken by the reader between two acknowledgements; at most half a window
};

class Resumable {
 public:
  explicit Resumable(ResumeLimits limits = {});

  // What we say. `bytes` are no more than room(); nothing may follow finish(), and nothing at all end().
  std::size_t room() const;
  void send(std::string_view bytes);
  void finish();  // the orderly end of our direction
  void end();     // of both: nothing is read any more, but what was sent before still arrives
  bool ended() const { return end_; }

  // What the other end said, in order. take() gives 0 when there is nothing now.
  std::size_t take(std::span<char> into);
  bool other_finished() const { return other_finished_ && inbox_left() == 0; }
  // The other end wants nothing more to do with this stream; what it said before can still be taken.
  bool other_ended() const { return other_ended_; }
  bool has_input() const { return inbox_left() > 0; }

  // How far the other end has been heard: what it is told when a carrier begins.
  std::uint64_t received() const { return received_; }
  // Whether an end that has heard so far can be served from what is kept.
  bool reaches(std::uint64_t other_has) const { return other_has >= acked_ && other_has <= furthest_; }
  // A new carrier, to an end that has heard so far; reaches() holds.
  void attach(std::uint64_t other_has);
  void detach() { attached_ = false; }
  bool attached() const { return attached_; }

  // What goes onto the carrier next; empty when there is nothing to say now.
  std::string output();
  // What came from the carrier, cut anywhere. Errors: invalid for what no such end says; the stream is then of no more use.
  Result<void> input(std::string_view bytes);

  // All that was sent, the end included, has been taken; or nobody will take it.
  bool settled() const { return end_ && (other_ended_ || acked_ == last()); }
  // The carrier has all that we have to say.
  bool said() const { return cursor_ == last() && !ack_due(); }

 private:
  enum class Frame : std::uint8_t { data = 1, ack = 2, finish = 3, end = 4 };

  std::uint64_t last() const { return sent_ + (fin_ ? 1 : 0) + (end_ ? 1 : 0); }
  std::uint64_t taken() const;
  std::size_t inbox_left() const { return inbox_.size() - inbox_start_; }
  bool ack_due() const;
  void put(std::string& out, Frame frame, std::uint64_t number) const;
  Result<void> begin_frame();
  Result<void> heard(std::string_view part);
  Result<void> mark(std::uint64_t number, bool& which);
  Result<void> acknowledged(std::uint64_t number);

  ResumeLimits limits_;
  // Ours. Bytes have the numbers below sent_, then each mark has one.
  std::string kept_;  // bytes from kept_from_ on, behind kept_start_ that are free already
  std::size_t kept_start_ = 0;
  std::uint64_t kept_from_ = 0, sent_ = 0, acked_ = 0, cursor_ = 0, furthest_ = 0;
  bool fin_ = false, end_ = false, attached_ = false;
  // Theirs.
  std::string inbox_;
  std::size_t inbox_start_ = 0;
  std::uint64_t received_ = 0, told_ = 0;
  bool other_finished_ = false, other_ended_ = false, must_tell_ = false;
  // The frame that is under way.
  std::string head_;
  std::uint64_t data_number_ = 0;
  std::size_t data_left_ = 0;
};

}  // namespace slipway::tunnel
