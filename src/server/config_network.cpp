// The settings of addresses and of what is between people and the server, by the names that existing deployments set.
#include "formats/values.hpp"
#include "net/headers.hpp"
#include "server/config.hpp"
#include "server/settings.hpp"

namespace slipway::server {

namespace {

namespace js = boost::json;

js::value strings(const std::vector<std::string>& all) {
  js::array out;
  for (const auto& one : all) out.emplace_back(one);
  return out;
}

// Some of these words, whatever their case; kept as they are spelt here.
Value words(std::vector<std::string>& to, std::vector<std::string> known) {
  const auto set = [&to, known = std::move(known)](const std::string& value) -> Result<bool> {
    auto read = formats::read_csv(value);
    if (!read) return false;
    for (auto& word : *read) {
      const auto found = std::ranges::find_if(known, [&](const auto& one) { return net::iequals(one, word); });
      if (found == known.end()) return false;
      word = *found;
    }
    to = std::move(*read);
    return true;
  };
  return {Form::list, set, [&to] { return strings(to); }};
}

Value address_headers(std::vector<std::string>& to) { return words(to, {"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip"}); }

Value same_site(net::SameSite& to) {
  const auto set = [&to](const std::string& value) {
    to = value == "none" ? net::SameSite::none : net::SameSite::lax;
    return value == "none" || value == "lax";
  };
  return {Form::text, set, [&to] { return js::value(to == net::SameSite::none ? "none" : "lax"); }};
}

// What is older than tls12 is never spoken; who allows it gets tls12.
Value tls_version(net::TlsVersion& to) {
  const auto set = [&to](const std::string& value) {
    to = value == "tls13" ? net::TlsVersion::v1_3 : net::TlsVersion::v1_2;
    return value == "tls10" || value == "tls11" || value == "tls12" || value == "tls13";
  };
  return {Form::text, set, [&to] { return js::value(to == net::TlsVersion::v1_3 ? "tls13" : "tls12"); }};
}

}  // namespace

std::vector<Setting> tls_settings(Config& c) {
  return {
      {"tls-enable",
       {"CODER_TLS_ENABLE"},
       "networking.tls.enable",
       "tls.enable",
       "Speak TLS at --tls-address, and plain HTTP at --http-address; false lets the certificates lie idle.",
       choice(c.tls_enable)},
      {"tls-address",
       {"CODER_TLS_ADDRESS"},
       "networking.tls.address",
       "tls.address",
       "Where TLS is spoken with --tls-enable.",
       address(c.tls_address)},
      {"tls-cert-file",
       {"CODER_TLS_CERT_FILE"},
       "networking.tls.certFiles",
       "tls.cert_file",
       "PEM certificate chains, chosen by the name that a client asks for; the first for all others. Without --tls-enable the address of "
       "--http-address speaks TLS with them.",
       list(c.tls_cert_files)},
      {"tls-key-file",
       {"CODER_TLS_KEY_FILE"},
       "networking.tls.keyFiles",
       "tls.key_file",
       "PEM private keys of the certificates, in their order; readable by their owner alone.",
       private_paths(c.tls_key_files)},
      {"tls-min-version",
       {"CODER_TLS_MIN_VERSION"},
       "networking.tls.minVersion",
       "tls.min_version",
       "Oldest TLS that is spoken: tls12 or tls13.",
       tls_version(c.tls_least)},
      {"tls-ciphers",
       {"CODER_TLS_CIPHERS"},
       "networking.tls.tlsCiphers",
       "tls.supported_ciphers",
       "Cipher suites that are offered, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; OpenSSL's own choice unless set.",
       list(c.tls_suites)},
      {"strict-transport-security",
       {"CODER_STRICT_TRANSPORT_SECURITY"},
       "networking.tls.strictTransportSecurity",
       "strict_transport_security",
       "Seconds for which browsers that came over TLS shall come over nothing else; 0 says nothing of it.",
       number(c.transport_security, 0, std::numeric_limits<std::int64_t>::max())},
      {"strict-transport-security-options",
       {"CODER_STRICT_TRANSPORT_SECURITY_OPTIONS"},
       "networking.tls.strictTransportSecurityOptions",
       "strict_transport_security_options",
       "What goes with it: includeSubDomains, preload.",
       words(c.transport_options, {"includeSubDomains", "preload"})},
  };
}

std::vector<Setting> network_settings(Config& c) {
  return {
      {"http-address",
       {"CODER_HTTP_ADDRESS", "CODER_ADDRESS"},
       "networking.http.httpAddress",
       "http_address",
       "Address and port to listen on.",
       address(c.http_address)},
      {"access-url",
       {"CODER_ACCESS_URL"},
       "networking.accessURL",
       "access_url",
       "URL by which people and agents reach this deployment.",
       text(c.access_url)},
      {"redirect-to-access-url",
       {"CODER_REDIRECT_TO_ACCESS_URL"},
       "networking.redirectToAccessURL",
       "redirect_to_access_url",
       "Send whoever comes by another name to the access URL.",
       flag(c.redirect_to_access_url)},
      {"wildcard-access-url",
       {"CODER_WILDCARD_ACCESS_URL"},
       "networking.wildcardAccessURL",
       "wildcard_access_url",
       "Host pattern of web apps, such as *.apps.example.com: docs/guide/apps.md says what DNS and TLS need for it.",
       text(c.wildcard_access_url)},
      {"trusted-proxies",
       {"CODER_PROXY_TRUSTED_ORIGINS"},
       "networking.proxyTrustedOrigins",
       "proxy_trusted_origins",
       "Networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Host are believed.",
       list(c.trusted_proxies)},
      {"proxy-trusted-headers",
       {"CODER_PROXY_TRUSTED_HEADERS"},
       "networking.proxyTrustedHeaders",
       "proxy_trusted_headers",
       "Headers in which those proxies name the client; the first that is there counts. X-Forwarded-For, X-Real-Ip, True-Client-Ip, "
       "Cf-Connecting-Ip.",
       address_headers(c.trusted_headers)},
      {"origins", {}, "", "", "Further exact origins (https://host) whose pages may open WebSockets.", list(c.origins)},
      {"secure-auth-cookie",
       {"CODER_SECURE_AUTH_COOKIE"},
       "networking.secureAuthCookie",
       "http_cookies.secure_auth_cookie",
       "Send session cookies over TLS only.",
       flag(c.secure_cookies)},
      {"samesite-auth-cookie",
       {"CODER_SAMESITE_AUTH_COOKIE"},
       "networking.sameSiteAuthCookie",
       "http_cookies.same_site",
       "Requests from pages of other sites that session cookies go along with: lax (links only) or none (all).",
       same_site(c.same_site)},
      {"host-prefix-cookie",
       {"CODER_HOST_PREFIX_COOKIE"},
       "networking.hostPrefixCookie",
       "http_cookies.host_prefix",
       "Call the session's cookie __Host-coder_session_token, which no other host of the same domain can set. Signs everybody out once.",
       flag(c.host_prefix_cookie)},
      {"relay-address",
       {"CODER_DERP_SERVER_RELAY_URL"},
       "networking.derp.relayURL",
       "derp.server.relay_url",
       "URL by which other replicas reach this one.",
       text(c.relay_address)},
  };
}

}  // namespace slipway::server
