// Who may open an app under this server's own address. Such an app shares the dashboard's origin, so that its pages could act as
// whoever looks at them: with the usual settings nobody but the workspace's owner may. Pure.
#pragma once

#include <string>
#include <string_view>

namespace slipway::apps {

// Both off unless the administrators accept that danger.
struct Dangers {
  bool path_sharing = false;       // CODER_DANGEROUS_ALLOW_PATH_APP_SHARING: an app's own sharing level counts
  bool site_owner_access = false;  // CODER_DANGEROUS_ALLOW_PATH_APP_SITE_OWNER_ACCESS: others with the right to connect, too
  bool same_origin = false;        // SLIPWAY_DANGEROUS_ALLOW_PATH_APP_SAME_ORIGIN: pages are not sandboxed (decision 0024)
};

struct Visit {
  std::string_view level;            // the app's sharing level, as its template says
  bool signed_in = false;            // the rest is false otherwise
  bool owns = false;                 // the workspace
  bool may_connect = false;          // application_connect on the workspace
  bool may_connect_to_own = false;   // application_connect on a workspace of the visitor's own
  bool in_the_organization = false;  // of the workspace
};

bool may_open(const Visit& visit, const Dangers& dangers);
// Why somebody who could connect to the workspace may not open its app here; empty when that is not the reason. Not to be told to
// others: they learn not even that there is such an app.
std::string why_closed(const Visit& visit, const Dangers& dangers);

}  // namespace slipway::apps
