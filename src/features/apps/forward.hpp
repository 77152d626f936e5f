// What of a request goes on to an app, and what of its answer comes back. Pure.
#pragma once

#include "base/result.hpp"

#include "net/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

struct Upstream {
  std::uint16_t port = 0;
  bool tls = false;
  std::string host;           // of the app's URL, which a server that speaks TLS is asked for
  std::string target;         // path and query
  std::string default_query;  // of the app's URL: what its first page is asked with when its visitor says nothing else
};
// Where a request for `rest`, without the slash that it begins with, goes: of the app's URL only scheme, port and path count, and to them
// `rest` and `query` are joined byte for byte, but for the parameters of ours. Errors: `invalid`, a port that is none or not to be reached; `precondition`, no URL of HTTP.
Result<Upstream> upstream_of(std::string_view app_url, std::string_view rest, std::string_view query);

// Is this cookie ours? None of them reaches an app, and no app sets one. On the dashboard's own address more names are: all that begin
// as ours do, and those that apps elsewhere have for themselves.
bool is_ours(std::string_view cookie_name, bool own_host);

struct Front {
  std::string client_ip;
  std::string proxy_ip = {};  // of a proxy that is trusted, by which the request came; empty: none
  std::string host;           // as the browser named it
  bool tls = false;
  bool own_host = false;
  std::string session_token = {};            // what proved the caller
  bool upgrade = false;                      // the connection is to become something else, so those fields stay
  bool awaits_continue = false;              // the caller sends its body when it is told to
  std::optional<std::uint64_t> length = {};  // of the body; nothing: chunked
};
// The fields that an app is sent. How long the body is follows `front` alone, whatever the caller's fields say.
net::Headers to_app(const net::Headers& from, const Front& front);

struct Back {
  std::string base;  // the path of all the app's pages: its cookies stay below
  bool upgrade = false;
  bool sandbox = true;    // its pages get an origin of their own, which is nobody's (decision 0024)
  bool own_host = false;  // what it says for its whole origin is its own affair
  std::string host = {};  // its own, without a port
};
// The fields of an app's answer that reach a browser. Under the dashboard's address by an allow list, for whatever a browser does for a
// whole origin would be done for the dashboard's; on a host of its own all but what is of one connection, and cookies that others get.
net::Headers from_app(const net::Headers& from, const Back& back);

// What comes behind a chunked body, either way: nothing that says how long it is, whose it is or what it may do.
net::Headers trailers_to_app(const net::Headers& from);
net::Headers trailers_from_app(const net::Headers& from, const Back& back);

}  // namespace slipway::apps
