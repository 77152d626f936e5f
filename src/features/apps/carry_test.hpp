// For tests: a server with hosts of apps, a workspace whose app the test plays, and browsers that are bytes.
#pragma once

#include "support/fake_clock.hpp"
#include "support/raw_app.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {

inline const std::string kSuffix = "--main--ws--owner.apps.example.com";
inline const std::string kHost = "web" + kSuffix;
inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline void with_hosts(server::Config& config) {
  config.access_url = "https://dev.example.com";
  config.wildcard_access_url = "*.apps.example.com";
}

// A server, and a workspace of its owner whose app "web" is at `url`.
struct Way {
  explicit Way(const std::string& url, const Clock& clock = system_clock())
      : srv(with_hosts, clock), row(add_agent(srv, srv.owner(), "ws", url)), agent(srv, row) {}

  std::string head(const std::string& line, const std::string& more = {}, const std::string& host = kHost) {
    return fmt::format("{}\r\nHost: {}\r\nCoder-Session-Token: {}\r\n{}\r\n", line, host, srv.owner().token, more);
  }
  // All that is answered to these bytes, which end the connection.
  std::string raw(const std::string& bytes) {
    RawSocket browser(srv.url());
    browser.send(bytes);
    std::string all;
    for (auto piece = browser.read(); !piece.empty(); piece = browser.read()) all += piece;
    return all;
  }
  std::string get(const std::string& path, const std::string& more = {}, const std::string& host = kHost) {
    return raw(head("GET " + path + " HTTP/1.1", "Connection: close\r\n" + more, host));
  }

  TestServer srv;
  AgentRow row;
  FakeAgent agent;
};

// An app that answers each request of a connection, which have no bodies, with these bytes.
inline std::function<void(RawSocket&)> saying(std::string answer) {
  return [answer](RawSocket& socket) {
    while (!socket.read_until("\r\n\r\n").empty()) socket.send(answer);
  };
}

inline int times(std::string_view text, std::string_view what) {
  int count = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace slipway::test
