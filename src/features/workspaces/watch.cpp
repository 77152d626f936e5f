// A workspace watched live: the whole workspace on every change, as server-sent events or over a WebSocket.
#include "api/gen/response.hpp"
#include "features/resources/resources.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/live.hpp"
#include "http/routes.hpp"

namespace slipway::workspaces {

namespace {

Task<Result<std::string>> snapshot(http::Call& call, WorkspaceId id) {
  CO_TRY(row, co_await find(call, id, true));
  CO_TRY(wire, co_await to_wire(call, row));
  co_return api::to_json(wire);
}

http::Standing standing(http::Call& call, http::Authenticator& authenticator, WorkspaceId id) {
  auto reads = [id, viewer = call.actor().user_id.uuid](store::Store& now) -> Task<Result<bool>> {
    CO_TRY(row, co_await sql::by_id(now, viewer, id));
    co_return row.has_value();
  };
  return {call, authenticator, "workspace read " + id.str(), std::move(reads)};
}

Task<Result<http::Handled>> watch(http::Call& call, http::Authenticator& authenticator, http::Frames frames) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(last, co_await snapshot(call, id));
  http::LiveOptions options{.topics = {{std::string(resources::kWorkspaceNews), id.str()}}};
  http::Live live(call, standing(call, authenticator, id), std::move(options));
  CO_CHECK(co_await live.open(frames));
  bool open = co_await live.send(last);
  while (open && co_await live.next() != http::Live::Why::over) {
    auto now = co_await snapshot(call, id);
    if (!now) break;
    if (*now == last) continue;
    open = co_await live.send(*now);
    last = std::move(*now);
  }
  co_await live.close();
  co_return http::Handled{};
}

}  // namespace

void add_watch_routes(http::Routes& routes, http::Authenticator& authenticator) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/watch",
                                      [&authenticator](http::Call& call) { return watch(call, authenticator, http::Frames::events); });
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/watch-ws",
                                      [&authenticator](http::Call& call) { return watch(call, authenticator, http::Frames::typed); });
}

}  // namespace slipway::workspaces
