// Which proxy a connection takes, by the variables that every program of a machine shares: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and
// NO_PROXY, read as Go's own HTTP client does (docs/guide/does-not-connect.md has the rules). Pure but for proxies_of_environment().
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::net {

struct Proxy {
  bool secure = false;  // TLS up to the proxy itself
  std::string host;
  std::uint16_t port = 0;
  std::string user;  // with `password`: what it is told, if anything
  Secret password;
  std::string named;  // the variable that it comes from

  std::string str() const;            // "http://host:port": never what it is told
  std::string authorization() const;  // "Basic ...", or empty
};

// What is asked for: "localhost" and the machine's own addresses, metadata services of clouds and whatever NO_PROXY names go
// straight. A value; made without settings it sends everything straight.
class Proxies {
 public:
  // The value of a variable, if it is set.
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;

  Proxies() = default;
  explicit Proxies(const Variables& variables);

  // To `host` (a name in lower case, or an address without brackets). `secure`: TLS is spoken there. Errors: Code::invalid when the
  // variable that would count cannot be read, with its name and never its value.
  Result<std::optional<Proxy>> on_the_way_to(bool secure, std::string_view host, std::uint16_t port) const;

 private:
  struct Setting {
    std::string named, value;
  };
  Setting secure_, plain_;
  std::string straight_;  // NO_PROXY
};

// Those of this process.
Proxies proxies_of_environment();

}  // namespace slipway::net
