// What the two ends of a stream that resumes say on a new carrier before anything else (decision 0032). The end that keeps streams
// (the agent) greets with a number of its own; the one that comes (a command) names its stream, proves that it is its own and says
// how far it has heard; it is then let in, or turned away with a sentence. Who greets otherwise does not resume: that is how an
// agent of an earlier version, or a server that passes the wish on to nobody, is told. home: own thread.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace slipway::net {
class Stream;
}

namespace slipway::tunnel {

// Which stream, and what proves that it is ours.
struct ResumeKey {
  Uuid id;
  std::string secret;  // 32 random bytes
};
ResumeKey make_resume_key();

// The coming end. First: the number of a greeting; nothing when the other end does not resume, and then `already_read` is the
// beginning of what it says instead. Errors: those of the carrier.
struct Greeting {
  std::optional<std::string> number;
  std::string already_read;
};
Task<Result<Greeting>> hear_greeting(net::Stream& carrier);
// Then: how far the other end has heard. `known`: it has let us in before; the secret itself is said the first time only.
// Errors: forbidden, gone, too_many when turned away; those of the carrier.
Task<Result<std::uint64_t>> come_in(net::Stream& carrier, const ResumeKey& key, const std::string& number, bool known, std::uint64_t received);

// The keeping end. Greets, and hears who comes. Errors: invalid, and those of the carrier.
struct Comer {
  Uuid id;
  bool known = false;
  std::string number, proof;
  std::uint64_t received = 0;

  bool proves(const std::string& secret) const;  // in constant time
};
Task<Result<Comer>> greet(net::Stream& carrier);
Task<Result<void>> let_in(net::Stream& carrier, std::uint64_t received);
// `why` is forbidden, gone or too_many; its sentence is for a person.
Task<void> turn_away(net::Stream& carrier, Error why);

}  // namespace slipway::tunnel
