#include "crypto/certificate.hpp"

#include "base/check.hpp"
#include "crypto/hash.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace slipway::crypto {

namespace {

constexpr int kLeastBits = 1024, kMostBits = 8192, kLeastOfJwk = 2048;
constexpr int kLongestChain = 8;

template <auto F>
struct Free {
  template <class T>
  void operator()(T* what) const {
    F(what);
  }
};
template <class T, auto F>
using Owned = std::unique_ptr<T, Free<F>>;

// Without what is in it.
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

const unsigned char* data_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::shared_ptr<EVP_PKEY> key_from(const char* kind, OSSL_PARAM* params) {
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    ERR_clear_error();
  return {key, EVP_PKEY_free};
}

bool verified(EVP_PKEY* key, std::string_view bytes, std::string_view signature) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const bool good = context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return {};
  }
  return Time(std::chrono::duration_cast<Time::duration>(Seconds(::timegm(&parts))));
}

bool is_missing_issuer(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

std::shared_ptr<X509> share(X509* certificate) { return {certificate, X509_free}; }

std::vector<Certificate> read_system_roots() {
  const char* told = std::getenv(X509_get_default_cert_file_env());
  for (const char* path : {told ? told : "", X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"}) {
    std::ifstream in(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (auto roots = Certificate::from_pem(text)) return std::move(*roots);
  }
  return {};
}

}  // namespace

// --- keys

std::optional<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > kMostBits / 8 || exponent.empty() || exponent.size() > 8) return std::nullopt;
  const Owned<BIGNUM, BN_free> n(BN_bin2bn(data_of(modulus), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM, BN_free> e(BN_bin2bn(data_of(exponent), static_cast<int>(exponent.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return std::nullopt;
  const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  auto key = params ? key_from("RSA", params.get()) : nullptr;
  if (!key || EVP_PKEY_get_bits(key.get()) < kLeastOfJwk) return std::nullopt;
  return PublicKey(std::move(key));
}

std::optional<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  constexpr std::size_t kNumber = 32;
  if (x.size() != kNumber || y.size() != kNumber) return std::nullopt;
  std::string point = "\x04";
  point.append(x).append(y);
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return std::nullopt;
  const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  auto key = params ? key_from("EC", params.get()) : nullptr;
  if (!key) return std::nullopt;
  return PublicKey(std::move(key));
}

PublicKey::Kind PublicKey::kind() const {
  if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) return Kind::rsa;
  char group[32] = {};
  const bool is_p256 = EVP_PKEY_is_a(key_.get(), "EC") == 1 && EVP_PKEY_get_group_name(key_.get(), group, sizeof group, nullptr) == 1 &&
                       std::string_view(group) == "prime256v1";
  ERR_clear_error();
  return is_p256 ? Kind::p256 : Kind::other;
}

int PublicKey::bits() const { return EVP_PKEY_get_bits(key_.get()); }

std::string PublicKey::fingerprint() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  check(size > 0, "a public key could not be written");
  auto out = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return out;
}

bool PublicKey::verified_rsa(std::string_view bytes, std::string_view signature) const {
  return kind() == Kind::rsa && bits() >= kLeastBits && bits() <= kMostBits && verified(key_.get(), bytes, signature);
}

bool PublicKey::verified_p256(std::string_view bytes, std::string_view signature) const {
  constexpr std::size_t kNumber = 32;
  if (kind() != Kind::p256 || signature.size() != 2 * kNumber) return false;
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(data_of(signature), kNumber, nullptr);
  BIGNUM* s = BN_bin2bn(data_of(signature.substr(kNumber)), kNumber, nullptr);
  check(pair && r && s && ECDSA_SIG_set0(pair.get(), r, s) == 1, "an ECDSA signature could not be made of its numbers");
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return false;
  const std::string written(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return verified(key_.get(), bytes, written);
}

// --- certificates

Result<Certificate> Certificate::from_der(std::string_view der) {
  const unsigned char* at = data_of(der);
  auto read = share(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!read || at != data_of(der) + der.size()) return fail(Code::invalid, "That is no certificate in DER.");
  return Certificate(std::move(read));
}

Result<std::vector<Certificate>> Certificate::from_pem(std::string_view text) {
  const Owned<BIO, BIO_free> memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  check(memory != nullptr, "no BIO for a text in memory");
  std::vector<Certificate> all;
  ERR_clear_error();
  while (auto read = share(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr))) all.emplace_back(std::move(read));
  const bool at_end = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return fail(Code::invalid, fmt::format("Certificate number {} cannot be read: it is no X.509 certificate in PEM.", all.size() + 1));
  if (all.empty()) return fail(Code::invalid, "There is no certificate in PEM: none begins with -----BEGIN CERTIFICATE-----.");
  return all;
}

std::string Certificate::subject() const {
  const Owned<BIO, BIO_free> memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(get()), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(memory.get());
}

std::vector<std::string> Certificate::common_names() const {
  std::vector<std::string> all;
  X509_NAME* name = X509_get_subject_name(get());
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    all.emplace_back(size > 0 ? std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)) : std::string());
    OPENSSL_free(text);
  }
  ERR_clear_error();
  return all;
}

