#include "aio/task.hpp"
#include "features/apps/token.hpp"
#include "http/home.hpp"

#include <boost/asio/post.hpp>

#include <mutex>
#include <unordered_map>

namespace slipway::apps {

namespace {

// What was told is of no use once every token of that time is over, whatever the clocks of two servers say.
constexpr Seconds kKept = 2 * (kTokenLife + kTokenLeeway);
constexpr std::size_t kFew = 64;

// Until when what was given out is no good.
struct Told {
  std::unordered_map<Uuid, Time> until;
  std::size_t swept = kFew;

  bool covers(const Uuid& id, Time issued) const {
    const auto found = until.find(id);
    return found != until.end() && issued <= found->second;
  }
  void put(const Uuid& id, Time since) {
    auto& last = until.try_emplace(id, since).first->second;
    last = std::max(last, since);
    if (until.size() <= 2 * swept) return;
    std::erase_if(until, [since](const auto& one) { return one.second + kKept < since; });
    swept = std::max(until.size(), kFew);
  }
};

}  // namespace

// One stream that waits for news. Its Watch owns it; another loop that tells may hold it a moment longer, so that its being there says nothing.
struct Revoked::Entry {
  boost::asio::any_io_executor where;
  std::optional<UserId> user;
  WorkspaceId workspace;
  std::function<void()> lost;
  bool over = false;  // the Watch has ended; on its loop only
};

void Revoked::Watch::end() noexcept {
  if (entry_) entry_->over = true;
}

Revoked::Watch& Revoked::Watch::operator=(Watch&& other) noexcept {
  if (this == &other) return *this;
  end();
  entry_ = std::move(other.entry_);
  return *this;
}

struct Revoked::State {
  mutable std::mutex mutex;  // all of it; never held over an await
  Told users, workspaces;
  std::optional<Time> everybody;
  std::vector<std::weak_ptr<Entry>> watched;
  std::size_t swept = kFew;

  // Tells those of whom `is_meant` says so.
  template <class F>
  void tell(F is_meant) {
    std::vector<std::shared_ptr<Entry>> now;
    {
      const std::lock_guard lock(mutex);
      for (const auto& place : watched)
        if (auto entry = place.lock(); entry && is_meant(*entry)) now.push_back(std::move(entry));
    }
    for (const auto& entry : now)
      boost::asio::post(entry->where, [to = std::weak_ptr(entry)] {
        if (const auto there = to.lock(); there && !there->over) there->lost();
      });
  }
};

Revoked::Revoked() : state_(std::make_shared<State>()) {}
Revoked::~Revoked() = default;

void Revoked::of_user(UserId user, Time since) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->users.put(user.uuid, since);
  }
  state_->tell([user](const Entry& entry) { return entry.user == user; });
}

void Revoked::of_workspace(WorkspaceId workspace, Time since) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->workspaces.put(workspace.uuid, since);
  }
  state_->tell([workspace](const Entry& entry) { return entry.workspace == workspace; });
}

void Revoked::of_everybody(Time since) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->everybody = std::max(state_->everybody.value_or(since), since);
  }
  state_->tell([](const Entry&) { return true; });
}

bool Revoked::is(const Claims& claims) const {
  const Time issued = claims.issued_at.value_or(claims.expires_at - kTokenLife);
  const std::lock_guard lock(state_->mutex);
  if (state_->everybody && issued <= *state_->everybody) return true;
  if (claims.visitor && state_->users.covers(claims.visitor->id.uuid, issued)) return true;
  return state_->workspaces.covers(claims.workspace.uuid, issued);
}

Revoked::Watch Revoked::watch(boost::asio::any_io_executor where, const Claims& claims, std::function<void()> lost) const {
  auto entry = std::make_shared<Entry>(Entry{.where = std::move(where),
                                             .user = claims.visitor ? std::optional(claims.visitor->id) : std::nullopt,
                                             .workspace = claims.workspace,
                                             .lost = std::move(lost)});
  const std::lock_guard lock(state_->mutex);
  state_->watched.push_back(entry);
  if (state_->watched.size() > 2 * state_->swept) {
    std::erase_if(state_->watched, [](const auto& place) { return place.expired(); });
    state_->swept = std::max(state_->watched.size(), kFew);
  }
  return Watch(std::move(entry));
}

Task<void> Revoked::keep(http::Home& home) {
  const auto hear = [this, &clock = home.db.clock()](const pg::Wake& wake) {
    const Time now = clock.now();
    const std::string_view told = wake.payload;
    if (wake.missed || told == "*") return of_everybody(now);
    const auto id = told.size() > 2 ? Uuid::parse(told.substr(2)) : std::nullopt;
    if (id && told.starts_with("u/")) of_user(UserId{*id}, now);
    if (id && told.starts_with("w/")) of_workspace(WorkspaceId{*id}, now);
  };
  const auto subscription = home.db.listener().subscribe(home.executor, std::string(kRevocations), hear);
  for (;;) co_await aio::sleep(std::chrono::hours(24));
}

}  // namespace slipway::apps
