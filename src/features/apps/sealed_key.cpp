#include "features/apps/sealed_key.hpp"

#include "aio/task.hpp"
#include "base/text.hpp"
#include "crypto/compact.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace slipway::apps {

namespace {

namespace bj = boost::json;

constexpr std::string_view kIssuer = "coderd", kAudience = "wsproxy";

std::int64_t seconds(Time time) { return std::chrono::floor<Seconds>(time).time_since_epoch().count(); }

// One audience is said as a text or as a list.
bool is_for_apps(const bj::object& claims) {
  const auto* audience = claims.if_contains("aud");
  if (!audience) return false;
  if (const auto* one = audience->if_string()) return *one == kAudience;
  const auto* all = audience->if_array();
  return all && std::ranges::any_of(*all, [](const bj::value& one) { return one.is_string() && one.get_string() == kAudience; });
}

// Both ends of its time are wanted: a key without one would be good for ever.
bool is_of_now(const bj::object& claims, Time now) {
  const auto *ends = claims.if_contains("exp"), *begins = claims.if_contains("nbf");
  if (!ends || !begins || !ends->is_int64() || !begins->is_int64()) return false;
  return seconds(now) < ends->get_int64() && begins->get_int64() <= seconds(now);
}

std::string text_in(const bj::object& claims, std::string_view name) {
  const auto* found = claims.if_contains(name);
  const auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

}  // namespace

std::string seal(const SealedKey& sealed, const keys::Key& key, Time now) {
  bj::object claims{{"iss", kIssuer},
                    {"aud", bj::array{kAudience}},
                    {"exp", seconds(now + kSealedKeyLife)},
                    {"nbf", seconds(now - kSealedKeyLife)},
                    {"api_key", sealed.api_key}};
  if (!sealed.host.empty()) claims["host"] = sealed.host;
  if (!sealed.nonce.empty()) claims["nonce"] = sealed.nonce;
  return crypto::encrypt_gcm(bj::serialize(claims), std::to_string(key.sequence), key.secret);
}

std::optional<SealedKey> opened(std::string_view text, const keys::Key& key, Time now) {
  const auto payload = crypto::decrypt_gcm(text, key.secret);
  if (!payload) return std::nullopt;
  boost::system::error_code fault;
  const auto parsed = bj::parse(*payload, fault);
  if (fault || !parsed.is_object()) return std::nullopt;
  const auto& claims = parsed.get_object();
  SealedKey found{.api_key = text_in(claims, "api_key"), .host = text_in(claims, "host"), .nonce = text_in(claims, "nonce")};
  if (text_in(claims, "iss") != kIssuer || !is_for_apps(claims) || !is_of_now(claims, now) || found.api_key.empty()) return std::nullopt;
  return found;
}

Task<Result<std::string>> SealedKeys::seal(http::Home& home, const SealedKey& key) {
  CO_TRY(with, co_await ring_.signing(home));
  co_return apps::seal(key, with, clock_.now());
}

Task<std::optional<SealedKey>> SealedKeys::open(http::Home& home, std::string_view text) {
  const auto named = crypto::named_secret(text);
  const auto number = named ? text::number<std::int32_t>(*named) : std::nullopt;
  if (!number) co_return std::nullopt;
  const auto key = co_await ring_.numbered(home, *number);
  if (!key) co_return std::nullopt;
  co_return opened(text, *key, clock_.now());
}

}  // namespace slipway::apps
