// A net::Stream over one carrier after another: the state machine of resume.hpp with coroutines round it. Who has it reads and writes
// as of any stream; while no carrier is there, reads wait and writes wait once the window is full. Made by std::make_shared and held
// so by its stream and by each carrier under way. home: own thread.
#pragma once

#include "aio/event.hpp"
#include "net/stream.hpp"
#include "tunnel/resume.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace slipway::tunnel {

class HeldEnd : public std::enable_shared_from_this<HeldEnd> {
 public:
  explicit HeldEnd(const aio::Executor& home, ResumeLimits limits = {});

  // The user's side, once. Destroying or closing it ends the stream for both ends; what was written before still arrives.
  std::unique_ptr<net::Stream> stream();
  void end();

  // Lets go of the carrier that there is, whose carry() returns soon; nothing of it is heard from here on.
  void release();
  std::uint64_t received() const { return state_.received(); }
  bool reaches(std::uint64_t other_has) const { return state_.reaches(other_has); }
  // Carries over this one, from where the other end has heard; reaches(other_has) holds. Ok when there is nothing left to carry.
  // Errors: cancelled when another carrier took over; invalid when the other end talks nonsense, which has failed the stream; else
  // what broke the carrier. Cancelling it lets go of the carrier.
  Task<Result<void>> carry(net::Stream& carrier, std::uint64_t other_has);
  // No carrier will come any more: reads give what there is, then `why`; writes give `why`.
  void fail(Error why);

  // Nobody has anything to say to anybody any more.
  bool over() const { return failed_ || state_.settled() || (state_.ended() && state_.other_ended()); }
  bool carried() const { return state_.attached(); }
  std::chrono::steady_clock::time_point away_since() const { return away_since_; }  // unless carried()
  // Returns once no carrier was there for so long in one go.
  Task<void> away_for(Milliseconds limit);
  // So, or once all that was said has been taken, or nobody will take it.
  Task<void> settled_or_away_for(Milliseconds limit);
  // Returns once the carrier has all that was said, or it is over.
  Task<void> said();

 private:
  class User;
  Task<Result<std::size_t>> read_some(std::span<char> into);
  Task<Result<void>> write(std::string_view bytes);
  Task<Result<void>> hear(net::Stream& carrier, std::uint64_t turn);
  Task<Result<void>> say(net::Stream& carrier, std::uint64_t turn);
  Task<Result<void>> replaced(std::uint64_t turn);
  Milliseconds left_of(Milliseconds limit) const;
  void wake_all();

  Resumable state_;
  std::optional<Error> failed_;
  std::uint64_t turn_ = 0;  // of carriers: one that sees another number has been replaced
  std::chrono::steady_clock::time_point away_since_;
  aio::Event readable_, writable_, to_say_, progress_, carrier_;
};

}  // namespace slipway::tunnel
