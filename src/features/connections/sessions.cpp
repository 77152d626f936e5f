// What the connection log is told of each session.
#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "crypto/hash.hpp"
#include "features/connections/connections.hpp"
#include "features/connections/objects.hpp"

namespace slipway::connections {

namespace {

constexpr Seconds kAlive{30};              // a server that said nothing for so long is gone
constexpr Seconds kLook{60};               // for sessions of such servers
constexpr std::chrono::minutes kSoon{60};  // a port or stream that is opened again within it goes on in its row
constexpr Milliseconds kWriteLimit{5'000};
constexpr std::size_t kAgentBytes = 500;  // of what a browser calls itself
constexpr std::string_view kGone = "The server that carried it has gone.";

class Counted final : public net::Stream {
 public:
  Counted(std::unique_ptr<net::Stream> inner, std::shared_ptr<Carried> carried) : inner_(std::move(inner)), carried_(std::move(carried)) {}

  Task<Result<std::size_t>> read_some(std::span<char> into) override {
    auto got = co_await inner_->read_some(into);
    if (got) carried_->tx += static_cast<std::int64_t>(*got);
    co_return got;
  }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    auto done = co_await inner_->write(bytes, more);
    if (done) carried_->rx += static_cast<std::int64_t>(bytes.size() + more.size());
    co_return done;
  }
  Task<Result<void>> shutdown_send() override { return inner_->shutdown_send(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::unique_ptr<net::Stream> inner_;
  std::shared_ptr<Carried> carried_;
};

using MayEnter = store::OneOf<store::Permit<rbac::Action::ssh, rbac::Resource::workspace>,
                              store::Permit<rbac::Action::application_connect, rbac::Resource::workspace>>;

Result<MayEnter> may_enter(store::Tx& tx, const Opening& opening) {
  if (opening.by == rbac::Action::application_connect) {
    TRY(may, (tx.permit<rbac::Action::application_connect, rbac::Resource::workspace>(opening.workspace)));
    return MayEnter(may);
  }
  TRY(may, (tx.permit<rbac::Action::ssh, rbac::Resource::workspace>(opening.workspace)));
  return MayEnter(may);
}

// The same for all that carries one stream of a person from one address, and for nothing of anybody else.
Uuid connection_of(const http::Call& call, const Opening& opening) {
  if (opening.stream.is_nil()) return Uuid::random();
  const auto digest = crypto::sha256(fmt::format("{} {} {}", call.actor().user_id.str(), opening.stream.str(), call.client_ip()));
  Uuid out;
  std::copy_n(digest.begin(), out.bytes.size(), out.bytes.begin());
  return out;
}

std::string key_of(const http::Call& call, const Opening& opening, const Uuid& connection) {
  if (!opening.stream.is_nil())
    return fmt::format("{} {} {}", connection.str(), WorkspaceId{opening.workspace.object().id}.str(), opening.agent_name);
  if (opening.type != kPort) return {};
  return fmt::format("{} {} {} {} {}", call.actor().user_id.str(), WorkspaceId{opening.workspace.object().id}.str(), opening.agent_name, opening.port,
                     call.client_ip());
}

}  // namespace

std::unique_ptr<net::Stream> counted(std::unique_ptr<net::Stream> into_workspace, std::shared_ptr<Carried> carried) {
  return std::make_unique<Counted>(std::move(into_workspace), std::move(carried));
}

Task<Result<Begun>> Sessions::write(http::Call& call, const Opening& opening, Begun session) {
  const Time now = call.now();
  sql::BeginArgs row{.now = now,
                     .workspace_name = opening.workspace_name,
                     .agent_name = opening.agent_name,
                     .type = opening.type,
                     .ip = call.client_ip(),
                     .user_agent = std::string(utf8::cut(utf8::clean(call.user_agent()), kAgentBytes)),
                     .user_id = call.actor().user_id,
                     .port = opening.port,
                     .connection_id = session.connection,
                     .replica_id = replica_,
                     .since = now - kSoon};
  const sql::GoOnArgs same{.replica_id = replica_,
                           .user_id = call.actor().user_id,
                           .agent_name = opening.agent_name,
                           .port = opening.port,
                           .ip = call.client_ip(),
                           .day_ago = now - std::chrono::hours(24),
                           .since = now - kSoon};
  auto body = [&](store::Tx& tx) -> Task<Result<void>> {
    CO_TRY(may, may_enter(tx, opening));
    if (opening.type == kPort) {
      CO_TRY(known, co_await sql::go_on(tx, may, same));
      if (known) {
        session.connection = *known;
        co_return Result<void>();
      }
    }
    CO_TRY(begun, co_await sql::begin(tx, may, row));
    if (begun) co_return Result<void>();
    // It ended too long ago to go on.
    row.connection_id = session.connection = Uuid::random();
    CO_CHECK(co_await sql::begin(tx, may, row));
    co_return Result<void>();
  };
  CO_CHECK(co_await call.store().tx(body));
  co_return session;
}

Task<Result<Begun>> Sessions::begin(http::Call& call, const Opening& opening) {
  const auto connection = connection_of(call, opening);
  Begun session{.connection = connection,
                .workspace = WorkspaceId{opening.workspace.object().id},
                .agent_name = opening.agent_name,
                .key = key_of(call, opening, connection)};
  if (session.key.empty()) co_return co_await write(call, opening, std::move(session));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = open_.find(session.key); found != open_.end()) {
      ++found->second.streams;
      session.connection = found->second.connection;
      co_return session;
    }
  }
  CO_TRY(begun, co_await write(call, opening, std::move(session)));
  const std::lock_guard lock(mutex_);
  // Where two begin the same at once, the second is a session of its own.
  if (!open_.try_emplace(begun.key, Held{.streams = 1, .carried = {}, .connection = begun.connection}).second) begun.key.clear();
  co_return begun;
}

// Nothing when other streams of the session are still open.
std::optional<Carried> Sessions::leave(const Begun& session, Carried carried) {
  if (session.key.empty()) return carried;
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(session.key);
  if (found == open_.end()) return carried;
  found->second.carried.rx += carried.rx;
  found->second.carried.tx += carried.tx;
  if (--found->second.streams > 0) return std::nullopt;
  return std::exchange(found->second.carried, Carried{});
}

bool Sessions::came_back(const Begun& session) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(session.key);
  if (found == open_.end()) return false;
  if (found->second.streams > 0) return true;
  open_.erase(found);
  return false;
}

