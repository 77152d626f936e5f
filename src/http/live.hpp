// One open stream: whatever stays open after its request was answered is one of these. It owns its subscriptions and ends when its
// caller has left, its right or session is lost, its limit is reached or the server stops; destroying it is enough.
// home: the call's loop. Lives no longer than the call.
#pragma once

#include "aio/event.hpp"
#include "http/standing.hpp"

#include <optional>
#include <variant>

namespace slipway::http {

// Notifications that are news to a stream: `payload` of `channel`; an empty payload stands for all of them.
struct Topic {
  std::string channel, payload;
};

// How what a stream says looks: each JSON text as one WebSocket message; as {"type":"data","data":…} with pings between; or as
// server-sent events.
enum class Frames { plain, typed, events };

struct LiveOptions {
  std::vector<Topic> topics = {};
  Milliseconds limit = std::chrono::hours(24 * 365);  // then it ends
  Milliseconds gap{0};                                // between two looks at the least, however much news there is
  Milliseconds look{30'000};                          // without news: notifications wake, and may be lost
  bool watches_caller = true;                         // false: its bytes are read elsewhere, which notices when it leaves
  bool ends_at_stop = true;                           // false: an answer that will end by itself, which a stopping server waits for
};

class Live {
 public:
  enum class Why { news, look, over };

  Live(Call& call, std::optional<Standing> standing, LiveOptions options);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  // Opens the stream, on which only the server speaks. Errors: the handshake was refused, which is answered; the caller is gone.
  Task<Result<void>> open(Frames frames);
  // False once the stream is over.
  Task<bool> send(std::string_view json);
  // Says that it is there, to whoever waits for that; it does so by itself when nothing was said for long.
  Task<bool> ping();
  // Waits until there may be something new. Pings meanwhile, if frames have such and nothing was said for long.
  Task<Why> next();
  // Ends what open() began; a WebSocket with `code`.
  Task<void> close(std::uint16_t code = net::close_code::normal);

  // Runs `work` until it ends or the stream is over: then it is cancelled and awaited, and there is no outcome.
  template <class T>
  auto beside(Task<T> work) -> Task<std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>>> {
    using namespace asio::experimental::awaitable_operators;
    auto outcome = co_await (whole(std::move(work)) || until_over());
    if (outcome.index() == 1) co_return std::nullopt;
    co_return std::move(std::get<0>(outcome).value);
  }

  // Why it is over.
  bool caller_left() const;
  bool lost() const { return lost_; }  // the right, or the session
  bool stopping() const;               // the server: whoever listens may come again at once

 private:
  struct State;
  // An outcome that is a choice itself would be taken apart by operator||, and could not be told from the stream's end.
  template <class T>
  struct Whole {
    T value;
  };
  template <class T>
  static auto whole(Task<T> work) -> Task<Whole<std::conditional_t<std::is_void_v<T>, std::monostate, T>>> {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      co_return Whole<std::monostate>{};
    } else {
      co_return Whole<T>{co_await std::move(work)};
    }
  }
  Task<void> wait(Milliseconds limit);
  Task<void> until_over();
  Task<bool> put(std::string frame);
  Milliseconds until_ping() const;
  bool over() const;

  Call& call_;
  std::optional<Standing> standing_;
  LiveOptions options_;
  std::shared_ptr<State> state_;  // outlives this while notifications are on their way
  std::vector<pg::Listener::Subscription> subscriptions_;
  std::unique_ptr<net::WebSocket> socket_;
  std::optional<Frames> frames_;
  std::chrono::steady_clock::time_point began_, looked_;
  Time said_;
  bool lost_ = false;
};

}  // namespace slipway::http
