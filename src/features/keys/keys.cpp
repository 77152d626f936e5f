#include "aio/task.hpp"
#include "base/log.hpp"
#include "crypto/token.hpp"
#include "features/keys/gen/keys_sql.hpp"
#include "features/keys/plan.hpp"
#include "http/home.hpp"

namespace slipway::keys {

namespace {

using Rotator = store::DutyTx<rbac::Duty::key_rotator>;

constexpr Seconds kAllRead = 2 * kLook;  // by every server and workspace proxy
constexpr std::string_view kFeatures[] = {kAppTokens, kAppApiKeys};

std::vector<Key> without_secrets(const std::vector<sql::Dates>& rows) {
  std::vector<Key> out;
  for (const auto& row : rows) out.push_back({.sequence = row.sequence, .secret = {}, .starts_at = row.starts_at, .deletes_at = row.deletes_at});
  return out;
}

Task<Result<void>> rotate_one(Rotator& tx, const std::string& feature) {
  CO_TRY(rows, co_await sql::to_replace(tx, feature));
  const auto wanted = plan(without_secrets(rows), tx.now());
  if (!wanted.forget.empty()) CO_CHECK(co_await sql::forget(tx, feature, wanted.forget));
  if (wanted.end) CO_CHECK(co_await sql::end_key(tx, wanted.end->deletes_at, feature, wanted.end->sequence));
  if (!wanted.make) co_return Result<void>();
  const pg::Bytes secret{crypto::random_bytes(secret_size(feature))};
  CO_CHECK(co_await sql::make(tx, feature, wanted.make->sequence, secret, wanted.make->starts_at));
  log::info("made a key for this deployment's servers", {{"feature", feature}, {"number", std::to_string(wanted.make->sequence)}});
  co_return Result<void>();
}

Task<Result<void>> replace_one(Rotator& tx, const std::string& feature) {
  CO_TRY(rows, co_await sql::to_replace(tx, feature));
  std::int32_t highest = 0;
  for (const auto& row : rows) highest = std::max(highest, row.sequence);
  CO_CHECK(co_await sql::end_all(tx, tx.now() + kAllRead, feature));
  const pg::Bytes secret{crypto::random_bytes(secret_size(feature))};
  CO_CHECK(co_await sql::make(tx, feature, highest + 1, secret, tx.now()));
  log::info("replaced a key of this deployment's servers", {{"feature", feature}, {"number", std::to_string(highest + 1)}});
  co_return Result<void>();
}

Task<Result<std::vector<Key>>> read(http::Home& home, const std::string& feature) {
  auto duty = home.db.duty<rbac::Duty::key_reader>();
  CO_TRY(rows, co_await sql::of_feature(duty, feature));
  std::vector<Key> out;
  for (auto& row : rows)
    out.push_back({.sequence = row.sequence, .secret = std::move(row.secret.data), .starts_at = row.starts_at, .deletes_at = row.deletes_at});
  co_return out;
}

Task<Result<std::vector<Key>>> read_or_make(http::Home& home, std::string feature) {
  CO_TRY(keys, co_await read(home, feature));
  if (signing_key(keys, home.db.clock().now())) co_return keys;
  CO_CHECK(co_await rotate(home));
  co_return co_await read(home, feature);
}

}  // namespace

Task<Result<void>> rotate(http::Home& home) {
  auto duty = home.db.duty<rbac::Duty::key_rotator>();
  auto body = [](Rotator& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::take_turn(tx));
    for (const auto feature : kFeatures) {
      const std::string name(feature);
      CO_CHECK(co_await rotate_one(tx, name));
    }
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

Task<Result<void>> replace(http::Home& home) {
  auto duty = home.db.duty<rbac::Duty::key_rotator>();
  auto body = [](Rotator& tx) -> Task<Result<void>> {
    CO_CHECK(co_await sql::take_turn(tx));
    for (const auto feature : kFeatures) {
      const std::string name(feature);
      CO_CHECK(co_await replace_one(tx, name));
    }
    co_return Result<void>();
  };
  co_return co_await duty.tx(body);
}

Ring::Fetch from_database(std::string_view feature) {
  return [name = std::string(feature)](http::Home& home) { return read_or_make(home, name); };
}

Task<void> keep(http::Home& home, std::vector<Ring*> rings) {
  for (;;) {
    if (const auto rotated = co_await rotate(home); !rotated)
      log::warn("could not look after this deployment's keys", {{"why", rotated.error().why}});
    for (auto* ring : rings)
      if (const auto read = co_await ring->refresh(home); !read) log::warn("could not read this deployment's keys", {{"why", read.error().why}});
    co_await aio::sleep(kLook);
  }
}

}  // namespace slipway::keys