Task<void> Sessions::end(http::Home& home, Begun session, std::string why, Carried carried) {
  const auto all = leave(session, carried);
  if (!all) co_return;
  auto duty = home.db.duty<rbac::Duty::connection_keeper>();
  const sql::EndSessionArgs row{.replica_id = replica_,
                                .now = duty.now(),
                                .reason = std::move(why),
                                .rx_bytes = all->rx,
                                .tx_bytes = all->tx,
                                .connection_id = session.connection,
                                .workspace_id = session.workspace,
                                .agent_name = session.agent_name};
  auto written = co_await aio::with_deadline(kWriteLimit, "The database did not answer.", sql::end_session(duty, row));
  // Until it is written, whoever comes joins this session and not another one.
  const bool goes_on = came_back(session);
  if (written && goes_on) written = co_await sql::reopen(duty, session.connection, session.workspace, session.agent_name);
  if (!written) log::warn("could not write that a session has ended", {{"connection", session.connection.str()}, {"why", written.error().why}});
}

Task<void> Sessions::keep_ending_lost(http::Home& home) {
  for (;;) {
    co_await aio::sleep(kLook);
    auto duty = home.db.duty<rbac::Duty::connection_keeper>();
    auto ended = co_await sql::end_lost(duty, duty.now(), std::string(kGone), duty.now() - kAlive);
    if (!ended) log::warn("could not end the sessions of servers that are gone", {{"why", ended.error().why}});
  }
}

}  // namespace slipway::connections
