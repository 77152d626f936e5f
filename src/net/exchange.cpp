#include "net/exchange.hpp"

#include "aio/task.hpp"
#include "net/connection.hpp"

namespace slipway::net {

const Request& Exchange::request() const { return connection_.request(); }
const asio::any_io_executor& Exchange::home() const { return connection_.home(); }
bool Exchange::responded() const { return connection_.responded(); }
std::optional<std::uint64_t> Exchange::body_length() const { return connection_.body_length(); }
bool Exchange::wants_websocket() const { return connection_.wants_websocket(); }

Task<Result<std::string>> Exchange::body(std::size_t limit) { return connection_.body(limit); }
Task<Result<std::size_t>> Exchange::read_some(std::span<char> into) { return connection_.read_some(into); }
Task<void> Exchange::caller_left() { return connection_.caller_left(); }
const Headers& Exchange::trailers() const { return connection_.trailers(); }
bool Exchange::awaits_continue() const { return connection_.awaits_continue(); }
void Exchange::watch(Milliseconds limit, std::function<Task<void>()> beside) { connection_.watch(limit, std::move(beside)); }
Task<Cut> Exchange::unwatch() { return connection_.unwatch(); }
Task<Result<void>> Exchange::send(Response response) { return connection_.send(std::move(response)); }
Task<Result<void>> Exchange::begin(Response head) { return connection_.begin(std::move(head)); }
Task<Result<void>> Exchange::write(std::string_view piece) { return connection_.write(piece); }
Task<Result<void>> Exchange::finish(Headers trailers) { return connection_.finish(std::move(trailers)); }
Task<Result<void>> Exchange::interim(int status, Headers headers) { return connection_.interim(status, std::move(headers)); }
void Exchange::be_patient(Milliseconds limit) { connection_.be_patient(limit); }
Task<Result<std::unique_ptr<Stream>>> Exchange::hijack(Response head) { return connection_.hijack(std::move(head)); }
void Exchange::on_stop(std::function<void()> told) { connection_.on_stop(std::move(told)); }
Task<Result<void>> Exchange::judge_upgrade(const WebSocketOptions& options) { return connection_.judge_upgrade(options); }
Task<Result<std::unique_ptr<WebSocket>>> Exchange::upgrade(WebSocketOptions options) { return connection_.upgrade(std::move(options)); }

}  // namespace slipway::net
