#include "tunnel/session.hpp"

#include "net/message.hpp"
#include "tunnel/http2.hpp"

namespace slipway::tunnel {

namespace {

constexpr std::size_t kReason = 4096;  // of the text in which an agent says why not
constexpr Milliseconds kReasonLimit{5000};

struct Abandon {
  std::shared_ptr<Channel> channel;
  ~Abandon() {
    if (channel) channel->abandon();
  }
};

// The agent's "no": 504 and 429 keep their meaning, all else is a gateway's failure.
Task<Error> refusal(std::shared_ptr<Channel> channel) {
  const int status = channel->status();
  auto read = channel->read_all(kReason);
  const auto text = co_await aio::with_deadline(kReasonLimit, "The workspace's agent did not say why.", std::move(read));
  const Code code = status == 504 ? Code::timed_out : status == 429 ? Code::too_many : Code::bad_gateway;
  co_return Error{.code = code,
                  .say = text && !text->empty() ? *text : "The workspace's agent refused the connection.",
                  .why = fmt::format("the agent answered {}", status)};
}

Task<Result<std::unique_ptr<net::Stream>>> start(std::shared_ptr<Http2> http2, HeaderList headers) {
  CO_TRY(channel, co_await http2->open(headers, true));
  Abandon unless_kept{channel};
  CO_CHECK(co_await channel->head_arrives(http2->limits().answer_limit));
  if (channel->status() != 200) co_return std::unexpected(co_await refusal(channel));
  unless_kept.channel = nullptr;
  co_return std::make_unique<ChannelStream>(std::move(channel));
}

Task<Result<net::Response>> ask(std::shared_ptr<Http2> http2, HeaderList headers, std::string body) {
  CO_TRY(channel, co_await http2->open(headers, !body.empty()));
  Abandon always{channel};
  if (!body.empty()) {
    CO_CHECK(co_await channel->write(body));
    channel->finish();
  }
  CO_CHECK(co_await channel->head_arrives(http2->limits().answer_limit));
  net::Response response{.status = channel->status(), .headers = {}, .body = {}};
  for (const auto& [name, value] : channel->head())
    if (!name.starts_with(':')) response.headers.add(name, value);
  CO_TRY(text, co_await channel->read_all(http2->limits().response_bytes));
  response.body = std::move(text);
  co_return response;
}

}  // namespace

Session::Session(asio::any_io_executor home, std::unique_ptr<Transport> transport, Limits limits)
    : http2_(std::make_shared<Http2>(std::move(home), std::move(transport), limits, Http2::Role::client)) {}

Session::~Session() = default;

Task<Result<void>> Session::run() {
  const auto http2 = http2_;
  co_return co_await http2->run();
}

Task<void> Session::stop() {
  const auto http2 = http2_;
  co_await http2->stop();
}

Task<void> Session::closed() {
  const auto http2 = http2_;
  co_await http2->closed();
}

bool Session::is_open() const { return http2_->is_open(); }

Task<Result<std::unique_ptr<net::Stream>>> Session::connect(std::uint16_t port) {
  HeaderList headers{{":method", "CONNECT"}, {":authority", fmt::format("localhost:{}", port)}};
  co_return co_await start(http2_, std::move(headers));
}

Task<Result<std::unique_ptr<net::Stream>>> Session::open(std::string protocol, std::string path, HeaderList headers) {
  HeaderList all{
      {":method", "CONNECT"}, {":protocol", std::move(protocol)}, {":scheme", "http"}, {":path", std::move(path)}, {":authority", "localhost"}};
  for (auto& field : headers) all.push_back(std::move(field));
  co_return co_await start(http2_, std::move(all));
}

Task<Result<net::Response>> Session::request(std::string method, std::string path, HeaderList headers, std::string body) {
  HeaderList all{{":method", std::move(method)}, {":scheme", "http"}, {":path", std::move(path)}, {":authority", "localhost"}};
  for (auto& field : headers) all.push_back(std::move(field));
  if (!body.empty()) all.emplace_back("content-length", std::to_string(body.size()));
  co_return co_await aio::with_deadline(http2_->limits().answer_limit, "The workspace's agent did not answer in time.",
                                        ask(http2_, std::move(all), std::move(body)));
}

Task<Result<std::chrono::microseconds>> Session::ping() {
  const auto http2 = http2_;
  CO_CHECK(co_await http2->ready());
  co_return co_await http2->ping(http2->limits().ping_limit);
}

std::chrono::microseconds Session::latency() const { return http2_->latency(); }
std::size_t Session::streams() const { return http2_->streams(); }
asio::any_io_executor Session::home() const { return http2_->home(); }

}  // namespace slipway::tunnel
