// Streams into a workspace that a caller carries: what each opens, and how it is told to the connection log.
#pragma once

#include "features/connections/connections.hpp"
#include "features/reach/access.hpp"
#include "features/tunnels/tunnels.hpp"
#include "http/live.hpp"

namespace slipway::reach {

// What streams go by.
struct Ways {
  tunnels::Tunnels& tunnels;
  connections::Sessions& sessions;
  http::Authenticator& authenticator;
};

struct Into {
  AgentId agent;
  tunnels::Target target;
  std::shared_ptr<connections::Carried> carried = std::make_shared<connections::Carried>();
  std::string cookie = {};  // the Set-Cookie of the handshake's answer
};

// How bytes go both ways. Why it ended. Errors: the handshake was refused.
using Carrier = Task<Result<std::string>> (*)(http::Call&, tunnels::Tunnels&, http::Standing, Into);

connections::Opening opening_of(const sql::Found& agent, std::string_view type, rbac::Action by = rbac::Action::ssh);
bool server_stops(const http::Live& live, const tunnels::Tunnels& tunnels);
// Why a session is over, in the words of the connection log. A tunnel that ends because the server stops looks as if its agent had
// ended the stream.
std::string why_over(const http::Live& live, const tunnels::Tunnels& tunnels, bool ended_by_itself);
// What is opened here stands in the connection log, and is not so much as dialled for a handshake that will be refused.
Task<Result<http::Handled>> enter(http::Call& call, Ways ways, connections::Opening opening, Into into, Carrier carrier);

}  // namespace slipway::reach
