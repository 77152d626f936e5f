#include "net/http1.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"
#include "net/inbound.hpp"

namespace slipway::net {

namespace {

// Applications behind the proxy may set large cookies: twice what our own server accepts.
constexpr ParserLimits kLimits{.header_bytes = 64 * 1024, .header_count = 200};
constexpr std::size_t kCopied = 16 * 1024;
constexpr int kMostInterim = 10;

}  // namespace

Http1::Http1(std::unique_ptr<Stream> stream) : stream_(std::move(stream)), in_(std::make_unique<Inbound>(kLimits)) {}
Http1::~Http1() = default;

Task<Result<void>> Http1::send_head(std::string_view method, std::string_view target, const Headers& headers, std::string_view body) {
  chunked_out_ = headers.lists("Transfer-Encoding", "chunked");
  no_body_ = method == "HEAD";
  answered_ = false;
  sent_ = !chunked_out_;
  owed_ = chunked_out_ ? 0 : text::number<std::uint64_t>(headers.get("Content-Length")).value_or(0);
  out_.clear();
  out_.append(method).append(" ").append(target).append(" HTTP/1.1\r\n").append(headers.wire()).append("\r\n");
  if (chunked_out_ && !body.empty()) {
    fmt::format_to(std::back_inserter(out_), "{:x}\r\n", body.size());
    out_.append(body).append("\r\n");
    body = {};
  }
  const auto whole = body.size();
  if (body.size() <= kCopied) {
    out_.append(body);
    body = {};
  }
  CO_CHECK(co_await stream_->write(out_, body));
  owed_ -= std::min<std::uint64_t>(owed_, whole);
  co_return Result<void>();
}

Task<Result<void>> Http1::write(std::string_view piece) {
  if (piece.empty()) co_return Result<void>();
  if (!chunked_out_) {
    CO_CHECK(co_await stream_->write(piece));
    owed_ -= std::min<std::uint64_t>(owed_, piece.size());
    co_return Result<void>();
  }
  out_.clear();
  fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece.size());
  out_.append(piece).append("\r\n");
  co_return co_await stream_->write(out_);
}

Task<Result<void>> Http1::finish(Headers trailers) {
  if (sent_) co_return Result<void>();
  out_ = "0\r\n";
  out_.append(trailers.wire()).append("\r\n");
  CO_CHECK(co_await stream_->write(out_));
  sent_ = true;
  co_return Result<void>();
}

Task<Result<Response>> Http1::read_any_head() {
  Response head;
  while (true) {
    const auto whole = in_->response(head, no_body_);
    if (!whole) {
      no_http_ = whole.error().why == kNoHttp;
      auto error = fail(Code::bad_gateway, "The answer could not be understood.");
      error.error().why = whole.error().why;
      co_return error;
    }
    if (*whole) break;
    CO_TRY(n, co_await in_->fill(*stream_));
    if (n == 0) co_return fail(Code::bad_gateway, "The connection ended before the answer came.");
    answered_ = true;
  }
  if (head.status >= 200 || head.status == 101) keep_ = in_->keep_alive() && head.status != 101;
  co_return head;
}

Task<Result<Response>> Http1::read_head() {
  for (int interim = 0; interim < kMostInterim; ++interim) {
    CO_TRY(head, co_await read_any_head());
    if (head.status >= 200 || head.status == 101) co_return std::move(head);
  }
  co_return fail(Code::bad_gateway, "The answer could not be understood.");
}

Task<Result<std::size_t>> Http1::read_some(std::span<char> into) {
  auto n = co_await in_->body(*stream_, into);
  if (n) co_return *n;
  keep_ = false;
  if (n.error().code == Code::invalid) n.error().code = Code::bad_gateway;
  co_return std::unexpected(std::move(n).error());
}

std::optional<std::uint64_t> Http1::body_length() const { return in_->body_length(); }
bool Http1::has_more() const { return in_->has_bytes(); }
bool Http1::ended() const { return in_->body_done(); }
const Headers& Http1::trailers() const { return in_->trailers(); }
bool Http1::reusable() const { return stream_ && keep_ && sent_ && owed_ == 0 && answered_ && in_->body_done() && !in_->has_bytes(); }
bool Http1::unanswered() const { return !answered_; }

std::unique_ptr<Stream> Http1::release() { return with_prefix(in_->take_rest(), std::move(stream_)); }

void Http1::trim() {
  in_->trim();
  text::let_go(out_);
}

void Http1::close() noexcept {
  if (stream_) stream_->close();
}

}  // namespace slipway::net
