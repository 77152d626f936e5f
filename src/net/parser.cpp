#include "net/parser.hpp"

#include "base/text.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace slipway::net {

namespace {

namespace http = boost::beast::http;
using Code = boost::beast::error_code;
using BeastView = boost::beast::string_view;

constexpr std::string_view kVersion = "HTTP/";

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

// What both directions share: fields go into our Headers. Bodies never come here.
template <bool IsRequest>
struct Beast : http::basic_parser<IsRequest> {
  Headers* headers = nullptr;
  std::uint32_t header_count = 0;
  bool too_many = false, head_done = false;

  void on_field_impl(http::field, BeastView name, BeastView value, Code& ec) override {
    if (headers->size() >= header_count) {
      too_many = true;
      ec = http::error::header_limit;
      return;
    }
    headers->add(view(name), view(value));
  }
  void on_header_impl(Code&) override { head_done = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(BeastView, Code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastView, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView, Code&) override { return 0; }
  void on_finish_impl(Code&) override {}
};

Reject refuse(const Code& ec) {
  if (ec == http::error::header_limit) return {431, "too many or too long header fields"};
  if (ec == http::error::bad_version) return {505, "not HTTP/1.0 or 1.1"};
  return {400, "malformed head"};
}

// Bare CR, bare LF, NUL and folded lines are what two parsers read in two ways: none passes.
bool lines_are_plain(std::string_view head) {
  std::size_t breaks = 0;
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r') return false;
    if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t')) return false;
    ++breaks;
  }
  return static_cast<std::size_t>(std::count(head.begin(), head.end(), '\r')) == breaks && head.find('\0') == std::string_view::npos;
}

std::optional<std::uint64_t> digits(std::string_view text) { return text.size() > 18 ? std::nullopt : text::number<std::uint64_t>(text); }

bool good_target(std::string_view method, std::string_view target) {
  if (method == "CONNECT") return !target.empty() && target.front() != '/';
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') || target.starts_with("http://") || target.starts_with("https://");
}

}  // namespace

struct Parser::RequestSide : Beast<true> {
  Request* to = nullptr;

  void on_request_impl(http::verb, BeastView method, BeastView target, int version, Code&) override {
    to->method.assign(method.data(), method.size());
    to->set_target(std::string(view(target)));
    to->minor_version = version - 10;
  }
  void on_response_impl(int, BeastView, int, Code&) override {}
};

struct Parser::ResponseSide : Beast<false> {
  Response* to = nullptr;
  int minor_version = 1;

  void on_request_impl(http::verb, BeastView, BeastView, int, Code&) override {}
  void on_response_impl(int code, BeastView, int version, Code&) override {
    to->status = code;
    minor_version = version - 10;
  }
};

Parser::Parser(ParserLimits limits) : limits_(limits) {}
Parser::~Parser() = default;

// The size of the head with its blank line, 0 when that has not come yet.
std::expected<std::size_t, Reject> Parser::find_end(std::string_view bytes) {
  const std::size_t from = scanned_ < 3 ? 0 : scanned_ - 3;
  const std::size_t end = bytes.find("\r\n\r\n", from);
  const std::size_t size = end == std::string_view::npos ? bytes.size() : end + 4;
  if (size > limits_.header_bytes) return std::unexpected(Reject{431, "the head is too long"});
  // A line that ends in a bare LF would never complete the head: say so now instead of waiting.
  if (end == std::string_view::npos) {
    scanned_ = bytes.size();
    if (bytes.find("\n\n", from) != std::string_view::npos) return std::unexpected(Reject{400, "bare LF"});
    return 0;
  }
  scanned_ = 0;
  if (!lines_are_plain(bytes.substr(0, size))) return std::unexpected(Reject{400, "malformed line end"});
  return size;
}

