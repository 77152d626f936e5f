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

// A stream that has nothing to say says so now and then, for proxies that end idle ones.
class Quiet {
 public:
  explicit Quiet(const http::Call& call) : call_(call), since_(call.now()) {}
  bool is_long() const { return call_.now() - since_ >= kPing; }
  void broken() { since_ = call_.now(); }
  // How long to wait for news: not beyond the next ping.
  Milliseconds wait(Milliseconds most) const {
    return std::max(Milliseconds(1), std::min(most, std::chrono::ceil<Milliseconds>(since_ + kPing - call_.now())));
  }

 private:
  static constexpr Seconds kPing{15};
  const http::Call& call_;
  Time since_;
};

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
  Quiet quiet(call);
  for (std::string last = std::move(first);;) {
    co_await news.wait(quiet.wait(right.fresh()));
    if (!co_await right.holds()) break;
    auto now = co_await snapshot(call, id);
    if (!now) break;
    if (*now == last && !quiet.is_long()) continue;
    auto sent = *now == last ? co_await events.ping() : co_await events.data(*now);
    if (!sent) co_return http::Handled{};
    quiet.broken();
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
  Quiet quiet(call);
  std::string last;
  bool open = co_await pusher->push("{\"type\":\"data\",\"data\":" + first + "}");
  last = std::move(first);
  while (open && !pusher->gone()) {
    co_await news.wait(quiet.wait(right.fresh()));
    if (!co_await right.holds()) break;
    auto now = co_await snapshot(call, id);
    if (!now) break;
    if (*now == last && !quiet.is_long()) continue;
    open = *now == last ? co_await pusher->push(R"({"type":"ping"})") : co_await pusher->push("{\"type\":\"data\",\"data\":" + *now + "}");
    quiet.broken();
    last = std::move(*now);
  }
  co_await pusher->close();
  co_return http::Handled{};
}

}  // namespace

void add_watch_routes(http::Routes& routes, http::Authenticator& authenticator) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/watch",
                                      [&authenticator](http::Call& call) { return watch(call, authenticator); });
  routes.get<Auth::user, Audit::none>("/api/v2/workspaces/{workspace}/watch-ws",
                                      [&authenticator](http::Call& call) { return watch_socket(call, authenticator); });
}

}  // namespace slipway::workspaces
