// Inside apps only: one exchange on its way to an app and back, and each of the ways that its bytes go. home: the exchange's loop.
#pragma once

#include "aio/event.hpp"
#include "features/apps/forward.hpp"
#include "features/apps/proxy.hpp"
#include "net/http1.hpp"

#include <memory>

namespace slipway::apps {

struct Passage {
  Passage(Doors& all, net::Exchange& one, Visit& by, Carry carried)
      : doors(all), exchange(one), visit(by), what(std::move(carried)), sent(one.home()), go_on(one.home()), news(one.home()) {}

  Doors& doors;
  net::Exchange& exchange;
  Visit& visit;
  Carry what;
  Upstream up;
  Back back;
  std::unique_ptr<net::Http1> app;
  net::Response head;         // that opened a stream
  bool upgrade = false;       // asked for
  bool opened = false;        // and granted
  bool answering = false;     // the app has begun to
  bool other_scheme = false;  // what came is none of the protocol that was spoken
  bool left = false;          // the caller says no more
  aio::Event sent;            // the request's head is out
  aio::Event go_on;           // the app wants the body
  aio::Event news;            // of the right, and of the caller's end
};

// The answer whose first head is `head`, or the stream that it opens, which is then still to be passed. Errors: of the app, and
// cancelled when the caller takes no more.
Task<Result<void>> pass_answer(Passage& way, net::Response head);
// The request's body, as the app takes it; what it does not take is read over, for it may answer all the same. Returns only when the
// caller sends no whole body: with what is wrong.
Task<Error> pass_body(Passage& way);
// An upgraded connection, until both ends have ended, the caller has left, the right is lost or the server stops.
Task<void> pass_stream(Passage& way);
// Returns when the right to what is open is lost: looked at when there is news of it, and once a minute.
Task<void> until_lost(Passage& way);

}  // namespace slipway::apps
