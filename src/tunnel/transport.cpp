#include "tunnel/transport.hpp"

#include "aio/task.hpp"
#include "net/websocket.hpp"

namespace slipway::tunnel {

namespace {

class OverWebSocket final : public Transport {
 public:
  OverWebSocket(std::unique_ptr<net::WebSocket> socket, std::shared_ptr<std::string> farewell)
      : socket_(std::move(socket)), farewell_(std::move(farewell)) {}

  Task<Result<std::string>> read() override {
    while (true) {
      CO_TRY(message, co_await socket_->read());
      if (!message.text) co_return std::move(message.data);
      co_return slipway::fail(Code::bad_gateway, "The peer sent text where a tunnel was expected.");
    }
  }
  Task<Result<void>> write(std::string message) override { co_return co_await socket_->write_binary(message); }
  Task<void> close() override {
    co_await socket_->close(net::close_code::going_away);
    if (farewell_) *farewell_ = socket_->close_reason();
  }

 private:
  std::unique_ptr<net::WebSocket> socket_;
  std::shared_ptr<std::string> farewell_;
};

}  // namespace

std::unique_ptr<Transport> over_websocket(std::unique_ptr<net::WebSocket> socket, std::shared_ptr<std::string> farewell) {
  return std::make_unique<OverWebSocket>(std::move(socket), std::move(farewell));
}

}  // namespace slipway::tunnel
