// What an operator says about machines that prove themselves. Light: configurations include it.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::identity {

inline constexpr std::string_view kGoogleKeySet = "https://www.googleapis.com/oauth2/v3/certs";

// How the internet is reached. Tests stand in for it; no setting does.
struct Reach {
  std::function<Task<Result<std::vector<std::string>>>(std::string host, Milliseconds limit)> resolve;  // null: net::resolve
  std::function<bool(std::string_view address)> is_public;                                              // null: is_public_address
  std::uint16_t port = 0;                                                                               // dialled instead of the URL's; 0: that
};

struct Options {
  std::vector<std::string> providers = {"aws", "azure", "google"};  // "none": none
  std::string aws_certificates;                                     // a PEM file, or a folder of <region>.pem; empty: those that are brought along
  std::string azure_roots;                                          // a PEM file; empty: the system's
  std::string azure_intermediates;                                  // a PEM file; empty: those that are brought along
  std::string google_jwks{kGoogleKeySet};                           // a URL or a file
  std::string google_audience = "coder";                            // "*": any
  std::vector<std::string> google_issuers;                          // empty: Google's two while the key set is Google's, else any
  bool offline = false;                                             // nothing is ever fetched
  bool packaged = true;                                             // no flag leads to another: the certificates that are brought along count
  Reach reach;                                                      // nor here
};

}  // namespace slipway::identity
