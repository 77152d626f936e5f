#include "identity/issuers.hpp"

#include "base/on_exit.hpp"
#include "identity/address.hpp"
#include "net/resolve.hpp"

#include <algorithm>

namespace slipway::identity {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kHosts[] = {"www.microsoft.com", "cacerts.digicert.com"};
constexpr std::size_t kMostAnswer = 1 << 20;
constexpr std::size_t kMostKept = 64, kMostUrls = 2;
constexpr int kMostUnderWay = 4, kMostRedirects = 2;
constexpr Seconds kMissedFor{60};
// A little less than the whole, so that what does not answer is known for it.
constexpr Milliseconds kOneLimit{4500};

std::unexpected<Error> unsuccessful(std::string why) {
  auto error = fail(Code::bad_gateway, "certificate fetch unsuccessful");
  error.error().why = std::move(why);
  return error;
}

std::unexpected<Error> not_allowed() { return fail(Code::invalid, "issuing certificate URL not on allowlist"); }

Result<Issuers::Found> certificates_in(const std::string& body) {
  if (auto der = crypto::Certificate::from_der(body)) return Issuers::Found{std::move(*der)};
  if (auto pem = crypto::Certificate::from_pem(body)) return pem;
  return fail(Code::bad_gateway, "fetched data is not a valid certificate");
}

}  // namespace

Result<net::Url> allowed_issuer_url(std::string_view text) {
  auto url = net::parse_url(text);
  if (!url || url->has_userinfo || std::ranges::find(kHosts, url->host) == std::end(kHosts)) return not_allowed();
  if (url->scheme != "http" && url->scheme != "https") return not_allowed();
  if (url->port != 80 && url->port != 443) return not_allowed();
  return url;
}

Issuers::Issuers(aio::Executor home, Reach reach) : reach_(std::move(reach)), client_(std::move(home), client_options()) {}

net::ClientOptions Issuers::client_options() {
  net::ClientOptions options{.user_agent = "slipway", .max_response = kMostAnswer, .idle_per_origin = 0, .connect_timeout = kLimit};
  options.lookup = [this](std::string host, std::uint16_t port) { return look_up(std::move(host), port); };
  return options;
}

// What is looked at here is what is dialled: a name cannot change in between.
Task<Result<std::vector<net::Endpoint>>> Issuers::look_up(std::string host, std::uint16_t port) {
  auto addresses = reach_.resolve ? co_await reach_.resolve(host, kLimit) : co_await net::resolve(host, kLimit);
  if (!addresses) co_return std::unexpected(std::move(addresses).error());
  std::vector<net::Endpoint> out;
  for (auto& address : *addresses) {
    if (!(reach_.is_public ? reach_.is_public(address) : is_public_address(address)))
      co_return unsuccessful(fmt::format("{} is at {}, which is not out on the internet", host, address));
    out.push_back({.address = std::move(address), .port = reach_.port == 0 ? port : reach_.port});
  }
  co_return out;
}

Task<Result<Issuers::Found>> Issuers::download(std::string url) {
  for (int hop = 0; hop <= kMostRedirects; ++hop) {
    CO_TRY(allowed, allowed_issuer_url(url));
    auto got = co_await client_.request("GET", url, {}, {}, kOneLimit);
    if (!got && got.error().code == Code::too_large) co_return fail(Code::bad_gateway, "certificate response exceeds maximum size");
    if (!got) co_return unsuccessful(got.error().say + " " + got.error().why);
    if (got->status == 200) co_return certificates_in(got->body);
    const std::string next(got->headers.get("Location"));
    const auto there = got->status >= 301 && got->status <= 308 ? allowed_issuer_url(next) : Result<net::Url>(not_allowed());
    if (!there || there->host != allowed.host) co_return unsuccessful(fmt::format("{} answered {}", url, got->status));
    url = next;
  }
  co_return unsuccessful("too many redirects");
}

Task<Result<Issuers::Found>> Issuers::one(std::string url) {
  if (const auto kept = kept_.find(url); kept != kept_.end()) co_return kept->second;
  if (const auto missed = missed_.find(url); missed != missed_.end() && missed->second.until > SteadyClock::now())
    co_return fail(Code::bad_gateway, missed->second.say);
  CO_CHECK(allowed_issuer_url(url));
  if (under_way_ >= kMostUnderWay) co_return unsuccessful("too many are being fetched");
  ++under_way_;
  const OnExit done([this] { --under_way_; });
  auto got = co_await download(url);
  if (kept_.size() >= kMostKept) kept_.clear();
  if (missed_.size() >= kMostKept) missed_.clear();
  if (got)
    kept_.emplace(url, *got);
  else
    missed_.insert_or_assign(url, Missed{.say = got.error().say, .until = SteadyClock::now() + kMissedFor});
  co_return got;
}

Task<Result<Issuers::Found>> Issuers::any(std::vector<std::string> urls) {
  Result<Found> last = fail(Code::not_found, "the certificate names no issuer's address");
  if (urls.size() > kMostUrls) urls.resize(kMostUrls);
  for (auto& url : urls) {
    last = co_await one(std::move(url));
    if (last) break;
  }
  co_return last;
}

Task<Result<Issuers::Found>> Issuers::fetch(std::vector<std::string> urls) {
  co_return co_await aio::with_deadline(kLimit, "certificate fetch unsuccessful", any(std::move(urls)));
}

Task<void> Issuers::stop() { return client_.stop(); }

}  // namespace slipway::identity
