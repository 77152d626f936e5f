// X11 forwarding: a display of the workspace whose programs appear on the client's screen. home: own thread.
#pragma once

#include "agent/ssh_socket.hpp"

#include <string>
#include <string_view>

namespace slipway::agent {

struct X11Display {
  std::shared_ptr<Listener> listener;
  int number = 0;  // the port is 6000 more
};

// On the first free display from number 10, on the loopback address. Errors: too_many when none is free.
Result<X11Display> open_display(const asio::any_io_executor& home);

// The text of an .Xauthority file with that one cookie (hexadecimal, as the client sends it) for display `number`, under
// whichever name it is reached. Errors: invalid when the cookie is no such number. Pure.
Result<std::string> authority(int number, std::string_view protocol, std::string_view cookie);

}  // namespace slipway::agent
