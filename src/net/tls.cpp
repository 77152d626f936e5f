#include "net/tls.hpp"

#include "aio/task.hpp"
#include "base/on_exit.hpp"
#include "base/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>

namespace slipway::net {

namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;

template <auto Release>
struct Releaser {
  template <class T>
  void operator()(T* it) const {
    Release(it);
  }
};
using Bio = std::unique_ptr<BIO, Releaser<BIO_free>>;
using Certificate = std::unique_ptr<X509, Releaser<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;

// OpenSSL keeps a queue of errors per thread; the first names the cause. Leaves the queue empty.
std::string openssl_error() {
  char text[256] = "no reason given";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

Bio read_only(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

const char* set_variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

// Every file of these folders that holds roots, whatever its name: OpenSSL by itself sees only names made by its own tool.
void use_folders(SSL_CTX* context, std::string_view folders) {
  for (const auto folder : text::split(folders, ':')) {
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(folder), ec))
      if (entry.is_regular_file(ec)) SSL_CTX_load_verify_file(context, entry.path().c_str());
  }
  ERR_clear_error();
}

// $SSL_CERT_FILE stands for the system's bundle and $SSL_CERT_DIR for its folder, as for other programs. Where neither is set and
// OpenSSL's own place (compiled in) does not exist on this system: where distributions keep their bundle.
Result<void> use_system_roots(SSL_CTX* context) {
  SSL_CTX_set_default_verify_paths(context);
  const char *file = set_variable("SSL_CERT_FILE"), *folders = set_variable("SSL_CERT_DIR");
  if (folders) use_folders(context, folders);
  if (file && SSL_CTX_load_verify_file(context, file) != 1) {
    auto error = fail(Code::invalid, fmt::format("SSL_CERT_FILE names {}, in which there is no certificate that can be read.", file));
    error.error().why = openssl_error();
    return error;
  }
  std::error_code ec;
  if (file || folders || std::filesystem::exists(X509_get_default_cert_dir(), ec)) return {};
  for (const char* bundle : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"})
    if (SSL_CTX_load_verify_file(context, bundle) == 1) break;
  ERR_clear_error();
  return {};
}

}  // namespace

class TlsContext {
 public:
  explicit TlsContext(const SSL_METHOD* method) : context_(SSL_CTX_new(method)) {
    SSL_CTX_set_min_proto_version(get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  SSL_CTX* get() const { return context_.get(); }

  Result<void> show(const TlsIdentity& identity) {
    const Bio chain = read_only(identity.certificate_chain_pem), key_text = read_only(identity.private_key_pem);
    const Certificate leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    const Key key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
    if (!leaf || !key || SSL_CTX_use_certificate(get(), leaf.get()) != 1 || SSL_CTX_use_PrivateKey(get(), key.get()) != 1)
      return fail(Code::invalid, "The TLS certificate or its key cannot be used.", openssl_error());
    while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr))
      if (SSL_CTX_add0_chain_cert(get(), next) != 1) X509_free(next);
    ERR_clear_error();  // the end of the chain is reported as one
    return {};
  }

  // Before it serves: 1.3 alone when no suite of 1.2 is left.
  Result<void> limit(TlsVersion least, const std::vector<std::string>& suites) {
    std::string older, newer;
    for (const auto& suite : suites) {
      const SSL_CIPHER* known = find_suite(suite);
      if (!known) return fail(Code::invalid, fmt::format("\"{}\" is no cipher suite that this server has.", suite));
      if (!SSL_CIPHER_is_aead(known))
        return fail(Code::invalid,
                    fmt::format("\"{}\" is not safe: it does not authenticate what it encrypts. Take one with GCM or CHACHA20.", suite));
      std::string& list = SSL_CIPHER_get_version(known) == std::string_view("TLSv1.3") ? newer : older;
      list += (list.empty() ? "" : ":") + std::string(SSL_CIPHER_get_name(known));
    }
    if (!older.empty()) SSL_CTX_set_cipher_list(get(), older.c_str());
    if (!newer.empty()) SSL_CTX_set_ciphersuites(get(), newer.c_str());
    const bool newest_only = least == TlsVersion::v1_3 || (older.empty() && !newer.empty());
    if (newest_only) SSL_CTX_set_min_proto_version(get(), TLS1_3_VERSION);
    return {};
  }

  // Others that stand in for this one, by the names that their certificates have.
  void stand_in(std::vector<std::shared_ptr<TlsContext>> others) {
    others_ = std::move(others);
    SSL_CTX_set_tlsext_servername_callback(get(), choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(get(), this);
  }

  Result<void> trust(std::string_view pem) {
    const Bio text = read_only(pem);
    while (const auto root = Certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)))
      X509_STORE_add_cert(SSL_CTX_get_cert_store(get()), root.get());
    ERR_clear_error();
    return {};
  }

