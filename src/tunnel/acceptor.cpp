#include "tunnel/acceptor.hpp"

#include "base/on_exit.hpp"
#include "base/text.hpp"
#include "net/message.hpp"
#include "tunnel/http2.hpp"
#include "tunnel/relay.hpp"

namespace slipway::tunnel {

namespace {

// The whole answer in one piece; the text is for a person.
void answer_text(Channel& channel, int status, std::string text) {
  channel.answer(status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text));
}

int status_of(const Error& error) {
  switch (error.code) {
    case Code::timed_out: return 504;
    case Code::too_many: return 429;
    case Code::forbidden: return 403;
    case Code::invalid: return 400;
    case Code::not_found: return 404;
    default: return 502;
  }
}

std::optional<std::uint16_t> port_of(std::string_view authority) {
  constexpr std::string_view kHost = "localhost:";
  if (!authority.starts_with(kHost)) return {};
  authority.remove_prefix(kHost.size());
  const auto port = text::number<std::uint16_t>(authority);
  return port != 0 ? port : std::nullopt;
}

Task<void> serve_connect(std::shared_ptr<Channel> channel, std::shared_ptr<const Handlers> handlers) {
  const OnExit at_last([&channel] { channel->abandon(); });
  const auto port = port_of(channel->header(":authority"));
  if (!port || !handlers->connect) co_return answer_text(*channel, 400, "CONNECT takes localhost and a port.");
  auto dialled = co_await handlers->connect(*port);
  if (!dialled) co_return answer_text(*channel, status_of(dialled.error()), dialled.error().say);
  channel->answer(200, {});
  ChannelStream ours(channel);
  co_await splice(ours, **dialled);
}

Task<void> serve_open(std::shared_ptr<Channel> channel, std::shared_ptr<const Handlers> handlers) {
  Opening opening(channel);
  if (!handlers->open) co_return opening.refuse(501, "This agent does not speak that protocol.");
  co_await handlers->open(std::move(opening));
}

Task<void> serve_request(std::shared_ptr<Channel> channel, std::shared_ptr<const Handlers> handlers, std::size_t limit) {
  const OnExit at_last([&channel] { channel->abandon(); });
  if (!handlers->request) co_return answer_text(*channel, 404, "This agent answers no requests.");
  AgentRequest request{.method = std::string(channel->header(":method")), .path = std::string(channel->header(":path")), .headers = {}, .body = {}};
  for (const auto& field : channel->head())
    if (!field.first.starts_with(':')) request.headers.push_back(field);
  auto body = co_await channel->read_all(limit);
  if (!body) co_return answer_text(*channel, body.error().code == Code::too_large ? 413 : 400, body.error().say);
  request.body = std::move(*body);
  net::Response response = co_await handlers->request(std::move(request));
  HeaderList headers;
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const auto [name, value] = response.headers.at(i);
    std::string lower(name);
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    headers.emplace_back(std::move(lower), value);
  }
  channel->answer(response.status, headers, std::move(response.body));
}

bool dispatch(Http2& http2, std::shared_ptr<Channel> channel, const std::shared_ptr<const Handlers>& handlers) {
  if (channel->header(":method") != "CONNECT")
    return http2.start(serve_request, std::move(channel), handlers, std::size_t{http2.limits().response_bytes});
  if (channel->header(":protocol").empty()) return http2.start(serve_connect, std::move(channel), handlers);
  return http2.start(serve_open, std::move(channel), handlers);
}

}  // namespace

Opening::Opening(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}
Opening::Opening(Opening&&) noexcept = default;
Opening& Opening::operator=(Opening&&) noexcept = default;

Opening::~Opening() {
  if (channel_ && !channel_->answered()) refuse(500, {});
}

const std::string& Opening::protocol() const {
  static const std::string none;
  for (const auto& [name, value] : channel_->head())
    if (name == ":protocol") return value;
  return none;
}

const std::string& Opening::path() const {
  static const std::string none;
  for (const auto& [name, value] : channel_->head())
    if (name == ":path") return value;
  return none;
}

const HeaderList& Opening::headers() const { return channel_->head(); }
std::string_view Opening::header(std::string_view lower_case_name) const { return channel_->header(lower_case_name); }

std::unique_ptr<net::Stream> Opening::accept() {
  channel_->answer(200, {});
  return std::make_unique<ChannelStream>(channel_);
}

void Opening::refuse(int status, std::string reason) {
  answer_text(*channel_, status, std::move(reason));
  channel_->abandon();
}

Acceptor::Acceptor(asio::any_io_executor home, std::unique_ptr<Transport> transport, Handlers handlers, Limits limits) {
  auto shared = std::make_shared<const Handlers>(std::move(handlers));
  auto arrival = [shared](Http2& http2, std::shared_ptr<Channel> channel) {
    if (!dispatch(http2, channel, shared)) channel->abandon();
  };
  http2_ = std::make_shared<Http2>(std::move(home), std::move(transport), limits, Http2::Role::server, std::move(arrival));
}

Acceptor::~Acceptor() = default;

Task<Result<void>> Acceptor::run() {
  const auto http2 = http2_;
  co_return co_await http2->run();
}

Task<void> Acceptor::stop() {
  const auto http2 = http2_;
  co_await http2->stop();
}

Task<void> Acceptor::closed() {
  const auto http2 = http2_;
  co_await http2->closed();
}

bool Acceptor::is_open() const { return http2_->is_open(); }
std::chrono::microseconds Acceptor::latency() const { return http2_->latency(); }
std::size_t Acceptor::streams() const { return http2_->streams(); }

}  // namespace slipway::tunnel
