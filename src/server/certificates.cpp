#include "server/certificates.hpp"

#include "features/apps/subdomain.hpp"
#include "server/secret_file.hpp"

namespace slipway::server {

namespace {

Result<net::TlsIdentity> read_pair(const std::string& certificate, const std::string& key) {
  TRY(chain, text_of_file(certificate));
  TRY(secret, read_secret(key));
  net::TlsIdentity identity{.certificate_chain_pem = std::move(chain), .private_key_pem = std::move(secret)};
  const auto usable = net::make_tls_server({.identities = {identity}});
  if (usable) return identity;
  auto refused = fail(Code::invalid, fmt::format("The certificate in {} and the key in {} cannot be used.", certificate, key),
                      "Both are PEM, and the key is that of the certificate.");
  refused.error().why = usable.error().detail;
  return refused;
}

}  // namespace

Result<std::optional<net::TlsServing>> tls_serving(const Config& config) {
  if (!config.tls()) return std::nullopt;
  net::TlsServing serving{.identities = {}, .least = config.tls_least, .suites = config.tls_suites};
  for (std::size_t i = 0; i < config.tls_cert_files.size(); ++i) {
    TRY(pair, read_pair(config.tls_cert_files[i], config.tls_key_files[i]));
    serving.identities.push_back(std::move(pair));
  }
  if (auto usable = net::make_tls_server(serving); !usable) return fail(Code::invalid, "--tls-ciphers: " + usable.error().say, usable.error().detail);
  return serving;
}

std::string untrusted_hosts(const Config& config, const net::TlsServing& serving) {
  const auto wildcard = apps::Wildcard::parse(config.wildcard_access_url);
  if (!wildcard || net::has_certificate_for(serving, "app" + wildcard->pattern().substr(1))) return {};
  return wildcard->pattern();
}

}  // namespace slipway::server
