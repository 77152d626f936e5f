// What a browser shows where there is neither an app nor the dashboard: one sentence and a way back.
#pragma once

#include "net/message.hpp"

#include <string>
#include <string_view>

namespace slipway::http {

// What others wrote, as text of a page or within the quotes of an attribute.
std::string escape_html(std::string_view text);

// The request is a browser's that wants to show something.
bool navigates(const net::Request& request);

struct Link {
  std::string_view text, address;  // of this site
};
// Title and text are escaped.
net::Response page(int status, std::string_view title, std::string_view text, Link back);

}  // namespace slipway::http
