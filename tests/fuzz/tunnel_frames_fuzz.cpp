// Both ends of the tunnel fed with whatever a broken or hostile peer sends. First byte: which end, and how the rest is cut
// into messages. The ends must come to an end, neither crash nor leak.
#include "aio/nursery.hpp"
#include "net/message.hpp"
#include "net/pipe.hpp"
#include "tunnel/acceptor.hpp"
#include "tunnel/session.hpp"

#include <boost/asio/io_context.hpp>

using namespace slipway;

namespace {

class Scripted final : public tunnel::Transport {
 public:
  Scripted(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Task<Result<std::string>> read() override {
    if (at_ == bytes_.size()) co_return fail(Code::gone, "The script is over.");
    std::string message = bytes_.substr(at_, piece_);
    at_ += message.size();
    co_return message;
  }
  Task<Result<void>> write(std::string) override { co_return Result<void>(); }
  Task<void> close() override { co_return; }

 private:
  std::string bytes_;
  std::size_t piece_, at_ = 0;
};

Task<void> drain(std::shared_ptr<net::Stream> stream) {
  std::array<char, 512> buffer;
  while (true) {
    const auto count = co_await stream->read_some(buffer);
    if (!count || *count == 0 || !co_await stream->write({buffer.data(), *count}, {})) break;
  }
}

Task<void> use(tunnel::Session* session) {
  (void)co_await session->request("POST", "/x", {}, "body");
  if (auto stream = co_await session->connect(7)) co_await drain(std::shared_ptr<net::Stream>(std::move(*stream)));
}

Task<void> client(std::string script, std::size_t piece) {
  auto home = co_await aio::executor();
  tunnel::Session session(home, std::make_unique<Scripted>(std::move(script), piece));
  aio::Nursery user(home);
  user.start(use, &session);
  (void)co_await session.run();
  co_await user.stop();
}

Task<void> serve_opening(tunnel::Opening opening) {
  if (opening.path().size() > 3) co_return opening.refuse(400, "Too long.");
  co_await drain(std::shared_ptr<net::Stream>(opening.accept()));
}

Task<net::Response> serve_request(tunnel::AgentRequest request) {
  co_return net::Response{.status = 200, .headers = {{"x-a", "b"}}, .body = std::move(request.body)};
}

Task<void> server(std::string script, std::size_t piece) {
  auto home = co_await aio::executor();
  tunnel::Handlers handlers;
  handlers.connect = [home](std::uint16_t) -> Task<Result<std::unique_ptr<net::Stream>>> {
    auto [near, far] = net::make_pipe(home);
    far->close();
    co_return std::move(near);
  };
  handlers.open = serve_opening;
  handlers.request = serve_request;
  tunnel::Acceptor acceptor(home, std::make_unique<Scripted>(std::move(script), piece), std::move(handlers));
  (void)co_await acceptor.run();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] / 2U * 7U;
  std::string script(reinterpret_cast<const char*>(data) + 1, size - 1);
  // Without the client's greeting nothing of the server is reached.
  if (data[0] % 2 == 1) script.insert(0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  asio::io_context loop;
  aio::Nursery nursery(loop.get_executor());
  nursery.start(data[0] % 2 == 1 ? server : client, std::move(script), piece);
  loop.run();
  return 0;
}
