// What the store's tests with a database share: a table of things, statements on it as tools/sqlgen would write them, people, and
// a Db behind a proxy that can break its wire.
#pragma once

#include "pg/session.hpp"
#include "store/db.hpp"
#include "store/locked_gen.hpp"
#include "support/fake_clock.hpp"
#include "support/postgres_wire.hpp"

#include <gtest/gtest.h>

namespace slipway::store::testing {

using rbac::Action, rbac::Duty, rbac::Resource;
using May = Permit<Action::update, Resource::workspace>;
using MayLocked = LockedPermit<Action::update, Resource::workspace>;
using Way = test::Chaos::Way;

// A row that the policy judges as a workspace.
struct Thing {
  WorkspaceId id = WorkspaceId::random();
  std::string name = "thing";
  UserId owner = {};
  OrganizationId organization = {};
};

inline rbac::Object object_of(const Thing& row) {
  return {.type = Resource::workspace, .id = row.id.uuid, .owner = row.owner, .organization = row.organization};
}
inline Thing read_thing(const pg::Rows& rows, std::size_t row) {
  return {rows.get<WorkspaceId>(row, 0), rows.get<std::string>(row, 1), rows.get<UserId>(row, 2), rows.get<OrganizationId>(row, 3)};
}

// Two things of one name are found out at the commit only.
inline constexpr const char* kThings =
    "create table things (id uuid primary key, name text not null, owner_id uuid not null, organization_id uuid not null,"
    " constraint things_name unique (name) deferrable initially deferred)";

namespace sql {

inline constexpr pg::Statement kById{"things.by_id", "select id, name, owner_id, organization_id from things where id = $1", {}};
inline constexpr pg::Statement kLock{"things.lock", "select id, name, owner_id, organization_id from things where id = $1 for update", {}};
inline constexpr pg::Statement kRename{"things.rename", "update things set name = $2 where id = $1", {}};
inline constexpr pg::Statement kRemove{"things.remove", "delete from things where id = $1", {}};
inline constexpr pg::Statement kCount{"things.count", "select count(*) from things where name = $1", {}};
inline constexpr pg::Statement kSleep{"things.sleep", "select pg_sleep(60)", {}};

inline Task<Result<Thing>> by_id(Store& db, WorkspaceId id) { return Gen::one_judged<Thing>(db, kById, pg::Params::of(id), &read_thing); }
inline Task<Result<std::optional<Locked<Thing>>>> lock(Tx& tx, WorkspaceId id) {
  return LockedGen::opt<Thing>(tx, kLock, pg::Params::of(id), &read_thing);
}
inline Task<Result<void>> rename(Tx& tx, const May& may, const std::string& name) { return Gen::exec(tx, kRename, pg::Params::of(may.id(), name)); }
inline Task<Result<void>> rename_locked(Tx& tx, const MayLocked& may, const std::string& name) {
  return LockedGen::change(tx, kRename, pg::Params::of(may.id(), name));
}
inline Task<Result<void>> remove(Tx& tx, const May& may) { return Gen::exec(tx, kRemove, pg::Params::of(may.id())); }
inline Task<Result<std::int64_t>> count(Store& db, const std::string& name) {
  return Gen::one<std::int64_t>(db, kCount, pg::Params::of(name), &Gen::only<std::int64_t>);
}
inline Task<Result<void>> sleep(Store& db) { return Gen::exec(db, kSleep, {}); }

}  // namespace sql

// What a test's body works on; all of it on one loop.
struct Bench {
  test::Chaos& wire;
  pg::Pool& pool;
  Db& db;
  pg::Session& aside;  // round the wire
  aio::Nursery& nursery;
};

class Rig {
 public:
  const OrganizationId here = OrganizationId::random();
  const UserId ana = UserId::random(), bo = UserId::random();
  test::FakeClock clock;
  test::TestDatabase database{migrations()};

  Rig() { database.sql(kThings); }

  // A member of `here` who may have workspaces there.
  ActorPtr person(UserId who) const {
    std::vector<rbac::HeldRole> held{{book_.site(rbac::roles::kMember), {}},
                                     {book_.system(rbac::Sharing::everyone, false), here},
                                     {book_.organization(rbac::roles::kOrgWorkspaceAccess), here}};
    auto subject = rbac::Subject::make({.id = who, .roles = std::move(held), .groups = {}, .scope = rbac::scope_all()});
    return std::make_shared<Actor>(Actor{.kind = Actor::Kind::user, .user_id = who, .name = "member", .subject = *subject});
  }
  Thing add(const std::string& name, UserId owner) const {
    Thing made{.name = name, .owner = owner, .organization = here};
    database.sql(fmt::format("insert into things values ('{}', '{}', '{}', '{}')", made.id.str(), name, owner.str(), here.str()));
    return made;
  }
  std::string names() const { return database.sql("select coalesce(string_agg(name, ',' order by name), '') from things"); }
  std::string trail() const { return database.sql("select count(*) from audit_logs"); }

  template <class F>
  void run(F body) {
    run([](pg::PoolOptions&) {}, std::move(body));
  }
  template <class F>
  void run(const std::function<void(pg::PoolOptions&)>& change, F body) {
    test::run([&] { return main(*this, change, body); });
  }

 private:
  static std::vector<pg::Migration> migrations() {
    auto all = pg::read_migrations(SLIPWAY_SOURCE_DIR "/db/migrations");
    if (!all) die(all.error().why);
    return std::move(*all);
  }
  template <class F>
  static Task<int> main(Rig& self, const std::function<void(pg::PoolOptions&)>& change, F& body) {
    const auto home = co_await aio::executor();
    test::PostgresWire way(self.database);
    test::Chaos wire(home, way.target());
    pg::PoolOptions options;
    options.connect = way.through(wire.port());
    change(options);
    pg::Pool pool(home, options);
    pg::Listener listener(home, self.database.options());
    Db db(pool, listener, self.clock);
    auto aside = co_await pg::Session::open(self.database.options());
    if (!aside) die(aside.error().message);
    aio::Nursery nursery(home);
    Bench bench{wire, pool, db, *aside, nursery};
    co_await body(bench);
    co_await nursery.stop();
    co_await listener.stop();
    co_await pool.stop();
    co_await wire.stop();
    co_return 0;
  }

  rbac::RoleBook book_;
};

// Asks until the answer is "t": a test waits for a state. The limit only ends one that would hang.
inline Task<bool> until(pg::Session& session, std::string question) {
  for (int i = 0; i < 5000; ++i) {
    auto rows = co_await session.run(question);
    if (rows && !rows->empty() && rows->raw(0, 0) == "t") co_return true;
    co_await aio::sleep(Milliseconds(2));
  }
  co_return false;
}
inline constexpr const char* kSomebodyWaits =
    "select count(*) > 0 from pg_locks l join pg_stat_activity a on a.pid = l.pid where not l.granted and a.datname = current_database()";

template <class T>
std::string say(const Result<T>& outcome) {
  return outcome ? "done" : outcome.error().say + " [" + outcome.error().why + "]";
}
template <class T>
Code code(const Result<T>& outcome) {
  return outcome ? Code::unchanged : outcome.error().code;
}

}  // namespace slipway::store::testing
