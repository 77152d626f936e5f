// What a person sees in place of an app: each state's page, self-contained. Everything in it that others wrote is escaped.
#pragma once

#include "net/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::apps {

struct Button {
  std::string text, href;
  bool main = false;
};

struct Page {
  int status = 500;
  std::string title, text;
  std::vector<std::string> warnings = {};
  std::vector<Button> buttons = {};
  bool retry = false;  // a Retry button, to the same address
};

net::Response page(const Page& page);

// The pages of docs/guide/apps.md. `site` is the dashboard's address.
net::Response invalid_address(std::string_view name, std::string_view site);
net::Response not_found(std::vector<std::string> warnings, std::string_view site);
// `start`: where whoever may start the workspace does so, empty for everybody else.
net::Response stopped(std::string_view transition, std::string_view start, std::string_view site);
net::Response agent_away(std::string_view state, std::string_view site);
net::Response unreachable(std::string_view why, std::vector<std::string> listening, std::string_view twin, std::string_view twin_scheme,
                          std::string_view site);
net::Response broken(std::string_view site);
net::Response path_apps_off(std::string_view site);
net::Response bad_request(std::string_view text, std::string_view site);

}  // namespace slipway::apps
