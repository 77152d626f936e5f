#include "http/follow.hpp"

#include "http/answer.hpp"

namespace slipway::http {

News::News(Call& call, std::string channel, std::string payload) : event_(std::make_shared<aio::Event>(call.home().executor)) {
  auto on_wake = [event = event_, payload = std::move(payload)](const pg::Wake& wake) {
    if (wake.missed || payload.empty() || wake.payload == payload) event->notify();
  };
  subscription_ = call.db().listener().subscribe(call.home().executor, std::move(channel), std::move(on_wake));
}

Task<void> News::wait(Milliseconds limit) { co_await event_->wait_for(limit); }

struct Pusher::State {
  explicit State(const boost::asio::any_io_executor& home) : reader(home) {}
  std::unique_ptr<net::WebSocket> socket;
  std::function<void()> wake;
  bool gone = false;
  aio::Nursery reader;
};

namespace {

template <class State>
Task<void> read_until_closed(std::shared_ptr<State> state) {
  // These streams go one way: a client that sends anything breaks the protocol.
  auto message = co_await state->socket->read();
  state->gone = true;
  if (message) co_await state->socket->close(net::close_code::protocol_error, "this stream takes no messages");
  if (state->wake) state->wake();
}

}  // namespace

Pusher::Pusher(std::shared_ptr<State> state) : state_(std::move(state)) {}
Pusher::~Pusher() = default;

Task<Result<std::unique_ptr<Pusher>>> Pusher::open(Call& call) {
  net::WebSocketOptions options{.max_message = 4096, .subprotocols = {}, .origins = call.home().site->origins, .headers = {}};
  CO_TRY(socket, co_await call.exchange().upgrade(std::move(options)));
  auto state = std::make_shared<State>(call.home().executor);
  state->socket = std::move(socket);
  state->reader.start(read_until_closed<State>, state);
  co_return std::unique_ptr<Pusher>(new Pusher(std::move(state)));
}

Task<bool> Pusher::push(std::string_view json) {
  if (state_->gone) co_return false;
  auto sent = co_await state_->socket->write_text(json);
  co_return sent.has_value() && !state_->gone;
}

bool Pusher::gone() const { return state_->gone; }
void Pusher::on_gone(std::function<void()> wake) { state_->wake = std::move(wake); }

Task<void> Pusher::close(std::uint16_t code, std::string_view reason) {
  state_->wake = nullptr;
  if (!state_->gone) co_await state_->socket->close(code, reason);
  co_await state_->reader.stop();
}

Task<Result<void>> Events::begin() {
  net::Response head{
      .status = 200, .headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}}, .body = {}};
  complete(head.headers, *call_.home().site, call_.id(), call_.request().tls);
  co_return co_await call_.exchange().begin(std::move(head));
}

Task<Result<void>> Events::data(std::string_view json) {
  std::string frame = "event: data\ndata: ";
  frame += json;
  frame += "\n\n";
  co_return co_await call_.exchange().write(frame);
}

Task<Result<void>> Events::ping() { co_return co_await call_.exchange().write("event: ping\n\n"); }
Task<Result<void>> Events::finish() { co_return co_await call_.exchange().finish(); }

}  // namespace slipway::http
