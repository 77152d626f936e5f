// The settings of addresses and of what is between people and the server, by the names that existing deployments set.
#include "server/config.hpp"
#include "server/settings.hpp"

namespace slipway::server {

std::vector<Setting> network_settings(Config& c) {
  return {
      {"http-address",
       {"CODER_HTTP_ADDRESS", "CODER_ADDRESS"},
       "networking.http.httpAddress",
       "http_address",
       "Address and port to listen on.",
       address(c.http_address)},
      {"tls-cert-file",
       {"CODER_TLS_CERT_FILE"},
       "networking.tls.certFiles",
       "",
       "PEM certificate chain; with it the address speaks TLS.",
       text(c.tls_cert_file)},
      {"tls-key-file",
       {"CODER_TLS_KEY_FILE"},
       "networking.tls.keyFiles",
       "",
       "PEM private key of the certificate; readable by its owner alone.",
       private_path(c.tls_key_file)},
      {"access-url",
       {"CODER_ACCESS_URL"},
       "networking.accessURL",
       "access_url",
       "URL by which people and agents reach this deployment.",
       text(c.access_url)},
      {"wildcard-access-url",
       {"CODER_WILDCARD_ACCESS_URL"},
       "networking.wildcardAccessURL",
       "wildcard_access_url",
       "Host pattern of web apps, such as *.apps.example.com.",
       text(c.wildcard_access_url)},
      {"trusted-proxies",
       {"CODER_PROXY_TRUSTED_ORIGINS"},
       "networking.proxyTrustedOrigins",
       "proxy_trusted_origins",
       "Networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Host are believed.",
       list(c.trusted_proxies)},
      {"origins", {}, "", "", "Further exact origins (https://host) whose pages may open WebSockets.", list(c.origins)},
      {"secure-auth-cookie",
       {"CODER_SECURE_AUTH_COOKIE"},
       "networking.secureAuthCookie",
       "http_cookies.secure_auth_cookie",
       "Send session cookies over TLS only.",
       flag(c.secure_cookies)},
      {"relay-address",
       {"CODER_DERP_SERVER_RELAY_URL"},
       "networking.derp.relayURL",
       "derp.server.relay_url",
       "URL by which other replicas reach this one.",
       text(c.relay_address)},
  };
}

}  // namespace slipway::server