 private:
  const SSL_CIPHER* find_suite(const std::string& name) const {
    const std::string_view own = OPENSSL_cipher_name(name.c_str());
    const auto* all = SSL_CTX_get_ciphers(get());
    for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
      const SSL_CIPHER* one = sk_SSL_CIPHER_value(all, i);
      if (SSL_CIPHER_get_name(one) == own || SSL_CIPHER_get_name(one) == name) return one;
    }
    return nullptr;
  }
  bool has_name(const char* name) const { return X509_check_host(SSL_CTX_get0_certificate(get()), name, 0, 0, nullptr) == 1; }
  static int choose_by_name(SSL* ssl, int*, void* first) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto* self = static_cast<const TlsContext*>(first);
    if (!name || self->has_name(name)) return SSL_TLSEXT_ERR_OK;
    for (const auto& other : self->others_) {
      if (!other->has_name(name)) continue;
      SSL_set_SSL_CTX(ssl, other->get());
      break;
    }
    return SSL_TLSEXT_ERR_OK;
  }

  std::unique_ptr<SSL_CTX, Releaser<SSL_CTX_free>> context_;
  std::vector<std::shared_ptr<TlsContext>> others_;
};

namespace {

// OpenSSL works on two memory buffers; what they hold goes over the carrier from here.
class TlsStream final : public Stream {
 public:
  TlsStream(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier, bool is_server)
      : context_(std::move(context)), carrier_(std::move(carrier)), ssl_(SSL_new(context_->get())) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (is_server)
      SSL_set_accept_state(ssl_.get());
    else
      SSL_set_connect_state(ssl_.get());
  }

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    while (true) {
      ERR_clear_error();
      const int n = SSL_read(ssl_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), 1 << 30)));
      if (n > 0) co_return static_cast<std::size_t>(n);
      const int why = SSL_get_error(ssl_.get(), n);
      if (why == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
      if (why != SSL_ERROR_WANT_READ) co_return co_await failed();
      CO_CHECK(co_await flush());
      CO_TRY(got, co_await feed());
      if (got == 0 && !SSL_is_init_finished(ssl_.get())) co_return fail(Code::bad_gateway, "The TLS handshake was broken off.");
      if (got == 0) co_return std::size_t{0};
    }
  }

  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    for (std::string_view part : {bytes, more}) {
      while (!part.empty()) {
        const std::string_view record = part.substr(0, kRecordBytes);
        ERR_clear_error();
        if (SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size())) <= 0)
          co_return fail(Code::bad_gateway, "The connection was lost. Try again.", openssl_error());
        part.remove_prefix(record.size());
        if (BIO_ctrl_pending(SSL_get_wbio(ssl_.get())) >= 4 * kRecordBytes) CO_CHECK(co_await flush_all());
      }
    }
    co_return co_await flush_all();
  }

  Task<Result<void>> shutdown_send() override {
    if (!SSL_is_init_finished(ssl_.get())) co_return co_await carrier_->shutdown_send();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    co_return co_await flush_all();
  }

  void close() noexcept override { carrier_->close(); }

  bool speaks_http2() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
    return std::string_view(reinterpret_cast<const char*>(chosen), size) == "h2";
  }

  Task<Result<void>> handshake(const std::string& host) {
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address) {
      SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
      SSL_set1_host(ssl_.get(), host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
    }
    while (true) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const int why = SSL_get_error(ssl_.get(), done);
      CO_CHECK(co_await flush_all());
      if (done == 1) co_return Result<void>();
      if (why != SSL_ERROR_WANT_READ) co_return std::unexpected(handshake_error());
      CO_TRY(got, co_await feed());
      if (got == 0) co_return fail(Code::bad_gateway, "The TLS handshake was broken off.");
    }
  }

 private:
  Error handshake_error() {
    const long verdict = SSL_get_verify_result(ssl_.get());
    Error error{.code = Code::bad_gateway, .say = "The TLS handshake failed.", .why = openssl_error()};
    if (verdict != X509_V_OK) error.say = fmt::format("The server's certificate is not trusted: {}.", X509_verify_cert_error_string(verdict));
    return error;
  }

  // The peer learns what was wrong by OpenSSL's alert, if that still gets through.
  Task<Result<std::size_t>> failed() {
    auto error = fail(Code::bad_gateway, "The TLS connection failed.");
    error.error().why = openssl_error();
    co_await flush();
    co_return error;
  }

  Task<Result<std::size_t>> feed() {
    if (encrypted_.empty()) encrypted_.resize(kRecordBytes);
    CO_TRY(n, co_await carrier_->read_some(encrypted_));
    BIO_write(SSL_get_rbio(ssl_.get()), encrypted_.data(), static_cast<int>(n));
    co_return n;
  }

  // A reader and a writer may both have something to send; one of them writes, and takes the other's along.
  Task<Result<void>> flush() {
    if (flushing_) co_return Result<void>();
    flushing_ = true;
    const OnExit done([this] {
      flushing_ = false;
      if (flushed_) flushed_->cancel();
    });
    Result<void> written;
    while (const std::size_t pending = BIO_ctrl_pending(SSL_get_wbio(ssl_.get()))) {
      sending_.resize(std::min(pending, 8 * kRecordBytes));
      BIO_read(SSL_get_wbio(ssl_.get()), sending_.data(), static_cast<int>(sending_.size()));
      written = co_await carrier_->write(sending_);
      if (!written) break;
    }
    if (sending_.capacity() > kRecordBytes) text::let_go(sending_);
    co_return written;
  }

  // flush(), but returns only once nothing is left: so a writer cannot pile up data behind a reader's slow flush.
  Task<Result<void>> flush_all() {
    while (flushing_) {
      if (!flushed_) flushed_.emplace(co_await aio::executor(), asio::steady_timer::time_point::max());
      co_await flushed_->async_wait(aio::tuple);
    }
    co_return co_await flush();
  }

  std::shared_ptr<TlsContext> context_;
  std::unique_ptr<Stream> carrier_;
  std::unique_ptr<SSL, Releaser<SSL_free>> ssl_;
  std::string encrypted_, sending_;
  std::optional<asio::steady_timer> flushed_;
  bool flushing_ = false;
};

