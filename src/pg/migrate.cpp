#include "pg/migrate.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "pg/session.hpp"

#include <charconv>
#include <fstream>

namespace slipway::pg {

namespace {

// Any number that no other use of advisory locks in one database shares.
constexpr const char* kTryLock = "select pg_try_advisory_lock(5462379001)";
constexpr const char* kLock = "select pg_advisory_lock(5462379001)";

constexpr const char* kTable = R"(create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  release text not null,
  min_release text not null,
  applied_at timestamptz not null default now()
))";

std::vector<long> numbers(std::string_view release) {
  std::vector<long> parts;
  while (!release.empty()) {
    long part = 0;
    const auto [end, error] = std::from_chars(release.data(), release.data() + release.size(), part);
    if (error != std::errc()) break;
    parts.push_back(part);
    release.remove_prefix(static_cast<std::size_t>(end - release.data()));
    if (!release.starts_with('.')) break;
    release.remove_prefix(1);
  }
  while (!parts.empty() && parts.back() == 0) parts.pop_back();
  return parts;
}

bool older(std::string_view a, std::string_view b) { return numbers(a) < numbers(b); }

// What the database says about each applied migration, against what we know. The versions still to apply are the rest.
Result<std::size_t> compare(const Rows& applied, const std::vector<Migration>& ours, const Release& release) {
  std::size_t known = 0;
  for (std::size_t row = 0; row < applied.size(); ++row) {
    const std::string version(applied.raw(row, 0)), name(applied.raw(row, 1));
    const std::string by(applied.raw(row, 2)), needs(applied.raw(row, 3));
    if (row >= ours.size()) {
      if (older(release.name, needs))
        return fail(Code::precondition,
                    fmt::format("The database was changed by release {} and needs release {} or newer; this is {}. Start that release instead.", by,
                                needs, release.name));
      continue;
    }
    if (std::to_string(ours[row].number) != version || ours[row].name != name)
      return fail(Code::precondition,
                  fmt::format("The database has migration {} '{}' where this release has {} '{}'. It belongs to another program or a changed build.",
                              version, name, ours[row].number, ours[row].name));
    ++known;
  }
  return known;
}

Task<Outcome<void>> apply(Session& session, const Migration& migration, const Release& release) {
  const std::string record = fmt::format("insert into schema_migrations (version, name, release, min_release) values ({}, {}, {}, {})",
                                         migration.number, quote_literal(migration.name), quote_literal(release.name), quote_literal(release.oldest));
  for (const std::string& text : {std::string("begin"), migration.text, record, std::string("commit")}) {
    auto done = co_await session.run(text);
    if (!done) co_return std::unexpected(std::move(done).error());
  }
  co_return Outcome<void>();
}

// Whoever has to wait says so: it may take as long as a migration does.
Task<Outcome<void>> lock(Session& session) {
  auto tried = co_await session.run(kTryLock);
  if (!tried) co_return std::unexpected(std::move(tried).error());
  if (tried->raw(0, 0) == "t") co_return Outcome<void>();
  log::info("another server is migrating the database; this one waits until it is done");
  auto locked = co_await session.run(kLock);
  if (!locked) co_return std::unexpected(std::move(locked).error());
  co_return Outcome<void>();
}

}  // namespace

Task<Result<int>> migrate(ConnectOptions options, std::vector<Migration> migrations, Release release) {
  options.statement_timeout = Milliseconds(0);  // a migration takes as long as it takes, and so does waiting for another's
  auto session = co_await Session::open(std::move(options));
  if (!session) co_return std::unexpected(to_error(session.error()));
  if (auto locked = co_await lock(*session); !locked) co_return std::unexpected(to_error(locked.error()));
  if (auto done = co_await session->run(kTable); !done) co_return std::unexpected(to_error(done.error()));
  auto applied = co_await session->run("select version, name, release, min_release from schema_migrations order by version");
  if (!applied) co_return std::unexpected(to_error(applied.error()));
  CO_TRY(known, compare(*applied, migrations, release));
  int count = 0;
  for (std::size_t i = known; i < migrations.size(); ++i, ++count) {
    auto done = co_await apply(*session, migrations[i], release);
    if (done) continue;
    auto error = to_error(done.error());
    co_return std::unexpected(with_context(std::move(error), fmt::format("migration {} '{}'", migrations[i].number, migrations[i].name)));
  }
  if (count > 0) log::info("the database was migrated", {{"migrations", std::to_string(count)}});
  co_return count;  // the lock ends with the session
}

Result<std::vector<Migration>> read_migrations(const std::filesystem::path& folder) {
  std::vector<Migration> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(".sql")) continue;
    Migration& one = all.emplace_back();
    const auto [end, bad] = std::from_chars(file.data(), file.data() + file.size(), one.number);
    if (bad != std::errc() || end != file.data() + 4 || *end != '_')
      return fail_internal(fmt::format("{} is not named NNNN_name.sql", entry.path().string()));
    one.name = file.substr(5, file.size() - 9);
    std::ifstream in(entry.path(), std::ios::binary);
    one.text.assign(std::istreambuf_iterator<char>(in), {});
    if (!in.good() && !in.eof()) return fail_internal(fmt::format("{} cannot be read", entry.path().string()));
  }
  if (error) return fail_internal(fmt::format("{}: {}", folder.string(), error.message()));
  std::ranges::sort(all, {}, &Migration::number);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].number != static_cast<int>(i) + 1)
      return fail_internal(fmt::format("migration {} is missing or there twice in {}", i + 1, folder.string()));
  }
  return all;
}

}  // namespace slipway::pg
