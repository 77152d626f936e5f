#include "http/live.hpp"

#include "http/answer.hpp"

namespace slipway::http {

namespace {

using Steady = std::chrono::steady_clock;

constexpr Seconds kPing{15};  // of silence: proxies end idle streams

Milliseconds left(Milliseconds whole, Steady::time_point since) { return whole - std::chrono::floor<Milliseconds>(Steady::now() - since); }

}  // namespace

struct Live::State {
  explicit State(const aio::Executor& home) : event(home) {}
  aio::Event event;
  bool news = false, gone = false, stopping = false;
};

Live::Live(Call& call, std::optional<Standing> standing, LiveOptions options)
    : call_(call),
      standing_(std::move(standing)),
      options_(std::move(options)),
      state_(std::make_shared<State>(call.home().executor)),
      began_(Steady::now()),
      looked_(began_),
      said_(call.now()) {
  for (auto& topic : options_.topics) {
    auto wake = [state = state_](const pg::Wake&) {
      state->news = true;
      state->event.notify();
    };
    subscriptions_.push_back(call.db().listener().subscribe(call.home().executor, topic.channel, topic.payload, std::move(wake)));
  }
  auto stop = [state = state_] {
    state->stopping = true;
    state->event.notify();
  };
  if (options_.ends_at_stop) call.exchange().on_stop(std::move(stop));
}

Live::~Live() {
  if (options_.ends_at_stop) call_.exchange().on_stop(nullptr);
  if (socket_) socket_->on_end(nullptr);
}

bool Live::caller_left() const { return state_->gone; }
bool Live::stopping() const { return state_->stopping; }

bool Live::over() const { return state_->gone || state_->stopping || lost_ || left(options_.limit, began_) <= Milliseconds(0); }

Task<Result<void>> Live::open(Frames frames) {
  if (frames == Frames::events) {
    net::Response head{
        .status = 200, .headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}}, .body = {}};
    complete(head.headers, *call_.home().site, call_.id());
    CO_CHECK(co_await call_.exchange().begin(std::move(head)));
  } else {
    net::WebSocketOptions options{.max_message = 4096, .one_way = true, .origins = call_.home().site->origins};
    CO_TRY(socket, co_await call_.exchange().upgrade(std::move(options)));
    socket_ = std::move(socket);
    socket_->on_end([state = state_] {
      state->gone = true;
      state->event.notify();
    });
  }
  frames_ = frames;
  co_return Result<void>();
}

Task<bool> Live::put(std::string frame) {
  if (over()) co_return false;
  said_ = call_.now();
  if (socket_ ? (co_await socket_->write_text(frame)).has_value() : (co_await call_.exchange().write(frame)).has_value()) co_return !over();
  state_->gone = true;
  co_return false;
}

Task<bool> Live::send(std::string_view json) {
  if (frames_ == Frames::plain) return put(std::string(json));
  if (frames_ == Frames::typed) return put(fmt::format(R"({{"type":"data","data":{}}})", json));
  return put(fmt::format("event: data\ndata: {}\n\n", json));
}

Task<bool> Live::ping() { return put(frames_ == Frames::typed ? R"({"type":"ping"})" : "event: ping\n\n"); }

Milliseconds Live::until_ping() const {
  if (!frames_ || frames_ == Frames::plain) return options_.look;  // a WebSocket pings by itself
  return std::chrono::ceil<Milliseconds>(said_ + kPing - call_.now());
}

Task<void> Live::wait(Milliseconds limit) {
  using namespace asio::experimental::awaitable_operators;
  limit = std::clamp(std::min({limit, left(options_.limit, began_), standing_ ? standing_->fresh() : limit}), Milliseconds(1), options_.look);
  if (socket_ || !options_.watches_caller) {
    co_await state_->event.wait_for(limit);
  } else if (const auto first = co_await (state_->event.wait_for(limit) || call_.exchange().caller_left()); first.index() == 1) {
    state_->gone = true;
  }
  if (!over() && standing_) lost_ = !co_await standing_->holds();
}

Task<Live::Why> Live::next() {
  while (!over()) {
    const auto rest = left(options_.gap, looked_);
    if (rest <= Milliseconds(0) && (state_->news || left(options_.look, looked_) <= Milliseconds(0))) {
      looked_ = Steady::now();
      co_return std::exchange(state_->news, false) ? Why::news : Why::look;
    }
    if (until_ping() <= Milliseconds(0)) {
      if (!co_await ping()) break;
      continue;
    }
    co_await wait(std::min(rest > Milliseconds(0) ? rest : left(options_.look, looked_), until_ping()));
  }
  co_return Why::over;
}

Task<void> Live::until_over() {
  while (!over()) co_await wait(options_.look);
}

Task<void> Live::close(std::uint16_t code) {
  if (socket_) co_return co_await socket_->close(state_->stopping ? net::close_code::restart : code);
  if (frames_ && !state_->gone) (void)co_await call_.exchange().finish();
}

}  // namespace slipway::http
