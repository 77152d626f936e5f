// Hosts of apps: target--agent--workspace--user before a wildcard's suffix. Pure.
#pragma once

#include "base/result.hpp"
#include "features/apps/request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

// The wildcard that hosts of apps match, "*.apps.example.com[:port]" or "*-apps.example.com".
class Wildcard {
 public:
  // Errors: `invalid`, with the words that say what a wildcard is.
  static Result<Wildcard> parse(std::string_view setting);
  // What stands in place of the asterisk, whatever it is, in small letters; nothing for another host. A port and a dot at the end do not
  // count.
  std::optional<std::string> name_in(std::string_view host) const;
  // The host with `name` in place of the asterisk, and the port that people see, if any.
  std::string host(std::string_view name) const;
  const std::string& pattern() const { return pattern_; }  // without a port
  const std::string& setting() const { return setting_; }  // as it was given
  // As people are told of it, with its port.
  std::string printed() const { return pattern_ + port_; }
  // The same, with the port of that URL if the setting names none of its own.
  Wildcard with_port_of(std::string_view url) const;
  // Does its cookie reach hosts that are none of apps?
  bool shares_cookies() const { return !suffix_.starts_with('.'); }
  // Where the cookie of all of its hosts belongs: what is behind its first dot, with a dot before it.
  std::string cookie_domain() const;

 private:
  std::string setting_, pattern_, suffix_, port_;  // the port with its colon
};

struct AppName {
  std::string prefix;  // with its "---", or empty
  std::string target, agent, workspace, user;

  bool operator==(const AppName&) const = default;
};
// Nothing for what is no app's name.
std::optional<AppName> parse_name(std::string_view name);
std::string print_name(const AppName& name);

}  // namespace slipway::apps
