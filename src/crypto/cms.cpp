#include "crypto/cms.hpp"

#include "base/check.hpp"

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>

namespace slipway::crypto {

namespace {

constexpr int kDeepest = 32;

struct Header {
  unsigned char tag = 0;
  std::size_t head = 0, length = 0;
};

std::optional<Header> header_of(std::string_view bytes) {
  constexpr unsigned char kLongTag = 0x1f, kLongLength = 0x80;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.size() < 2 || (byte(0) & kLongTag) == kLongTag) return std::nullopt;
  Header out{.tag = byte(0), .head = 2, .length = byte(1)};
  if (out.length < kLongLength) return out;
  const std::size_t digits = out.length - kLongLength;
  if (digits == 0 || digits > 4 || bytes.size() < 2 + digits || byte(2) == 0) return std::nullopt;
  out.head += digits;
  out.length = 0;
  for (std::size_t i = 0; i < digits; ++i) out.length = (out.length << 8) | byte(2 + i);
  if (out.length < kLongLength) return std::nullopt;
  return out;
}

// Universal types that have parts: SEQUENCE and SET; a string with parts is one in pieces.
bool may_have_parts(unsigned char tag) {
  constexpr unsigned char kClass = 0xc0, kSequence = 0x30, kSet = 0x31;
  return (tag & kClass) != 0 || tag == kSequence || tag == kSet;
}

bool are_strict(std::string_view bytes, int depth) {
  constexpr unsigned char kConstructed = 0x20;
  while (!bytes.empty()) {
    const auto header = header_of(bytes);
    if (!header || header->length > bytes.size() - header->head) return false;
    const auto content = bytes.substr(header->head, header->length);
    if (header->tag & kConstructed && (depth == kDeepest || !may_have_parts(header->tag) || !are_strict(content, depth + 1))) return false;
    bytes.remove_prefix(header->head + header->length);
  }
  return true;
}

CMS_SignerInfo* only_signer(CMS_ContentInfo* message) {
  STACK_OF(CMS_SignerInfo)* all = CMS_get0_SignerInfos(message);
  return all && sk_CMS_SignerInfo_num(all) == 1 ? sk_CMS_SignerInfo_value(all, 0) : nullptr;
}

// Some name the signature's algorithm where the digest's belongs.
bool is_strong(CMS_SignerInfo* signer) {
  constexpr int kDigests[] = {NID_sha256,
                              NID_sha384,
                              NID_sha512,
                              NID_sha256WithRSAEncryption,
                              NID_sha384WithRSAEncryption,
                              NID_sha512WithRSAEncryption,
                              NID_ecdsa_with_SHA256,
                              NID_ecdsa_with_SHA384,
                              NID_ecdsa_with_SHA512};
  X509_ALGOR *digest = nullptr, *signature = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest, &signature);
  const ASN1_OBJECT *digest_id = nullptr, *signature_id = nullptr;
  X509_ALGOR_get0(&digest_id, nullptr, nullptr, digest);
  X509_ALGOR_get0(&signature_id, nullptr, nullptr, signature);
  const auto known = [&](const ASN1_OBJECT* id) { return std::ranges::find(kDigests, OBJ_obj2nid(id)) != std::end(kDigests); };
  const int by = OBJ_obj2nid(signature_id);
  return known(digest_id) && (by == NID_rsaEncryption || by == NID_X9_62_id_ecPublicKey || known(signature_id));
}

bool has_attributes(CMS_SignerInfo* signer) { return CMS_signed_get_attr_count(signer) > 0; }

// RFC 5652, section 11.1: exactly one, of one value, the type of the content.
bool names_content(CMS_SignerInfo* signer, const ASN1_OBJECT* type) {
  const void* said = CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);
  return said && OBJ_cmp(static_cast<const ASN1_OBJECT*>(said), type) == 0;
}

std::shared_ptr<CMS_ContentInfo> read(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::shared_ptr<CMS_ContentInfo> message(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())), CMS_ContentInfo_free);
  ERR_clear_error();
  return message;
}

