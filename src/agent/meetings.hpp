// Tunnels to workspace proxies, besides the one to the server: each is opened because the server asks for it, and opened once. Over them
// go ports and terminals, and nothing else. home: own thread; lives until stop() has returned.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "base/result.hpp"
#include "net/client.hpp"
#include "tunnel/acceptor.hpp"

#include <functional>
#include <list>
#include <string>

namespace slipway::agent {

class Meetings {
 public:
  static constexpr std::size_t kMost = 32;  // proxies at a time

  // `handlers` makes what a tunnel's requests go to.
  Meetings(const asio::any_io_executor& home, std::function<tunnel::Handlers()> handlers);

  // Goes to the proxy at `url`, which knows this agent by `ticket`. Errors: invalid for no such address, too_many.
  Result<void> come(std::string url, std::string ticket);
  std::size_t size() const { return open_.size(); }
  // Ends the tunnels to the proxy at `url`, which the server has taken away. Errors: invalid for no address.
  Result<void> part(std::string_view url);
  // Ends every tunnel; new ones may come.
  void hang_up();
  Task<void> stop();

 private:
  struct Meeting {
    Meeting(std::string the_origin, const asio::any_io_executor& home) : origin(std::move(the_origin)), end(home) {}
    std::string origin;
    aio::Event end;
  };
  using Ends = std::list<Meeting>;
  static Task<void> meet(Meetings* self, Ends::iterator meeting, std::string ticket);
  Task<void> carry(std::string url, std::string ticket);

  std::function<tunnel::Handlers()> handlers_;
  net::Client client_;
  Ends open_;
  aio::Nursery nursery_;
};

}  // namespace slipway::agent
