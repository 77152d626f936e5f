#include "tunnel/transport.hpp"

#include "aio/task.hpp"
#include "net/websocket.hpp"

namespace slipway::tunnel {

namespace {

class OverWebSocket final : public Transport {
 public:
  OverWebSocket(std::shared_ptr<net::WebSocket> socket, Goodbye goodbye) : socket_(std::move(socket)), goodbye_(std::move(goodbye)) {}

  Task<Result<std::string>> read() override {
    CO_TRY(message, co_await socket_->read());
    if (message.text) co_return slipway::fail(Code::bad_gateway, "The peer sent text where a tunnel was expected.");
    co_return std::move(message.data);
  }
  Task<Result<void>> write(std::string message) override { co_return co_await socket_->write_binary(message); }
  Task<void> close() override {
    if (goodbye_) co_return co_await goodbye_(*socket_);
    co_await socket_->close(net::close_code::going_away);
  }

 private:
  std::shared_ptr<net::WebSocket> socket_;
  Goodbye goodbye_;
};

}  // namespace

std::unique_ptr<Transport> over_websocket(std::shared_ptr<net::WebSocket> socket, Goodbye goodbye) {
  return std::make_unique<OverWebSocket>(std::move(socket), std::move(goodbye));
}

}  // namespace slipway::tunnel