std::unexpected<Error> not_verified(std::string say) {
  ERR_clear_error();
  return fail(Code::unauthenticated, std::move(say));
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Memory = std::unique_ptr<BIO, FreeBio>;
struct FreeAll {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

}  // namespace

bool is_strict_der(std::string_view bytes) {
  const auto header = header_of(bytes);
  return header && header->head + header->length == bytes.size() && are_strict(bytes, 0);
}

Result<SignedMessage> SignedMessage::parse(std::string_view der) {
  if (!is_strict_der(der)) return fail(Code::invalid, "it is not strict DER");
  auto message = read(der);
  if (!message || OBJ_obj2nid(CMS_get0_type(message.get())) != NID_pkcs7_signed) return fail(Code::invalid, "it is no SignedData");
  return SignedMessage(std::string(der), std::move(message));
}

int SignedMessage::signers() const {
  STACK_OF(CMS_SignerInfo)* all = CMS_get0_SignerInfos(message_.get());
  return all ? sk_CMS_SignerInfo_num(all) : 0;
}

std::vector<Certificate> SignedMessage::certificates() const {
  const std::unique_ptr<STACK_OF(X509), FreeAll> all(CMS_get1_certs(message_.get()));
  std::vector<Certificate> out;
  for (int i = 0; all && i < sk_X509_num(all.get()); ++i) {
    X509* one = sk_X509_value(all.get(), i);
    X509_up_ref(one);
    out.emplace_back(std::shared_ptr<X509>(one, X509_free));
  }
  ERR_clear_error();
  return out;
}

std::optional<Certificate> SignedMessage::signer() const {
  CMS_SignerInfo* only = only_signer(message_.get());
  if (!only) return std::nullopt;
  for (auto& one : certificates())
    if (CMS_SignerInfo_cert_cmp(only, one.get()) == 0) return std::move(one);
  return std::nullopt;
}

std::optional<Time> SignedMessage::signed_at() const {
  CMS_SignerInfo* only = only_signer(message_.get());
  const int at = only ? CMS_signed_get_attr_by_NID(only, NID_pkcs9_signingTime, -1) : -1;
  if (at < 0) return std::nullopt;
  const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(only, at), 0);
  std::tm parts{};
  const bool is_time = value && (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME);
  const bool read = is_time && ASN1_TIME_to_tm(value->value.asn1_string, &parts) == 1;
  ERR_clear_error();
  if (!read) return Time::min();  // said, and no time: it lies outside of everything
  return Time(std::chrono::duration_cast<Time::duration>(Seconds(::timegm(&parts))));
}

Result<std::string> SignedMessage::verified(const Certificate& by, std::optional<std::string_view> detached) const {
  const auto message = read(der_);
  CMS_SignerInfo* only = message ? only_signer(message.get()) : nullptr;
  if (!only) return not_verified("it has not exactly one signer");
  if (!is_strong(only)) return not_verified("its signature is by an algorithm that counts for nothing");
  ASN1_OCTET_STRING** inside = CMS_get0_content(message.get());
  const bool has_content = inside && *inside;
  if (!has_content && !detached) return not_verified("it has no content");

  CMS_SignerInfo_set1_signer_cert(only, by.get());  // its key counts, whatever name the message has for it
  const Memory out(BIO_new(BIO_s_mem()));
  const Memory given(has_content ? nullptr : BIO_new_mem_buf(detached->data(), static_cast<int>(detached->size())));
  constexpr unsigned kFlags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
  if (CMS_verify(message.get(), nullptr, nullptr, given.get(), out.get(), kFlags) != 1) return not_verified("the signature does not fit the content");
  if (has_attributes(only) && !names_content(only, CMS_get0_eContentType(message.get())))
    return not_verified("the signed attributes name another type of content");
  ERR_clear_error();
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  std::string content(data, static_cast<std::size_t>(size));
  if (detached && content != *detached) return not_verified("it signs another content");
  return content;
}

}  // namespace slipway::crypto
