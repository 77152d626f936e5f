#include "base/log.hpp"
#include "pg/rig_test.hpp"

#include <fstream>

namespace slipway::pg {
namespace {

using namespace testing;

Task<Result<int>> migrate_to(const TestDatabase* database, std::vector<Migration> all, std::string release, std::string oldest) {
  Release ours{std::move(release), std::move(oldest)};
  return migrate(database->options(), std::move(all), std::move(ours));
}

const std::vector<Migration> kFirstTwo{{1, "first", "create table a (x int); insert into a values (1);"},
                                       {2, "second", "alter table a add column y int default 2"}};

TEST(Migrate, AppliesOnceAndThenNothing) {
  TestDatabase database;

  test::run([&]() -> Task<int> {
    auto first = co_await migrate_to(&database, kFirstTwo, "1.0", "0.9");
    auto second = co_await migrate_to(&database, kFirstTwo, "1.0", "0.9");
    EXPECT_EQ(first.value_or(-1), 2);
    EXPECT_EQ(second.value_or(-1), 0);
    co_return 0;
  });

  EXPECT_EQ(database.sql("select x + y from a"), "3");
  EXPECT_EQ(database.sql("select string_agg(version || name || release, ' ' order by version) from schema_migrations"), "1first1.0 2second1.0");
}

Task<void> migrate_and_count(const TestDatabase* database, std::shared_ptr<std::vector<int>> counts) {
  auto done = co_await migrate_to(database, kFirstTwo, "1.0", "0.9");
  counts->push_back(done.value_or(-1));
}

TEST(Migrate, ReplicasThatStartTogetherApplyEachOnce) {
  TestDatabase database;
  auto counts = std::make_shared<std::vector<int>>();

  auto main = [&]() -> Task<int> {
    aio::Nursery nursery(co_await aio::executor());
    for (int i = 0; i < 5; ++i) nursery.start(migrate_and_count, &database, counts);
    EXPECT_TRUE(co_await eventually([counts] { return counts->size() == 5; }));
    co_await nursery.stop();
    co_return 0;
  };
  test::run(main);

  std::ranges::sort(*counts);
  EXPECT_EQ(*counts, (std::vector<int>{0, 0, 0, 0, 2}));
}

TEST(Migrate, WhoeverWaitsForAnotherSaysSo) {
  TestDatabase database;
  const std::string file = ::testing::TempDir() + "/migrate.log";
  ASSERT_TRUE(log::also_to_file(file, 1 << 20, 1));
  const auto logged = [&] {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };

  auto main = [&]() -> Task<int> {
    auto other = co_await Session::open(database.options());
    auto locked = co_await other->run("select pg_advisory_lock(5462379001)");
    EXPECT_TRUE(locked);
    aio::Nursery nursery(co_await aio::executor());
    auto counts = std::make_shared<std::vector<int>>();
    nursery.start(migrate_and_count, &database, counts);
    EXPECT_TRUE(co_await eventually([&] { return logged().contains("another server is migrating the database"); }));
    EXPECT_TRUE(counts->empty());
    auto freed = co_await other->run("select pg_advisory_unlock(5462379001)");
    EXPECT_TRUE(freed);
    EXPECT_TRUE(co_await eventually([counts] { return counts->size() == 1; }));
    co_await nursery.stop();
    co_return 0;
  };
  test::run(main);
}

TEST(Migrate, AFailedMigrationLeavesNothingOfItself) {
  TestDatabase database;
  auto all = kFirstTwo;
  all.push_back({3, "third", "create table b (x int); select 1 / 0;"});

  test::run([&]() -> Task<int> {
    auto done = co_await migrate_to(&database, all, "1.1", "1.0");
    EXPECT_TRUE(!done && done.error().code == Code::internal);
    EXPECT_TRUE(!done && done.error().why.contains("third")) << done.error().why;
    co_return 0;
  });

  EXPECT_EQ(database.sql("select max(version) from schema_migrations"), "2");
  EXPECT_EQ(database.sql("select to_regclass('b') is null"), "t");
}

TEST(Migrate, ThePreviousReleaseStillRunsAndAnOlderOneIsRefused) {
  TestDatabase database;
  auto newer = kFirstTwo;
  newer.push_back({3, "third", "create table b (x int)"});

  test::run([&]() -> Task<int> {
    auto done = co_await migrate_to(&database, newer, "1.10", "1.9");
    auto previous = co_await migrate_to(&database, kFirstTwo, "1.9.3", "1.8");
    auto older = co_await migrate_to(&database, kFirstTwo, "1.8", "1.7");
    EXPECT_EQ(done.value_or(-1), 3);
    EXPECT_EQ(previous.value_or(-1), 0);
    EXPECT_TRUE(!older && older.error().code == Code::precondition);
    EXPECT_TRUE(!older && older.error().say.contains("needs release 1.9")) << older.error().say;
    co_return 0;
  });
}

TEST(Migrate, AnotherHistoryIsRefused) {
  TestDatabase database;
  auto other = kFirstTwo;
  other[1].name = "elsewhere";

  test::run([&]() -> Task<int> {
    auto done = co_await migrate_to(&database, kFirstTwo, "1.0", "0.9");
    auto refused = co_await migrate_to(&database, other, "1.0", "0.9");
    EXPECT_TRUE(done && !refused && refused.error().code == Code::precondition);
    co_return 0;
  });
}

TEST(TestDatabase, IsClonedFromATemplateWithTheSchema) {
  TestDatabase one(kFirstTwo), two(kFirstTwo);

  one.sql("insert into a values (5)");

  EXPECT_EQ(one.sql("select count(*) from a"), "2");
  EXPECT_EQ(two.sql("select count(*) from a"), "1");
}

}  // namespace
}  // namespace slipway::pg
