#include "server/database.hpp"

#include "aio/task.hpp"
#include "base/log.hpp"
#include "pg/session.hpp"
#include "server/secret_file.hpp"

#include <algorithm>
#include <mutex>

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

// Asked by the connections of all loops.
class UrlFile {
 public:
  UrlFile(std::string path, Secret held) : path_(std::move(path)), held_(std::move(held)) {}

  std::string now() {
    auto read = read_secret(path_);
    const std::lock_guard lock(mutex_);
    const std::string why = read ? "" : read.error().say;
    if (!why.empty() && why != complaint_)
      log::error("a secret cannot be read again and stays as it was", {{"setting", "--postgres-url-file"}, {"why", why}});
    if (why.empty() && !complaint_.empty()) log::info("a secret can be read again", {{"setting", "--postgres-url-file"}});
    complaint_ = why;
    if (read) held_ = Secret(std::move(*read));
    return held_.reveal();
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  Secret held_;
  std::string complaint_;  // that the log knows
};

}  // namespace

bool may_come_up(std::string_view why) {
  return std::ranges::none_of(kFinal, [why](std::string_view part) { return why.find(part) != std::string_view::npos; }) ||
         why.find("No such file or directory") != std::string_view::npos;
}

std::function<Result<std::string>()> url_in_file(std::string path, Secret held) {
  return [file = std::make_shared<UrlFile>(std::move(path), std::move(held))] { return file->now(); };
}

void share_connections(pg::PoolOptions& options, std::int64_t most, std::optional<std::int64_t> unused, std::size_t loops) {
  if (most > 0) {
    constexpr std::size_t kLeast = 3, kFew = 5;
    const auto own = std::max(kLeast, static_cast<std::size_t>(most) / loops);
    options.shared = own < kFew ? 1 : 2;
    options.exclusive = own - options.shared;
  }
  const auto waiting = unused ? static_cast<std::size_t>(*unused) / loops : (options.shared + options.exclusive) / 3;
  options.idle_most = waiting - std::min(waiting, options.shared);
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