std::optional<Reject> Parser::frame(const Headers& headers, bool is_request, int minor_version) {
  const std::size_t lengths = headers.count("Content-Length"), encodings = headers.count("Transfer-Encoding");
  keep_alive_ = minor_version == 1 ? !headers.lists("Connection", "close") : headers.lists("Connection", "keep-alive");
  framing_ = is_request ? Framing::none : Framing::until_close;
  length_ = 0;
  chunks_ = {};
  if (lengths + encodings > 1) return Reject{400, "more than one length of the body"};
  if (lengths == 1) {
    const auto length = digits(headers.get("Content-Length"));
    if (!length) return Reject{400, "bad Content-Length"};
    length_ = *length;
    framing_ = length_ == 0 ? Framing::none : Framing::length;
  } else if (encodings == 1) {
    if (!iequals(headers.get("Transfer-Encoding"), "chunked")) return Reject{501, "unknown Transfer-Encoding"};
    if (minor_version == 0) return Reject{400, "Transfer-Encoding in HTTP/1.0"};
    framing_ = Framing::chunked;
  }
  return std::nullopt;
}

std::expected<std::size_t, Reject> Parser::request(std::string_view bytes, Request& into) {
  // What begins a TLS handshake, say, never has the line end that would be waited for.
  const auto is_text = [](char c) { return (c >= ' ' && c < 0x7f) || c == '\r' || c == '\n'; };
  if (!bytes.empty() && !is_text(bytes.front())) return std::unexpected(Reject{400, "no HTTP"});
  const auto size = find_end(bytes);
  if (!size || *size == 0) return size;
  const std::size_t line_end = bytes.find('\r');
  if (line_end > limits_.target_bytes + 64) return std::unexpected(Reject{414, "the request target is too long"});

  into.headers.clear();
  if (!request_)
    request_ = std::make_unique<RequestSide>();
  else
    std::destroy_at(request_.get()), std::construct_at(request_.get());
  request_->to = &into;
  request_->headers = &into.headers;
  request_->header_count = limits_.header_count;
  request_->header_limit(limits_.header_bytes);
  request_->body_limit(boost::none);
  Code ec;
  request_->put({bytes.data(), *size}, ec);
  const std::string_view line = bytes.substr(0, line_end);
  if (ec == http::error::bad_version && std::count(line.begin(), line.end(), ' ') != 2) ec = http::error::bad_target;
  if (ec || !request_->head_done) return std::unexpected(ec ? refuse(ec) : Reject{400, "malformed head"});

  if (!good_target(into.method, into.target)) return std::unexpected(Reject{400, "bad request target"});
  if (into.target.size() > limits_.target_bytes) return std::unexpected(Reject{414, "the request target is too long"});
  const std::size_t hosts = into.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && into.minor_version == 1)) return std::unexpected(Reject{400, "one Host, no more, no less"});
  if (const auto bad = frame(into.headers, true, into.minor_version)) return std::unexpected(*bad);
  return size;
}

std::expected<std::size_t, Reject> Parser::response(std::string_view bytes, Response& into, bool no_body) {
  // What is no HTTP may never have the line end that would be waited for: a server that speaks TLS, say.
  if (!kVersion.starts_with(bytes.substr(0, kVersion.size()))) return std::unexpected(Reject{502, kNoHttp});
  const auto size = find_end(bytes);
  if (!size || *size == 0) return size;

  into = {};
  response_ = std::make_unique<ResponseSide>();
  response_->to = &into;
  response_->headers = &into.headers;
  response_->header_count = limits_.header_count;
  response_->header_limit(limits_.header_bytes);
  response_->body_limit(boost::none);
  Code ec;
  response_->put({bytes.data(), *size}, ec);
  if (ec || !response_->head_done) return std::unexpected(ec ? refuse(ec) : Reject{502, "malformed head"});
  if (const auto bad = frame(into.headers, false, response_->minor_version)) return std::unexpected(*bad);
  if (no_body || into.status < 200 || into.status == 204 || into.status == 304) {
    framing_ = Framing::none;
    length_ = 0;
  }
  if (framing_ == Framing::until_close) keep_alive_ = false;
  return size;
}

std::expected<Chunks::Step, Reject> Parser::chunk(std::string_view bytes, std::span<char> into) {
  if (framing_ != Framing::chunked) return Chunks::Step{0, 0, true};
  const auto step = chunks_.decode(bytes, into);
  if (!step) return std::unexpected(Reject{400, "malformed chunked body"});
  return *step;
}

}  // namespace slipway::net
