// PostgreSQL for tests. One server per test program, in a temporary folder and without fsync, or the one that
// SLIPWAY_TEST_POSTGRES names (a URL of a superuser); a database per test, cloned from a template of the same schema.
#pragma once

#include "pg/migrate.hpp"
#include "pg/pool.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace slipway::test {

// The server's URL with another database name. Starts the server on first use; it stops with the program.
std::string postgres_url(std::string_view database = "postgres");

// Runs `work` to its end on a loop of its own: for tests, which are not coroutines.
int run(std::function<Task<int>()> work);

// Between two looks at a state that is to come: leaves the core to whatever brings it about.
void breathe();

class AdminSession;

// A database of its own, dropped at the end. The schema is made once per set of migrations and then cloned.
class TestDatabase {
 public:
  TestDatabase() : TestDatabase(std::vector<pg::Migration>{}) {}
  explicit TestDatabase(const std::vector<pg::Migration>& migrations);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string url() const { return postgres_url(name_); }
  pg::ConnectOptions options() const;
  // Any SQL; the first column of the first row of the last statement, or "".
  std::string sql(const std::string& text) const;

 private:
  std::string name_;
  std::unique_ptr<AdminSession> session_;
};

}  // namespace slipway::test
