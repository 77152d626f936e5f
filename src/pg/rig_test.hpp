// A database of its own for each test, on the one PostgreSQL that is started for all of them, and pools on it.
#pragma once

#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "pg/session.hpp"
#include "support/test_postgres.hpp"

#include <gtest/gtest.h>

namespace slipway::pg::testing {

using test::TestDatabase;

inline constexpr std::uint32_t kInt4[] = {23};
inline constexpr std::uint32_t kText[] = {25};
inline constexpr Statement kOne{"test_one", "select 1::int4", {}};
inline constexpr Statement kDivide{"test_divide", "select 100 / $1", kInt4};
inline constexpr Statement kSleep{"test_sleep", "select pg_sleep(60)", {}};
inline constexpr Statement kInsert{"test_insert", "insert into things (name) values ($1)", kText};
inline constexpr Statement kCount{"test_count", "select count(*) from things", {}};
inline constexpr Statement kBackend{"test_backend", "select pg_backend_pid()", {}};
inline constexpr Statement kJit{"test_jit", "select current_setting('jit')", {}};
inline constexpr Statement kBroken{"test_broken", "select nothing from nowhere", {}};

inline constexpr const char* kThings = "create table things (id int generated always as identity, name text not null unique)";

// A database and pools on it, each stopped at the end of its test.
struct Fixture {
  TestDatabase database;

  PoolOptions options() const {
    PoolOptions made;
    made.connect = database.options();
    return made;
  }
  template <class F>
  void with_pool(F work) {
    with_pool(options(), std::move(work));
  }
  template <class F>
  void with_pool(PoolOptions wanted, F work) {
    auto main = [](PoolOptions given, F& body) -> Task<int> {
      Pool pool(co_await aio::executor(), std::move(given));
      co_await body(pool);
      co_await pool.stop();
      co_return 0;
    };
    test::run([&] { return main(wanted, work); });
  }
  std::string things() const { return database.sql("select string_agg(name, ',' order by id) from things"); }
};

// Waits for a state, not for a time: the limit only ends a test that would hang.
template <class F>
Task<bool> eventually(F claim) {
  for (int i = 0; i < 5000; ++i) {
    if (claim()) co_return true;
    co_await aio::sleep(Milliseconds(2));
  }
  co_return false;
}

inline std::string words(const Outcome<Rows>& outcome) { return outcome ? "ok" : outcome.error().message; }

// Of the statements under way, those that sleep.
inline constexpr Statement kSleeping{
    "test_sleeping", "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()", {}};

inline Task<std::int64_t> until_nobody_sleeps(Pool& pool) {
  std::int64_t left = 1;
  for (int i = 0; i < 2000 && left > 0; ++i) {
    auto rows = co_await pool.execute(kSleeping);
    if (rows) left = rows->get<std::int64_t>(0, 0);
    co_await aio::sleep(Milliseconds(2));
  }
  co_return left;
}

}  // namespace slipway::pg::testing
