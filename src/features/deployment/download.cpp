#include "features/deployment/download.hpp"

#include "base/text.hpp"
#include "http/answer.hpp"
#include "http/etag.hpp"
#include "net/network.hpp"

namespace slipway::deployment {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

std::string_view trimmed(std::string_view text) { return text::trim(text, " \t"); }

Task<Result<http::Handled>> send_head(http::Call& call, int status, net::Headers headers) {
  net::Response head{.status = status, .headers = std::move(headers), .body = {}};
  http::complete(head.headers, *call.home().site, call.id());
  CO_CHECK(co_await call.exchange().send(std::move(head)));
  co_return http::Handled{};
}

}  // namespace

std::optional<Slice> slice_of(std::string_view range, std::size_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!range.starts_with(kUnit) || range.find(',') != range.npos) return std::nullopt;
  range = trimmed(range.substr(kUnit.size()));
  const auto dash = range.find('-');
  if (dash == range.npos) return std::nullopt;
  const auto first = text::number<std::size_t>(range.substr(0, dash)), last = text::number<std::size_t>(range.substr(dash + 1));
  if (dash == 0) return last ? std::optional(Slice{size - std::min(*last, size), size}) : std::nullopt;
  if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return Slice{};
  return Slice{*first, last ? std::min(*last + 1, size) : size};
}

Task<Result<http::Handled>> send_file(http::Call& call, net::Headers headers, std::string_view bytes, int status) {
  const auto& asked = call.request().headers;
  const std::string etag(headers.get("ETag"));
  if (!etag.empty() && asked.has("If-None-Match") && http::names_etag(asked.get("If-None-Match"), etag)) {
    headers.remove("Content-Encoding");  // of a body that does not come
    co_return co_await send_head(call, 304, std::move(headers));
  }
  std::optional<Slice> slice;
  if (!etag.empty() && call.request().method == "GET" && (!asked.has("If-Range") || asked.get("If-Range") == etag))
    slice = slice_of(asked.get("Range"), bytes.size());
  if (!etag.empty()) headers.set("Accept-Ranges", "bytes");
  if (slice && slice->begin == slice->end) {
    headers.set("Content-Range", fmt::format("bytes */{}", bytes.size()));
    headers.remove("Content-Encoding");
    co_return co_await send_head(call, 416, std::move(headers));
  }
  if (slice) {
    headers.set("Content-Range", fmt::format("bytes {}-{}/{}", slice->begin, slice->end - 1, bytes.size()));
    bytes = bytes.substr(slice->begin, slice->end - slice->begin);
  }
  headers.set("Content-Length", std::to_string(bytes.size()));
  net::Response head{.status = slice ? 206 : status, .headers = std::move(headers), .body = {}};
  http::complete(head.headers, *call.home().site, call.id());
  CO_CHECK(co_await call.exchange().begin(std::move(head)));
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size()))) CO_CHECK(co_await call.exchange().write(bytes.substr(0, kPiece)));
  CO_CHECK(co_await call.exchange().finish());
  co_return http::Handled{};
}

std::unique_ptr<Downloads::Place> Downloads::enter(const std::string& address) {
  auto network = net::network_of(address);
  const std::lock_guard lock(mutex_);
  auto& own = counts_[network];
  if (all_ >= most_ || own >= most_of_one_) {
    if (own == 0) counts_.erase(network);
    return nullptr;
  }
  ++all_;
  ++own;
  return std::make_unique<Place>(*this, std::move(network));
}

void Downloads::leave(const std::string& network) {
  const std::lock_guard lock(mutex_);
  --all_;
  if (const auto found = counts_.find(network); --found->second == 0) counts_.erase(found);
}

}  // namespace slipway::deployment
