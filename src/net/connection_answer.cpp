// The writing half of a connection: heads, whole answers, streamed answers.
#include "aio/task.hpp"
#include "base/text.hpp"
#include "net/connection.hpp"

namespace slipway::net {

namespace {

constexpr std::size_t kCopied = 16 * 1024;  // up to here a body is copied behind its head
constexpr std::size_t kPiece = 256 * 1024;  // the write timeout is for each of these, not for a whole body
constexpr std::size_t kKeepBuffer = 64 * 1024;
constexpr std::size_t kOwnFields = 192;  // about, of status, date and length

bool bodiless(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

Task<Result<void>> Connection::put(std::string_view bytes, std::string_view more) {
  if (broken_ || taken_) co_return fail(Code::cancelled, "The connection was closed.");
  do {
    const std::string_view now = more.substr(0, kPiece);
    due_in(patience_ > Milliseconds(0) ? patience_ : limits_.write_timeout);
    auto written = co_await stream_->write(bytes, now);
    never_due();
    if (!written) {
      broken_ = true;
      co_return std::unexpected(lost(std::move(written).error()));
    }
    bytes = {};
    more.remove_prefix(now.size());
  } while (!more.empty());
  co_return Result<void>();
}

void Connection::start_head(const Response& response) {
  answer_ = Answer::begun;
  out_.clear();
  if (out_.capacity() > kKeepBuffer) text::let_go(out_);
  out_.reserve(kOwnFields + response.headers.wire().size() + (response.body.size() <= kCopied ? response.body.size() : 0));
  if (response.status == 200) {
    out_ += "HTTP/1.1 200 OK\r\n";
  } else {
    fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  }
  out_ += response.headers.wire();
  if (!response.headers.has("Date")) out_ += home_.date_line();
  if (const auto& security = home_.manners().transport_security; !security.empty() && !response.headers.has("Strict-Transport-Security"))
    fmt::format_to(std::back_inserter(out_), "Strict-Transport-Security: {}\r\n", security);
  if (response.headers.lists("Connection", "close")) keep_ = false;
}

void Connection::end_head(bool may_keep) {
  keep_ = keep_ && may_keep && !home_.draining();
  // A body nobody has asked for yet will not come: the next bytes could be anything.
  if (expects_continue_) keep_ = false;
  if (!keep_)
    out_ += "Connection: close\r\n";
  else if (request_.minor_version == 0)
    out_ += "Connection: keep-alive\r\n";
  out_ += "\r\n";
}

Task<Result<void>> Connection::send(Response response) {
  if (answer_ != Answer::none) co_return fail_internal("a request was answered twice");
  const bool own_length = no_body_ && response.headers.has("Content-Length");
  if (!own_length) response.headers.remove("Content-Length");
  response.headers.remove("Transfer-Encoding");
  start_head(response);
  const bool silent = bodiless(response.status);
  if (!silent && !own_length) fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n", response.body.size());
  end_head(true);
  answer_ = Answer::done;
  if (no_body_ || silent) co_return co_await put(out_);
  if (response.body.size() > kCopied) co_return co_await put(out_, response.body);
  out_ += response.body;
  co_return co_await put(out_);
}

std::unexpected<Error> Connection::too_much() {
  broken_ = true;
  return fail_internal("more was written than the announced Content-Length");
}

Task<Result<void>> Connection::begin(Response head) {
  if (answer_ != Answer::none) co_return fail_internal("a request was answered twice");
  head.headers.remove("Transfer-Encoding");
  if (head.status < 200 || head.status == 204) head.headers.remove("Content-Length");
  const auto length = head.headers.find("Content-Length");
  owed_ = length ? std::strtoull(std::string(*length).c_str(), nullptr, 10) : 0;
  no_body_ = no_body_ || bodiless(head.status);
  chunked_out_ = !no_body_ && !length && request_.minor_version == 1;
  until_close_ = !no_body_ && !length && request_.minor_version == 0;
  start_head(head);
  if (chunked_out_) out_ += "Transfer-Encoding: chunked\r\n";
  end_head(!until_close_);
  if (head.body.empty() || no_body_) co_return co_await put(out_);
  if (!chunked_out_) {
    if (!until_close_ && head.body.size() > owed_) co_return too_much();
    owed_ -= until_close_ ? 0 : head.body.size();
    co_return co_await put(out_, head.body);
  }
  fmt::format_to(std::back_inserter(out_), "{:x}\r\n", head.body.size());
  head.body += "\r\n";
  co_return co_await put(out_, head.body);
}

Task<Result<void>> Connection::write(std::string_view piece) {
  if (answer_ != Answer::begun) co_return fail_internal("write() outside begin() and finish()");
  if (piece.empty() || no_body_) co_return Result<void>();
  if (!chunked_out_) {
    if (!until_close_ && piece.size() > owed_) co_return too_much();
    owed_ -= until_close_ ? 0 : piece.size();
    co_return co_await put({}, piece);
  }
  out_.clear();
  fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece.size());
  out_.append(piece).append("\r\n");
  co_return co_await put({}, out_);
}

// A caller of HTTP/1.0 would take it for the answer.
Task<Result<void>> Connection::interim(int status, Headers headers) {
  if (answer_ != Answer::none) co_return fail_internal("an answer was begun before what comes before it");
  if (request_.minor_version == 0) co_return Result<void>();
  if (status == 100) {
    expects_continue_ = false;
    if (in_.has_bytes()) co_return Result<void>();  // it has not waited
  }
  const auto head = fmt::format("HTTP/1.1 {} {}\r\n{}\r\n", status, reason_phrase(status), headers.wire());
  co_return co_await put(head);
}

Task<Result<void>> Connection::finish(Headers trailers) {
  if (answer_ != Answer::begun) co_return fail_internal("finish() without begin()");
  if (!chunked_out_ && owed_ > 0 && !no_body_) {
    broken_ = true;
    co_return fail_internal("less was written than the announced Content-Length");
  }
  answer_ = Answer::done;
  if (!chunked_out_) co_return Result<void>();
  out_ = "0\r\n";
  out_.append(trailers.wire()).append("\r\n");
  co_return co_await put(out_);
}

}  // namespace slipway::net
