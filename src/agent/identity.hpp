// Where the session token comes from: given, read from a file, or exchanged for a proof that the
// cloud's metadata service issues. Metadata services are asked directly, never through a proxy.
#pragma once

#include "agent/control_plane.hpp"
#include "agent/options.hpp"

namespace slipway::agent {

// The body to post for that cloud. Errors: what the metadata service answered; any status but 2xx is one.
Task<Result<std::string>> fetch_proof(net::Client& client, AuthKind auth, const std::string& base, const std::string& agent_name);

// A token for `options`, asked anew at each call: a rebuilt workspace is another agent on the same machine.
Task<Result<Secret>> obtain_token(net::Client& client, ControlPlane& server, const Options& options);

// The host that is asked; CODER_AGENT_METADATA_URL replaces it, GCE_METADATA_HOST Google's alone. Pure.
std::string metadata_base(const Options& options, const Environment& environment);

}  // namespace slipway::agent
