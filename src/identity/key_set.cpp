#include "identity/key_set.hpp"

#include "base/log.hpp"
#include "base/on_exit.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace slipway::identity {

namespace {

constexpr Milliseconds kLimit{10000};
constexpr Seconds kUsual{300}, kLeast{60}, kMost{24 * 3600}, kPastItsTime{3600};
constexpr Seconds kRest{10}, kRestForUnknown{60};  // between attempts, however many would have one

std::int64_t number_in(std::string_view text, std::int64_t fallback) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() && number >= 0 ? number : fallback;
}

}  // namespace

Seconds kept_for(std::string_view cache_control, std::string_view age) {
  std::int64_t most = kUsual.count();
  for (const auto directive : text::words(cache_control, ", ")) {
    constexpr std::string_view kMaxAge = "max-age=";
    if (directive.starts_with(kMaxAge)) most = std::min(number_in(directive.substr(kMaxAge.size()), kUsual.count()), kMost.count());
    if (directive == "no-store" || directive == "no-cache") return kLeast;
  }
  return std::clamp(Seconds(most - std::min(number_in(text::trim(age), 0), kMost.count())), kLeast, kMost);
}

KeySet::KeySet(aio::Executor home, std::string url, const Clock& clock)
    : clock_(clock), url_(std::move(url)), client_(home, {.user_agent = "slipway", .max_response = 1 << 20}), nursery_(home), fetched_(home) {}

Task<Result<GoogleKeys>> KeySet::download() {
  CO_TRY(answer, co_await client_.request("GET", url_, {{"Accept", "application/json"}}, {}, kLimit));
  if (answer.status != 200) co_return fail(Code::bad_gateway, fmt::format("It answered {}.", answer.status));
  CO_TRY(keys, read_keys(answer.body));
  expires_ = clock_.now() + kept_for(answer.headers.get("Cache-Control"), answer.headers.get("Age"));
  co_return keys;
}

Task<void> KeySet::fetch() {
  const OnExit done([this] {
    under_way_ = false;
    fetched_.notify();
  });
  auto keys = co_await download();
  if (keys)
    keys_ = std::make_shared<const GoogleKeys>(std::move(*keys));
  else
    log::warn("the key set for Google's instance identity cannot be fetched", {{"url", url_}, {"why", keys.error().say + " " + keys.error().why}});
}

bool KeySet::wants(const std::string& key_id) const {
  const Time now = clock_.now();
  if (!tried_once_) return true;
  if (!keys_ || now >= expires_) return now - tried_ >= kRest;
  return !keys_->by_id.contains(key_id) && now - tried_ >= kRestForUnknown;
}

Task<Result<std::shared_ptr<const GoogleKeys>>> KeySet::get(std::string key_id) {
  if (!under_way_ && wants(key_id)) {
    tried_ = clock_.now();
    under_way_ = tried_once_ = true;
    if (!nursery_.start([](KeySet* self) { return self->fetch(); }, this)) under_way_ = false;
  }
  const bool must_wait = !keys_ || clock_.now() >= expires_ || !keys_->by_id.contains(key_id);
  const auto until = std::chrono::steady_clock::now() + kLimit;
  while (must_wait && under_way_ && std::chrono::steady_clock::now() < until) co_await fetched_.wait_for(kLimit);
  if (keys_ && clock_.now() < expires_ + kPastItsTime) co_return keys_;
  co_return fail(Code::bad_gateway, "the key set cannot be fetched");
}

Task<void> KeySet::stop() {
  co_await nursery_.stop();
  co_await client_.stop();
}

}  // namespace slipway::identity