constexpr std::string_view kHttp1 = "\x08http/1.1", kBoth = "\x02h2\x08http/1.1";

// Browsers refuse HTTP/2 over suites without forward secrecy or authenticated encryption (RFC 9113 §9.2.2): those go on with HTTP/1.1.
bool is_fit_for_http2(SSL* ssl) {
  const SSL_CIPHER* suite = SSL_get_pending_cipher(ssl);
  return suite && SSL_CIPHER_is_aead(suite) == 1 && SSL_CIPHER_get_kx_nid(suite) != NID_kx_rsa;
}

// `ours`: what is spoken, the best first, as ALPN writes a list.
int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size, void* ours) {
  const auto* list = ours == &kBoth && !is_fit_for_http2(ssl) ? &kHttp1 : static_cast<const std::string_view*>(ours);
  unsigned char* chosen = nullptr;
  const auto* first = reinterpret_cast<const unsigned char*>(list->data());
  if (SSL_select_next_proto(&chosen, size, first, static_cast<unsigned>(list->size()), in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<TlsContext>> make_server(const TlsServing& serving, const std::string_view& protocols) {
  std::vector<std::shared_ptr<TlsContext>> all;
  for (const auto& identity : serving.identities) {
    auto context = std::make_shared<TlsContext>(TLS_server_method());
    TRY_OK(context->show(identity));
    TRY_OK(context->limit(serving.least, serving.suites));
    SSL_CTX_set_alpn_select_cb(context->get(), choose_protocol, const_cast<std::string_view*>(&protocols));
    all.push_back(std::move(context));
  }
  if (all.empty()) return fail(Code::invalid, "There is no certificate to show.");
  auto first = std::move(all.front());
  all.erase(all.begin());
  if (!all.empty()) first->stand_in(std::move(all));
  return first;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> make_tls_server(const TlsServing& serving) { return make_server(serving, kHttp1); }
Result<std::shared_ptr<TlsContext>> make_tls_http2_server(const TlsServing& serving) { return make_server(serving, kBoth); }

Result<std::shared_ptr<TlsContext>> make_tls_client(const TlsTrust& trust) {
  auto context = std::make_shared<TlsContext>(TLS_client_method());
  SSL_CTX_set_verify(context->get(), trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (trust.verify) TRY_OK(use_system_roots(context->get()));
  if (!trust.extra_roots_pem.empty()) TRY_OK(context->trust(trust.extra_roots_pem));
  if (trust.client) TRY_OK(context->show(*trust.client));
  return context;
}

bool has_certificate_for(const TlsServing& serving, const std::string& host) {
  return std::ranges::any_of(serving.identities, [&](const auto& identity) {
    const Bio text = read_only(identity.certificate_chain_pem);
    const Certificate own(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    return own && X509_check_host(own.get(), host.data(), host.size(), 0, nullptr) == 1;
  });
}

bool speaks_http2(const Stream& stream) {
  const auto* tls = dynamic_cast<const TlsStream*>(&stream);
  return tls && tls->speaks_http2();
}

std::unique_ptr<Stream> tls_server(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier) {
  return std::make_unique<TlsStream>(std::move(context), std::move(carrier), true);
}

Task<Result<std::unique_ptr<Stream>>> tls_client(std::shared_ptr<TlsContext> context, std::unique_ptr<Stream> carrier, std::string host) {
  auto stream = std::make_unique<TlsStream>(std::move(context), std::move(carrier), false);
  CO_CHECK(co_await stream->handshake(host));
  co_return stream;
}

}  // namespace slipway::net
