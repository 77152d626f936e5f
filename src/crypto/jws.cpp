#include "crypto/jws.hpp"

extern "C" {  // its headers do not say so themselves
#include <jose/b64.h>
#include <jose/jws.h>
}

#include <algorithm>
#include <memory>
#include <optional>

namespace slipway::crypto {

namespace {

struct Drop {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, Drop>;

constexpr std::size_t kMost = 64 << 10;

std::unexpected<Error> refused(std::string why) {
  auto error = fail(Code::unauthenticated, "The signature of the token is not valid.");
  error.error().why = std::move(why);
  return error;
}

std::optional<std::string> decoded(std::string_view text) {
  const auto size = jose_b64_dec_buf(text.data(), text.size(), nullptr, 0);
  if (size == SIZE_MAX) return std::nullopt;
  std::string bytes(size, '\0');
  if (jose_b64_dec_buf(text.data(), text.size(), bytes.data(), bytes.size()) != size) return std::nullopt;
  return bytes;
}

Json parsed(std::string_view text) { return Json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr)); }

std::string_view text_of(const json_t* object, const char* name) {
  const json_t* found = json_object_get(object, name);
  return json_is_string(found) ? std::string_view(json_string_value(found), json_string_length(found)) : std::string_view();
}

struct Parts {
  std::string_view header, payload, signature;
};

std::optional<Parts> split(std::string_view compact) {
  const auto first = compact.find('.');
  const auto second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1), compact.substr(second + 1)};
}

// A key says what it may be used for; what it leaves out is not forbidden.
bool fits(const json_t* key, std::string_view kid, std::string_view algorithm) {
  const auto use = text_of(key, "use"), own = text_of(key, "alg");
  if (!use.empty() && use != "sig") return false;
  if (!own.empty() && own != algorithm) return false;
  const std::string_view family = algorithm.starts_with("ES") ? "EC" : "RSA";
  return text_of(key, "kty") == family && (kid.empty() || text_of(key, "kid") == kid);
}

Json text(std::string_view value) { return Json(json_stringn(value.data(), value.size())); }

bool signed_by(const Parts& parts, const json_t* key) {
  const Json jws(json_object());
  json_object_set_new(jws.get(), "protected", text(parts.header).release());
  json_object_set_new(jws.get(), "payload", text(parts.payload).release());
  json_object_set_new(jws.get(), "signature", text(parts.signature).release());
  return jose_jws_ver(nullptr, jws.get(), nullptr, key, false);
}

}  // namespace

Result<std::string> verify_jws(std::string_view compact, std::string_view jwks, std::span<const std::string_view> algorithms) {
  if (compact.size() > kMost) return refused("longer than 64 KiB");
  const auto parts = split(compact);
  const auto header_text = parts ? decoded(parts->header) : std::nullopt;
  const Json header = header_text ? parsed(*header_text) : nullptr;
  if (!json_is_object(header.get())) return refused("not a compact JWS");
  const auto algorithm = text_of(header.get(), "alg"), kid = text_of(header.get(), "kid");
  if (std::ranges::find(algorithms, algorithm) == algorithms.end()) return refused("signed with \"" + std::string(algorithm) + "\"");
  if (json_object_get(header.get(), "crit")) return refused("has critical header parameters that nobody here understands");

  const Json set = parsed(jwks);
  const json_t* keys = json_object_get(set.get(), "keys");
  if (!json_is_array(keys)) return refused("the key set is no JWK set");
  bool tried = false;
  for (std::size_t i = 0; i < json_array_size(keys); ++i) {
    const json_t* key = json_array_get(keys, i);
    if (!fits(key, kid, algorithm)) continue;
    tried = true;
    if (!signed_by(*parts, key)) continue;
    if (auto payload = decoded(parts->payload)) return std::move(*payload);
    return refused("the payload is not base64url");
  }
  if (!tried) return fail(Code::not_found, "The key that signed the token is not known.");
  return refused("no key of the set made this signature");
}

}  // namespace slipway::crypto
