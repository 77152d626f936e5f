#include "crypto/compact.hpp"

#include "base/check.hpp"
#include "base/on_exit.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/token.hpp"

#include <fmt/format.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <memory>
#include <vector>

namespace slipway::crypto {

namespace {

struct Drop {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, Drop>;

constexpr std::size_t kKey = 32, kNonce = 12, kTag = 16;
constexpr int kRaw = -MAX_WBITS;  // DEFLATE without a wrapping (RFC 1951)

// Header parameters that count; the rest is for nobody.
struct Header {
  std::string algorithm, encryption, zip, kid, nonce, tag;
};

std::string text_of(const json_t* object, const char* name) {
  const json_t* found = json_object_get(object, name);
  return json_is_string(found) ? std::string(json_string_value(found), json_string_length(found)) : std::string();
}

std::optional<std::string> decoded(std::string_view text) {
  std::string bytes;
  if (!unbase64url(text, bytes)) return std::nullopt;
  return bytes;
}

std::optional<Header> header_of(std::string_view encoded) {
  const auto text = decoded(encoded);
  if (!text) return std::nullopt;
  const Json parsed(json_loadb(text->data(), text->size(), JSON_REJECT_DUPLICATES, nullptr));
  const json_t* object = parsed.get();
  if (!json_is_object(object) || json_object_get(object, "crit")) return std::nullopt;
  return Header{.algorithm = text_of(object, "alg"),
                .encryption = text_of(object, "enc"),
                .zip = text_of(object, "zip"),
                .kid = text_of(object, "kid"),
                .nonce = text_of(object, "iv"),
                .tag = text_of(object, "tag")};
}

// Exactly `count` parts of a token that is not too long; nothing otherwise.
std::vector<std::string_view> parts_of(std::string_view token, std::size_t count) {
  if (token.size() > kMostCompact) return {};
  auto parts = text::split(token, '.');
  if (parts.size() != count) parts.clear();
  return parts;
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

struct Closed {
  std::string text, tag;
};

Closed close(std::string_view plain, std::string_view aad, std::string_view nonce, std::string_view key) {
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  Closed out{.text = std::string(plain.size(), '\0'), .tag = std::string(kTag, '\0')};
  int length = 0;
  bool ok = cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1;
  ok = ok && (aad.empty() || EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(aad), static_cast<int>(aad.size())) == 1);
  ok = ok && EVP_EncryptUpdate(cipher.get(), bytes(out.text), &length, bytes(plain), static_cast<int>(plain.size())) == 1;
  std::array<unsigned char, kTag> rest{};
  ok = ok && EVP_EncryptFinal_ex(cipher.get(), rest.data(), &length) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, out.tag.data()) == 1;
  check(ok, "AES-256-GCM does not encrypt");
  return out;
}

std::optional<std::string> open(std::string_view closed, std::string tag, std::string_view aad, std::string_view nonce, std::string_view key) {
  if (nonce.size() != kNonce || tag.size() != kTag || key.size() != kKey) return std::nullopt;
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string plain(closed.size(), '\0');
  int length = 0;
  bool ok = cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1;
  ok = ok && (aad.empty() || EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(aad), static_cast<int>(aad.size())) == 1);
  ok = ok && EVP_DecryptUpdate(cipher.get(), bytes(plain), &length, bytes(closed), static_cast<int>(closed.size())) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1;
  std::array<unsigned char, kTag> rest{};
  if (!ok || EVP_DecryptFinal_ex(cipher.get(), rest.data(), &length) != 1) return std::nullopt;
  return plain;
}

std::string deflated(std::string_view plain) {
  z_stream work{};
  check(deflateInit2(&work, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRaw, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib does not deflate");
  const OnExit end([&work] { deflateEnd(&work); });
  std::string out(deflateBound(&work, plain.size()), '\0');
  work.next_in = const_cast<Bytef*>(bytes(plain));
  work.avail_in = static_cast<uInt>(plain.size());
  work.next_out = bytes(out);
  work.avail_out = static_cast<uInt>(out.size());
  check(deflate(&work, Z_FINISH) == Z_STREAM_END, "zlib does not end");
  out.resize(work.total_out);
  return out;
}

// Nothing for what is no whole DEFLATE, or longer than a token may be.
std::optional<std::string> inflated(std::string_view packed) {
  z_stream work{};
  check(inflateInit2(&work, kRaw) == Z_OK, "zlib does not inflate");
  const OnExit end([&work] { inflateEnd(&work); });
  std::string out(kMostCompact, '\0');
  work.next_in = const_cast<Bytef*>(bytes(packed));
  work.avail_in = static_cast<uInt>(packed.size());
  work.next_out = bytes(out);
  work.avail_out = static_cast<uInt>(out.size());
  if (inflate(&work, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  out.resize(work.total_out);
  return out;
}

// As JSON has it: numbers of secrets are digits, so that nothing needs an escape.
void check_kid(std::string_view kid) {
  for (const char c : kid) check(c >= '0' && c <= '9', "a secret's number is no number");
}

}  // namespace

std::optional<std::string> named_secret(std::string_view token) {
  if (token.size() > kMostCompact) return std::nullopt;
  auto header = header_of(token.substr(0, token.find('.')));
  if (!header || header->kid.empty()) return std::nullopt;
  return std::move(header->kid);
}

std::string sign_hs512(std::string_view payload, std::string_view kid, std::string_view secret) {
  check_kid(kid);
  std::string token = base64url(fmt::format(R"({{"alg":"HS512","kid":"{}"}})", kid)) + "." + base64url(payload);
  const auto signature = base64url(hmac_sha512(secret, token));
  return token + "." + signature;
}

std::optional<std::string> verify_hs512(std::string_view token, std::string_view secret) {
  const auto parts = parts_of(token, 3);
  if (parts.empty()) return std::nullopt;
  const auto header = header_of(parts[0]);
  if (!header || header->algorithm != "HS512" || header->kid.empty()) return std::nullopt;
  const auto signature = decoded(parts[2]);
  const auto covered = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature || !equal(*signature, hmac_sha512(secret, covered))) return std::nullopt;
  return decoded(parts[1]);
}

std::string encrypt_gcm(std::string_view payload, std::string_view kid, std::string_view secret) {
  check_kid(kid);
  check(secret.size() == kKey && payload.size() <= kMostCompact, "a key of 32 bytes and a short text are wanted");
  const auto key = random_bytes(kKey), wrap_nonce = random_bytes(kNonce), nonce = random_bytes(kNonce);
  const auto wrapped = close(key, {}, wrap_nonce, secret);
  const auto header = base64url(fmt::format(R"({{"alg":"A256GCMKW","enc":"A256GCM","iv":"{}","kid":"{}","tag":"{}","zip":"DEF"}})",
                                            base64url(wrap_nonce), kid, base64url(wrapped.tag)));
  const auto closed = close(deflated(payload), header, nonce, key);
  return fmt::format("{}.{}.{}.{}.{}", header, base64url(wrapped.text), base64url(nonce), base64url(closed.text), base64url(closed.tag));
}

std::optional<std::string> decrypt_gcm(std::string_view token, std::string_view secret) {
  const auto parts = parts_of(token, 5);
  if (parts.empty()) return std::nullopt;
  const auto header = header_of(parts[0]);
  if (!header || header->algorithm != "A256GCMKW" || header->encryption != "A256GCM" || header->kid.empty()) return std::nullopt;
  if (!header->zip.empty() && header->zip != "DEF") return std::nullopt;
  const auto wrap_nonce = decoded(header->nonce), wrap_tag = decoded(header->tag);
  const auto wrapped = decoded(parts[1]), nonce = decoded(parts[2]), closed = decoded(parts[3]), tag = decoded(parts[4]);
  if (!wrap_nonce || !wrap_tag || !wrapped || !nonce || !closed || !tag) return std::nullopt;
  const auto key = open(*wrapped, *wrap_tag, {}, *wrap_nonce, secret);
  if (!key) return std::nullopt;
  auto plain = open(*closed, *tag, parts[0], *nonce, *key);
  if (!plain || header->zip.empty()) return plain;
  return inflated(*plain);
}

}  // namespace slipway::crypto
