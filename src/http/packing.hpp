// Which answers are compressed and may be asked for anew by their entity tag: decided here and nowhere else. What is not named is sent
// as it is: an answer in which a secret and a caller's text are compressed together tells the secret by its length (docs/decisions/0037).
#pragma once

#include "aio/task_fwd.hpp"
#include "http/routes.hpp"

#include <string_view>
#include <vector>

namespace slipway::http {

// Patterns of GET routes whose answers are lists and views without a secret of ours.
std::span<const std::string_view> packed_routes();

// The parts of such an answer that stay outside of the compression: what templates set for the programs of workspaces. Nothing at all
// when something in it is said to be sensitive: then the whole stays as it is.
std::optional<std::vector<std::string_view>> kept_apart(std::string_view json);

// Gives the answer its entity tag, and turns it into 304 when the caller holds it, or packs it when the caller takes that and it is worth
// it. `route` null or not among those above, or an answer with a cookie or a secret: untouched.
Task<void> pack(const Route* route, const net::Request& request, net::Response& response);

}  // namespace slipway::http