Time Certificate::not_before() const { return time_of(X509_get0_notBefore(get())); }
Time Certificate::not_after() const { return time_of(X509_get0_notAfter(get())); }

std::string Certificate::fingerprint() const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  check(X509_digest(get(), EVP_sha256(), digest, &size) == 1, "a certificate could not be hashed");
  return hex({reinterpret_cast<const char*>(digest), size});
}

std::optional<PublicKey> Certificate::key() const {
  std::shared_ptr<EVP_PKEY> key(X509_get_pubkey(get()), EVP_PKEY_free);
  ERR_clear_error();
  if (!key) return std::nullopt;
  return PublicKey(std::move(key));
}

std::vector<std::string> Certificate::issuer_urls() const {
  const Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free> access(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(get(), NID_info_access, nullptr, nullptr)));
  ERR_clear_error();
  std::vector<std::string> urls;
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI) continue;
    const ASN1_IA5STRING* url = one->location->d.uniformResourceIdentifier;
    urls.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(url)), static_cast<std::size_t>(ASN1_STRING_length(url)));
  }
  return urls;
}

// --- chains

TrustStore::TrustStore(std::span<const Certificate> roots) {
  if (roots.empty()) return;
  store_ = {X509_STORE_new(), X509_STORE_free};
  check(store_ != nullptr, "no X509_STORE");
  for (const auto& root : roots) X509_STORE_add_cert(store_.get(), root.get());
  ERR_clear_error();
}

Result<std::vector<Certificate>> TrustStore::chain(const Certificate& leaf, std::span<const Certificate> between, Time at) const {
  if (!store_) return fail(Code::unauthenticated, "there are no trusted roots");
  const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  const std::unique_ptr<STACK_OF(X509), FreeStack> stack(sk_X509_new_null());
  check(context && stack, "no X509_STORE_CTX");
  for (const auto& one : between) sk_X509_push(stack.get(), one.get());
  check(X509_STORE_CTX_init(context.get(), store_.get(), leaf.get(), stack.get()) == 1, "X509_STORE_CTX_init failed");
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, std::chrono::system_clock::to_time_t(std::chrono::floor<Seconds>(at)));
  X509_VERIFY_PARAM_set_depth(param, kLongestChain);
  X509_VERIFY_PARAM_set_auth_level(param, 2);  // RSA from 2048 bits, SHA-2
  const bool good = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (!good) return fail(is_missing_issuer(error) ? Code::not_found : Code::unauthenticated, X509_verify_cert_error_string(error));
  std::vector<Certificate> out;
  const STACK_OF(X509)* found = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(found); ++i) {
    X509* one = sk_X509_value(found, i);
    X509_up_ref(one);
    out.emplace_back(share(one));
  }
  return out;
}

const std::vector<Certificate>& system_roots() {
  static const auto roots = read_system_roots();
  return roots;
}

}  // namespace slipway::crypto
