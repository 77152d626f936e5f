// What belongs to one loop and outlives its requests. home: own thread.
#pragma once

#include "store/db.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

namespace slipway::http {

// Deployment facts that handlers need; made from the configuration, the same on every loop.
struct Site {
  std::string access_url;            // scheme://host[:port], no trailing slash
  std::string wildcard_access_host;  // "*.apps.example.com", or empty
  std::string version;               // "v2.30.0+slipway.…": what clients compare
  std::string build_url;
  bool secure_cookies = false;               // cookies only over TLS
  bool host_prefix = false;                  // the session's cookie is one that no other host can set
  bool debug_builds = false;                 // administrators may ask for builds that log what the tool does
  bool allow_renames = false;                // of workspaces
  std::vector<std::string> trusted_proxies;  // networks whose X-Forwarded-For is believed
  int proxy_hops = 0;
  std::vector<std::string> origins;  // exact origins, besides our own, that may open WebSockets
};

// What open streams of one loop know of their callers' rights (standing.hpp). An answer is good for three seconds: with the time to
// ask, even on a busy machine, whatever was taken away is gone within five.
class Standings;
std::shared_ptr<Standings> make_standings(const boost::asio::any_io_executor& executor, Milliseconds good_for = Seconds(3));

struct Home {
  boost::asio::any_io_executor executor;
  std::size_t index;  // 0 .. loops-1
  store::Db db;
  std::shared_ptr<const Site> site;
  std::shared_ptr<Standings> standings = make_standings(executor);
};

}  // namespace slipway::http
