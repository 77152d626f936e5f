#include "server/database.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "pg/session.hpp"

#include <algorithm>

namespace slipway::server {

namespace {

constexpr std::string_view kFinal[] = {"password authentication failed",
                                       "authentication failed",
                                       "no pg_hba.conf entry",
                                       "no password supplied",
                                       "does not exist",
                                       "permission denied",
                                       "does not support SSL",
                                       "certificate",
                                       "invalid",
                                       "missing \"=\"",
                                       "not currently accepting"};
constexpr Seconds kBetweenLines{5};
constexpr Milliseconds kBetweenTries{500};

}  // namespace

bool may_come_up(std::string_view why) {
  return std::ranges::none_of(kFinal, [why](std::string_view part) { return why.find(part) != std::string_view::npos; }) ||
         why.find("No such file or directory") != std::string_view::npos;
}

Task<Result<void>> await_postgres(const pg::ConnectOptions& options, Seconds limit) {
  const auto begun = std::chrono::steady_clock::now();
  auto said = begun - kBetweenLines;
  while (true) {
    auto session = co_await pg::Session::open(options);
    if (session) co_return Result<void>();
    const auto now = std::chrono::steady_clock::now();
    auto why = session.error().message;
    std::ranges::replace(why, '\n', ' ');
    if (!may_come_up(why)) co_return fail(Code::precondition, "PostgreSQL refuses the connection: " + why + ".", "Check --postgres-url.");
    if (now - begun >= limit)
      co_return fail(Code::unavailable, fmt::format("PostgreSQL did not come up within {} seconds: {}.", limit.count(), why),
                     "Start it, check --postgres-url, or wait longer with --postgres-wait.");
    if (now - said >= kBetweenLines) {
      log::info("waiting for PostgreSQL", {{"why", why}, {"for at most", fmt::format("{} s", limit.count())}});
      said = now;
    }
    co_await aio::sleep(kBetweenTries);
  }
}

}  // namespace slipway::server
