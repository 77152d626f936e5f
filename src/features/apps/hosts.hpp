// Apps on hosts of their own: which requests are for one, and the way of each to its app or to what it is answered instead
// (docs/guide/apps.md). One a process; any loop.
#pragma once

#include "base/metric.hpp"
#include "features/apps/apps.hpp"
#include "features/apps/resolve.hpp"
#include "http/rate.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

// The session cookie of path apps, where the dashboard's own is not to be had; that of all hosts of a wildcard, which is named after
// the wildcard's setting so that those of a wider or narrower one are others.
inline constexpr std::string_view kPathAppCookie = "coder_path_app_session_token";
// Empty at the dashboard's own address, which sets none: one that is there all the same was planted by a page of a host below.
std::string path_cookie(const Doors& doors);
std::string subdomain_cookie(std::string_view setting);

// The name of the wildcard's host at which a sealed key becomes the cookie of all of them. No app is there, so that none has a page or a
// service worker to whom a browser would show the key on its way; the parameter that says which app's address the browser wants.
inline constexpr std::string_view kSignInName = "coder-signin", kSignInTo = "to";

// What the host that a request asks for stands for.
struct Place {
  enum class Kind { ours, nameless, signing_in, signing_out, unreadable, app };

  Kind kind = Kind::ours;  // to be answered by the routes
  std::string name;        // in place of the wildcard's asterisk
  AppName app;             // of an app
};
Place place_of(const net::Request& request, const http::Site& site, const Wildcard& wildcard);

// The query without the pairs of that name; the others keep their bytes.
std::string without_parameter(std::string_view query, std::string_view name);
// The address of a path of this host, whatever it begins with.
std::string on_this_host(std::string_view path, std::string_view query);

enum class KeyPlace { path, subdomain };
// What a request that brings a sealed key in its address is answered: the key becomes a cookie, and the address is asked anew without
// it; or a page. Nothing when it brings none.
Task<std::optional<net::Response>> take_key(Doors& doors, Visit& visit, KeyPlace place);

class Hosts {
 public:
  // Requests that must be asked about, for they bring no good token, a minute: of a network, or of a session. 0: no limit.
  Hosts(Doors& doors, int cold_per_minute);

  // False: the host is none of an app's, and nothing was done.
  Task<bool> serve(net::Exchange& exchange, http::Home& home);
  void write(metric::Text& text) const;

 private:
  // What let a request in, or that it was answered in place of the app.
  struct Counts {
    metric::Counter by_token, asked, answered;
  };

  Task<net::Response> sign_in(Visit& visit) const;
  Task<void> serve_app(net::Exchange& exchange, Visit& visit, const Place& place);
  Task<std::optional<net::Response>> before(Visit& visit, const Place& place, const Claims* token);
  Task<std::optional<net::Response>> preflight(Visit& visit, const Place& place, const Claims* token);
  Task<void> carry_on(net::Exchange& exchange, Visit& visit, const Place& place, Admitted admitted);
  Asked asked_of(const Visit& visit, const Place& place) const;
  std::string_view dashboard(const Visit& visit) const;
  std::string counted_as(const Visit& visit) const;
  void count_answered(const Visit& visit, int status);

  Doors& doors_;
  http::RateLimit cold_;
  Counts counts_;
};

}  // namespace slipway::apps
