// A workspace watched live: the whole workspace on every change, as server-sent events or over a WebSocket.
#include "api/gen/response.hpp"
#include "features/agents/agents.hpp"
#include "features/workspaces/workspaces.hpp"
#include "http/follow.hpp"
#include "http/routes.hpp"
#include "http/standing.hpp"

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
  return {call, authenticator, std::move(reads)};
}

Task<Result<http::Handled>> watch(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(first, co_await snapshot(call, id));
  http::News news(call, std::string(agents::kWorkspaceNews), id.str());
  http::Events events(call);
  CO_CHECK(co_await events.begin());
  CO_CHECK(co_await events.data(first));
  auto right = standing(call, authenticator, id);
  for (std::string last = std::move(first);;) {
    co_await news.wait(right.fresh());
    if (!co_await right.holds()) break;
    auto now = co_await snapshot(call, id);
    if (!now) break;
    auto sent = *now == last ? co_await events.ping() : co_await events.data(*now);
    if (!sent) co_return http::Handled{};
    last = std::move(*now);
  }
  CO_CHECK(co_await events.finish());
  co_return http::Handled{};
}

Task<Result<http::Handled>> watch_socket(http::Call& call, http::Authenticator& authenticator) {
  CO_TRY(id, call.path_id<WorkspaceId>("workspace"));
  CO_TRY(first, co_await snapshot(call, id));
  http::News news(call, std::string(agents::kWorkspaceNews), id.str());
  CO_TRY(pusher, co_await http::Pusher::open(call));
  pusher->on_gone([&news] { news.wake(); });
  auto right = standing(call, authenticator, id);
  std::string last;
  bool open = co_await pusher->push("{\"type\":\"data\",\"data\":" + first + "}");
  last = std::move(first);
  while (open && !pusher->gone()) {
    co_await news.wait(right.fresh());
    if (!co_await right.holds()) break;
    auto now = co_await snapshot(call, id);
    if (!now) break;
    if (*now == last) continue;
    open = co_await pusher->push("{\"type\":\"data\",\"data\":" + *now + "}");
    last = std::move(*now);
  }
  co_await pusher->close();
  co_return http::Handled{};
}

}  // namespace

void add_watch_routes(http::Routes& routes, http::Authenticator& authenticator) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/watch", [&authenticator](http::Call& call) { return watch(call, authenticator); });
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/watch-ws", [&authenticator](http::Call& call) { return watch_socket(call, authenticator); });
}

}  // namespace slipway::workspaces
