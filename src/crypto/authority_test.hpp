// For tests: authorities, certificates, signed messages and tokens made on the spot by OpenSSL.
#pragma once

#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace slipway::test {

using Key = std::shared_ptr<EVP_PKEY>;

// The n-th of its size; making one takes long, so that a process makes each once.
inline Key rsa_key(int number, unsigned bits = 2048) {
  static std::map<std::pair<int, unsigned>, Key> all;
  auto& key = all[{number, bits}];
  if (!key) key = {EVP_RSA_gen(bits), EVP_PKEY_free};
  return key;
}
inline Key p256_key() {
  static const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  return key;
}

struct Issued {
  std::shared_ptr<X509> certificate;
  Key key;

  std::string der() const {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate.get(), &bytes);
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
  }
  std::string pem() const {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
  }
  crypto::Certificate read() const { return *crypto::Certificate::from_der(der()); }
};

struct Wish {
  std::string common_name;
  Key key;
  bool authority = false;
  long from = -3600, until = 24 * 3600;  // seconds from now
  std::string issuer_url = {};           // AIA
  const EVP_MD* digest = EVP_sha256();
};

// By `issuer`, or by itself.
inline Issued issue(const Wish& wish, const Issued* issuer = nullptr) {
  static long serial = 1000;
  Issued out{.certificate = {X509_new(), X509_free}, .key = wish.key};
  X509* made = out.certificate.get();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made), wish.from);
  X509_gmtime_adj(X509_getm_notAfter(made), wish.until);
  X509_set_pubkey(made, wish.key.get());
  X509_NAME* name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer->certificate.get()) : name);
  const auto extend = [made](int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.issuer_url.empty()) extend(NID_info_access, "caIssuers;URI:" + wish.issuer_url);
  X509_sign(made, issuer ? issuer->key.get() : wish.key.get(), wish.digest);
  return out;
}

inline std::string signature_of(const Key& key, std::string_view bytes, const EVP_MD* digest = EVP_sha256()) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::size_t size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  EVP_DigestSignInit(context, nullptr, digest, nullptr, key.get());
  EVP_DigestSign(context, nullptr, &size, data, bytes.size());
  std::string out(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, data, bytes.size());
  out.resize(size);
  EVP_MD_CTX_free(context);
  return out;
}

struct MessageWish {
  std::string content;
  std::vector<const Issued*> signers = {};
  std::vector<const Issued*> beside = {};  // further certificates that come with it
  const EVP_MD* digest = EVP_sha256();
  bool detached = false, attributes = true, certificates = true;
};

// In DER.
inline std::string signed_message(const MessageWish& wish) {
  const unsigned flags = CMS_BINARY | CMS_PARTIAL | (wish.detached ? CMS_DETACHED : 0U);
  BIO* content = BIO_new_mem_buf(wish.content.data(), static_cast<int>(wish.content.size()));
  CMS_ContentInfo* message = CMS_sign(nullptr, nullptr, nullptr, content, flags);
  const unsigned each = (wish.attributes ? 0U : CMS_NOATTR) | (wish.certificates ? 0U : CMS_NOCERTS) | CMS_BINARY;
  for (const auto* signer : wish.signers) CMS_add1_signer(message, signer->certificate.get(), signer->key.get(), wish.digest, each);
  for (const auto* one : wish.beside) CMS_add1_cert(message, one->certificate.get());
  CMS_final(message, content, nullptr, flags);
  unsigned char* bytes = nullptr;
  const int size = i2d_CMS_ContentInfo(message, &bytes);
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  CMS_ContentInfo_free(message);
  BIO_free(content);
  return out;
}

// In lines of so many characters.
inline std::string wrapped(const std::string& text, std::size_t width, const std::string& end = "\n") {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += width) out += text.substr(at, width) + end;
  return out;
}

inline std::string number_of(const Key& key, const char* name, int size = 0) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &number);
  std::string out(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(number);
  return crypto::base64url(out);
}
inline std::string rsa_jwk(const Key& key, const std::string& id) {
  return fmt::format(R"({{"kty":"RSA","use":"sig","alg":"RS256","kid":"{}","n":"{}","e":"{}"}})", id, number_of(key, OSSL_PKEY_PARAM_RSA_N),
                     number_of(key, OSSL_PKEY_PARAM_RSA_E));
}
inline std::string p256_jwk(const Key& key, const std::string& id) {
  return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}"}})", id, number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, 32),
                     number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
}
inline std::string key_set(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }

// Header and payload as they are; `sign` makes the signature of both.
template <class Sign>
std::string token_of(const std::string& header, const std::string& payload, Sign sign) {
  const std::string covered = crypto::base64url(header) + "." + crypto::base64url(payload);
  return covered + "." + crypto::base64url(sign(covered));
}
inline std::string rs256(const Key& key, const std::string& id, const std::string& payload) {
  return token_of(R"({"alg":"RS256","typ":"JWT","kid":")" + id + "\"}", payload,
                  [&](const std::string& covered) { return signature_of(key, covered); });
}
inline std::string es256(const Key& key, const std::string& id, const std::string& payload) {
  return token_of(R"({"alg":"ES256","kid":")" + id + "\"}", payload, [&](const std::string& covered) {
    const auto der = signature_of(key, covered);
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string out(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), reinterpret_cast<unsigned char*>(out.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
    ECDSA_SIG_free(pair);
    return out;
  });
}

}  // namespace slipway::test
