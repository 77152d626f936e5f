// Every statement that reads as one actor, called for somebody without the right and for somebody who has it.
#include "rbac/role.hpp"
#include "rbac/scope.hpp"
#include "rbac/subject.hpp"
#include "whole/world.hpp"

#include <gtest/gtest.h>

#include <set>

namespace slipway::test {
namespace {

store::ActorPtr acting(const std::string& id, const std::vector<std::string>& site_roles, const std::vector<std::string>& organizations,
                       const std::vector<std::string>& groups, rbac::ScopePtr scope) {
  rbac::Grants grants{.site = site_roles, .organizations = {}};
  for (const auto& organization : organizations)
    grants.organizations.push_back(
        {.organization = *OrganizationId::parse(organization), .default_roles = {"organization-workspace-access"}, .roles = {}});
  std::vector<GroupId> in;
  for (const auto& group : groups) in.push_back(*GroupId::parse(group));
  const rbac::RoleBook book({});
  auto subject =
      rbac::Subject::make({.id = *UserId::parse(id), .roles = rbac::expand(book, grants), .groups = std::move(in), .scope = std::move(scope)});
  return std::make_shared<store::Actor>(
      store::Actor{.kind = store::Actor::Kind::user, .user_id = *UserId::parse(id), .name = "test", .subject = std::move(*subject)});
}

// Whoever is signed in chooses one of the proxies.
const std::set<std::string> kForEverybody{"proxies.by_id", "proxies.by_name"};

struct Seen {
  std::size_t entitled = 0, nobody = 0, narrowed = 0, stranger = 0;
};

Task<Result<Seen>> look(store::Db& db, const proof::Reading::Call& call, const proof::Arguments& give, const World& world) {
  Seen seen;
  const auto count = [&](store::ActorPtr who, std::size_t& out) -> Task<Result<void>> {
    auto store = db.store_for(std::move(who));
    CO_TRY(rows, co_await call(store, give));
    out = rows;
    co_return Result<void>();
  };
  const std::vector<std::string> one_pair_only{"notification_message:read"};
  CO_TRY(one_pair, rbac::scope_of_key(one_pair_only, rbac::AllowList::everything()));
  CO_CHECK(co_await count(acting(world.server.owner().id, {"owner"}, {world.here.organization}, {}, rbac::scope_all()), seen.entitled));
  CO_CHECK(co_await count(acting(Uuid::random().str(), {}, {}, {}, rbac::scope_all()), seen.nobody));
  CO_CHECK(co_await count(acting(world.server.owner().id, {"owner"}, {world.here.organization}, {}, one_pair), seen.narrowed));
  CO_CHECK(co_await count(acting(world.bo.id, {}, {world.there.organization}, {world.there.group}, rbac::scope_all()), seen.stranger));
  co_return seen;
}

TEST(StoreFunctions, ThatReadAsSomebodyShowAStrangerNothing) {
  TestServer server;
  const World world(server);
  const auto give = world.arguments();
  const auto work = [&]() -> Task<int> {
    pg::Pool pool(co_await aio::executor(), pg::PoolOptions{.connect = server.database().options()});
    pg::Listener listener(co_await aio::executor(), server.database().options());
    store::Db db(pool, listener, system_clock());
    for (const auto& [name, call] : proof::Reading::all()) {
      const auto seen = co_await look(db, call, give, world);
      if (!seen) {
        ADD_FAILURE() << name << ": " << seen.error().say << " " << seen.error().why;
        continue;
      }
      EXPECT_GE(seen->entitled, 1U) << name << " shows its row to nobody: give it arguments in World::arguments (tests/whole/world.cpp)";
      EXPECT_EQ(seen->narrowed, 0U) << name << " shows rows to a key whose scope does not name them";
      if (kForEverybody.contains(name)) continue;
      EXPECT_EQ(seen->nobody, 0U) << name << " shows rows to somebody without any role";
      EXPECT_LT(seen->stranger, std::max<std::size_t>(seen->entitled, 1)) << name << " shows a member of another organization as much as the owner";
    }
    co_await listener.stop();
    co_await pool.stop();
    co_return 0;
  };
  run(work);
  EXPECT_GT(proof::Reading::all().size(), 30U);
}

}  // namespace
}  // namespace slipway::test
