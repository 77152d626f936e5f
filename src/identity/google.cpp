#include "identity/google.hpp"

#include "identity/document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

namespace slipway::identity {

namespace {

namespace bj = boost::json;
constexpr auto kGoogle = Provider::google;
constexpr std::size_t kMostKeys = 100;

std::string text_or_nothing(const bj::object& object, std::string_view name) { return text_in(object, name).value_or(""); }

std::optional<GoogleKeys::Key> key_of(const bj::object& from) {
  const auto kind = text_or_nothing(from, "kty"), use = text_or_nothing(from, "use"), algorithm = text_or_nothing(from, "alg");
  if (!use.empty() && use != "sig") return std::nullopt;
  const auto number = [&](std::string_view name) { return read_base64url(text_or_nothing(from, name)).value_or(""); };
  std::optional<crypto::PublicKey> key;
  std::string fits;
  if (kind == "RSA") {
    key = crypto::PublicKey::rsa(number("n"), number("e"));
    fits = "RS256";
  } else if (kind == "EC" && text_or_nothing(from, "crv") == "P-256") {
    key = crypto::PublicKey::p256(number("x"), number("y"));
    fits = "ES256";
  }
  if (!key || (!algorithm.empty() && algorithm != fits)) return std::nullopt;
  return GoogleKeys::Key{.key = *key, .algorithm = std::move(fits)};
}

std::optional<std::int64_t> seconds_in(const bj::object& claims, std::string_view name) {
  constexpr double kMost = 1e15;
  const auto* found = claims.if_contains(name);
  if (!found || !found->is_number()) return std::nullopt;
  const auto number = found->to_number<double>();
  if (!std::isfinite(number) || std::abs(number) > kMost) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(number));
}

bool is_for(const bj::object& claims, const std::string& audience) {
  if (audience.empty()) return true;
  const auto* found = claims.if_contains("aud");
  if (!found) return false;
  if (const auto* list = found->if_array()) return std::ranges::find(*list, bj::value(audience)) != list->end();
  return *found == bj::value(audience);
}

bool signed_by(const GoogleToken& token, const GoogleKeys::Key& key) {
  if (token.algorithm != key.algorithm) return false;
  return token.algorithm == "RS256" ? key.key.verified_rsa(token.covered, token.signature) : key.key.verified_p256(token.covered, token.signature);
}

// google.compute_engine.instance_id: empty when a part of the way is not there, nothing when one is of another shape.
std::optional<std::string> machine_in(const bj::object& claims) {
  const bj::object* at = &claims;
  for (const auto* name : {"google", "compute_engine"}) {
    const auto* found = at->if_contains(name);
    if (!found || found->is_null()) return std::string();
    at = found->if_object();
    if (!at) return std::nullopt;
  }
  return text_in(*at, "instance_id");
}

}  // namespace

Result<GoogleKeys> read_keys(std::string_view jwks) {
  auto set = read_object(jwks);
  if (!set) return fail(Code::invalid, "The key set cannot be read: " + set.error().say + ".");
  const auto* listed = set->if_contains("keys");
  const auto* keys = listed ? listed->if_array() : nullptr;
  if (!keys || keys->size() > kMostKeys) return fail(Code::invalid, "The key set cannot be read: it has no list \"keys\".");
  GoogleKeys out;
  for (const auto& one : *keys) {
    const auto* object = one.if_object();
    if (!object) continue;
    const auto id = text_or_nothing(*object, "kid");
    if (auto key = id.empty() ? std::nullopt : key_of(*object)) out.by_id.emplace(id, std::move(*key));
  }
  if (out.by_id.empty()) return fail(Code::invalid, "The key set has no key with a kid for RS256 (from 2048 bits) or ES256 (P-256).");
  return out;
}

Result<GoogleToken> open_google(std::string_view token, const GoogleRules& rules, Time now, Steps& steps) {
  if (token.size() > kMostBytes) return steps.failed(kGoogle, "size", "the token is too long");
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return steps.failed(kGoogle, "token", "idtoken: invalid token, token must have three segments");
  const auto header_text = read_base64url(token.substr(0, first));
  const auto payload = read_base64url(token.substr(first + 1, second - first - 1));
  auto signature = read_base64url(token.substr(second + 1));
  if (!header_text || !payload || !signature) return steps.failed(kGoogle, "token", "idtoken: unable to decode a segment of the token");
  const auto header = read_object(*header_text);
  auto claims = read_object(*payload);
  if (!header || !claims) return steps.failed(kGoogle, "token", "idtoken: a segment of the token is not one JSON object");
  steps.passed("token", "three segments");

  auto algorithm = text_or_nothing(*header, "alg");
  const bool known = algorithm == "RS256" || (algorithm == "ES256" && rules.es256);
  if (!known || header->if_contains("crit"))
    return steps.failed(kGoogle, "algorithm", "idtoken: the token must be signed with RS256 or ES256, and ask for nothing else");
  steps.passed("algorithm", algorithm);

  const auto expires = seconds_in(*claims, "exp").value_or(0);
  const auto unix_now = std::chrono::floor<Seconds>(now.time_since_epoch()).count();
  if (expires <= unix_now) return steps.failed(kGoogle, "expiry", fmt::format("idtoken: token expired: now={}, expires={}", unix_now, expires));
  steps.passed("expiry", fmt::format("in {} seconds", expires - unix_now));
  return GoogleToken{.algorithm = std::move(algorithm),
                     .key_id = text_or_nothing(*header, "kid"),
                     .covered = std::string(token.substr(0, second)),
                     .signature = std::move(*signature),
                     .claims = std::move(*claims)};
}

Result<Proven> prove_google(const GoogleToken& token, const GoogleKeys& keys, const GoogleRules& rules, Steps& steps) {
  const auto key = keys.by_id.find(token.key_id);
  if (key == keys.by_id.end()) return steps.failed(kGoogle, "key", "idtoken: could not find matching cert keyId for the token provided");
  steps.passed("key", token.key_id);
  if (!signed_by(token, key->second)) return steps.failed(kGoogle, "signature", "crypto/rsa: verification error");
  steps.passed("signature", token.algorithm);
  if (!is_for(token.claims, rules.audience))
    return steps.failed(kGoogle, "audience", "idtoken: audience provided does not match aud claim in the JWT");
  steps.passed("audience", rules.audience.empty() ? "any" : rules.audience);
  const auto issuer = text_or_nothing(token.claims, "iss");
  if (!rules.issuers.empty() && std::ranges::find(rules.issuers, issuer) == rules.issuers.end())
    return steps.failed(kGoogle, "issuer", "idtoken: the issuer of the token is not one that is trusted");
  steps.passed("issuer", issuer);

  auto id = machine_in(token.claims);
  if (!id) {
    auto refusal = steps.failed(kGoogle, "machine", "google.compute_engine.instance_id is not where or what it should be");
    refusal.error().code = Code::invalid;
    refusal.error().say = "Error decoding JWT claims.";
    return refusal;
  }
  steps.passed("machine", id->empty() ? "none is named: was the token asked for with format=full?" : *id);
  return Proven{.instance_id = std::move(*id), .anchor = "key " + token.key_id};
}

std::optional<std::string> claimed_google(std::string_view token) {
  const auto first = token.find('.'), second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.size() > kMostBytes) return std::nullopt;
  const auto payload = read_base64url(token.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  const auto claims = read_object(*payload);
  return claims ? machine_in(*claims) : std::nullopt;
}

}  // namespace slipway::identity
