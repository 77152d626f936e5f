// Who may open an app, a port or a terminal (docs/guide/apps.md). Pure: what the policy says is asked on the way, and only where it
// decides.
#pragma once

#include "features/apps/request.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::apps {

// An app under the dashboard's own address shares its origin, so that its pages could act as whoever looks at them. All off unless the
// administrators accept that danger.
struct Dangers {
  bool path_sharing = false;       // CODER_DANGEROUS_ALLOW_PATH_APP_SHARING: an app's own sharing level counts
  bool site_owner_access = false;  // CODER_DANGEROUS_ALLOW_PATH_APP_SITE_OWNER_ACCESS: others with the right to connect, too
  bool same_origin = false;        // SLIPWAY_DANGEROUS_ALLOW_PATH_APP_SAME_ORIGIN: pages are not sandboxed (decision 0024)
};

// Somebody at the door.
struct Knock {
  Method method = Method::path;
  std::string_view level;   // how far the app or port is shared: owner, organization, authenticated or public; empty: owner
  bool known = false;       // who it is; the rest is false otherwise
  bool owns = false;        // the workspace
  bool site_owner = false;  // has that role
  bool member = false;      // of the workspace's organization
  bool listed = false;      // shared with this very person, or with a group of theirs
};

// What the policy says of whoever knocks.
struct Policy {
  std::function<bool()> may_reach;      // the workspace: application_connect, or ssh for a terminal
  std::function<bool()> may_reach_own;  // a workspace of their own, in any organization: whether their key is good for that at all
};

struct Verdict {
  bool open = false;
  std::vector<std::string> warnings = {};  // why not, for somebody who is known; empty when there is nothing to say
};
Verdict judge(const Knock& knock, const Policy& policy, const Dangers& dangers);

}  // namespace slipway::apps
