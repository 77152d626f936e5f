#include "net/proxy.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace slipway::net {

namespace {

namespace ip = boost::asio::ip;

// Link-local addresses are there too: no proxy is on the way to them, and one that answered could hand out an identity.
constexpr std::array<std::string_view, 5> kMetadataAddresses = {"169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32",
                                                                "168.63.129.16/32"};
constexpr std::string_view kMetadataName = "metadata.google.internal";

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code bad;
  const auto parsed = ip::make_address(std::string(text), bad);
  if (bad) return std::nullopt;
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) return ip::address(ip::make_address_v4(ip::v4_mapped, parsed.to_v6()));
  return parsed;
}

// `network` is such as 10.0.0.0/8; anything else holds nobody.
bool holds(std::string_view network, const ip::address& address) {
  boost::system::error_code bad;
  if (address.is_v4()) {
    const auto parsed = ip::make_network_v4(std::string(network), bad);
    if (bad) return false;
    return ip::network_v4(address.to_v4(), parsed.prefix_length()).network() == parsed.network();
  }
  const auto parsed = ip::make_network_v6(std::string(network), bad);
  if (bad) return false;
  return ip::network_v6(address.to_v6(), parsed.prefix_length()).network() == parsed.network();
}

bool is_metadata(std::string_view host, const std::optional<ip::address>& address) {
  if (!address) return host == kMetadataName;
  return std::ranges::any_of(kMetadataAddresses, [&](std::string_view network) { return holds(network, *address); });
}

struct HostPort {
  std::string_view host, port;  // no port: any
};

// An IPv6 address has a port only when it is in brackets.
HostPort host_port(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto end = std::min(entry.find(']'), entry.size());
    const auto rest = entry.substr(std::min(end + 1, entry.size()));
    return {entry.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : std::string_view()};
  }
  const auto colon = entry.find(':');
  if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos) return {entry, {}};
  return {entry.substr(0, colon), entry.substr(colon + 1)};
}

// "example.com" is the domain and all below it; ".example.com" and "*.example.com" are those below only.
bool names(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) return host.ends_with(entry);
  return host == entry || (host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
}

bool goes_straight(std::string_view entry, std::string_view host, const std::optional<ip::address>& address, std::uint16_t port) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return address && holds(entry, *address);
  const auto [name, wanted] = host_port(entry);
  if (name.empty() || (!wanted.empty() && wanted != std::to_string(port))) return false;
  if (const auto listed = address_of(name)) return address && *listed == *address;
  return !address && names(name, host);
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return out;
}

// What is before the last "@" of the authority is cut out: it may hold what a URL may not.
Result<Proxy> read_proxy(const std::string& named, std::string_view value) {
  const auto bad = [&] {
    return fail(Code::invalid, fmt::format("{} is no address of a proxy: it is such as http://proxy.example.com:3128.", named));
  };
  const auto colon = value.find("://");
  const auto scheme = colon == std::string_view::npos ? std::string("http") : text::lower(value.substr(0, colon));
  std::string_view rest = colon == std::string_view::npos ? value : value.substr(colon + 3);
  if (scheme != "http" && scheme != "https")
    return fail(Code::invalid, fmt::format("{} names a proxy that speaks {}; only http:// and https:// proxies are spoken to.", named,
                                           scheme.starts_with("socks") ? "SOCKS" : "another protocol"));
  const auto authority = rest.substr(0, rest.find('/'));
  const auto at = authority.rfind('@');
  const auto told = at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
  if (at != std::string_view::npos) rest.remove_prefix(at + 1);
  const auto url = parse_url(scheme + "://" + std::string(rest));
  if (!url) return bad();
  Proxy proxy{.secure = scheme == "https", .host = url->host, .port = url->port, .user = {}, .password = {}, .named = named};
  const auto between = std::min(told.find(':'), told.size());
  const auto user = percent_decode(told.substr(0, between));
  const auto password = percent_decode(told.substr(std::min(between + 1, told.size())));
  if (!user || !password) return bad();
  proxy.user = *user;
  proxy.password = Secret(*password);
  return proxy;
}

}  // namespace

std::string Proxy::str() const {
  return fmt::format("{}://{}:{}", secure ? "https" : "http", host.find(':') == std::string::npos ? host : "[" + host + "]", port);
}

std::string Proxy::authorization() const {
  return user.empty() && password.empty() ? std::string() : "Basic " + base64(user + ":" + password.reveal());
}

Proxies::Proxies(const Variables& variables) {
  const auto first = [&](std::initializer_list<std::string> all) {
    for (const auto& name : all)
      if (auto value = variables(name); value && !text::trim(*value).empty()) return Setting{name, std::string(text::trim(*value))};
    return Setting{};
  };
  secure_ = first({"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"});
  // A web server that runs us hands a request's "Proxy" header over as HTTP_PROXY.
  const bool inside_cgi = variables("REQUEST_METHOD").has_value();
  plain_ = inside_cgi ? first({"http_proxy", "ALL_PROXY", "all_proxy"}) : first({"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"});
  straight_ = text::lower(first({"NO_PROXY", "no_proxy"}).value);
}

Result<std::optional<Proxy>> Proxies::on_the_way_to(bool secure, std::string_view host, std::uint16_t port) const {
  const auto& setting = secure ? secure_ : plain_;
  if (setting.value.empty()) return std::nullopt;
  const auto address = address_of(host);
  if (host == "localhost" || (address && address->is_loopback()) || is_metadata(host, address)) return std::nullopt;
  for (const auto entry : text::words(straight_, ", \t\r\n"))
    if (goes_straight(entry, host, address, port)) return std::nullopt;
  TRY(proxy, read_proxy(setting.named, setting.value));
  return proxy;
}

Proxies proxies_of_environment() {
  return Proxies([](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace slipway::net
