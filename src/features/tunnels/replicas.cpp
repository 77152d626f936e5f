#include "features/tunnels/replicas.hpp"

#include "base/log.hpp"
#include "crypto/token.hpp"
#include "features/tunnels/gen/tunnels_sql.hpp"

#include <unistd.h>

namespace slipway::tunnels {

namespace {

constexpr Seconds kForgotten{3600};
constexpr int kBeatsToForget = 12;  // rows of servers long gone are in nobody's way: once a minute is enough
constexpr std::size_t kKeyBytes = 32;

std::string own_hostname() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

}  // namespace

Replicas::Replicas(ReplicaId id, std::string relay_address, std::string version)
    : id_(id), relay_address_(std::move(relay_address)), version_(std::move(version)), hostname_(own_hostname()) {}

Task<Result<void>> Replicas::save(http::Home& home) {
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  const sql::SaveReplicaArgs row{.replica_id = id_, .hostname = hostname_, .relay_address = relay_address_, .version = version_, .now = duty.now()};
  CO_CHECK(co_await sql::save_replica(duty, row));
  beat_ = row.now.time_since_epoch().count();
  co_return Result<void>();
}

std::optional<Time> Replicas::last_beat() const {
  const auto beat = beat_.load();
  return beat == 0 ? std::nullopt : std::optional(Time(Time::duration(beat)));
}

Task<Result<void>> Replicas::begin(http::Home& home) { co_return co_await save(home); }

Task<void> Replicas::keep(http::Home& home) {
  for (int beat = 1;; ++beat) {
    co_await aio::sleep(kReplicaBeat);
    auto saved = co_await save(home);
    if (!saved) {
      log::warn("could not say that this server runs", {{"why", saved.error().why}});
      continue;
    }
    if (beat % kBeatsToForget != 0) continue;
    auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
    auto forgotten = co_await sql::forget_replicas(duty, duty.now() - kForgotten);
    if (!forgotten) log::warn("could not forget servers that are gone", {{"why", forgotten.error().why}});
  }
}

Task<void> Replicas::end(http::Home& home) {
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  auto ended = co_await sql::end_replica(duty, duty.now(), id_);
  if (!ended) log::warn("could not say that this server stops", {{"why", ended.error().why}});
}

Task<Result<std::shared_ptr<tunnel::RelayKey>>> Replicas::key(http::Home& home) {
  {
    const std::lock_guard lock(mutex_);
    if (key_) co_return key_;
  }
  auto reader = home.db.duty<rbac::Duty::key_reader>();
  CO_TRY(stored, co_await sql::relay_key(reader));
  if (!stored) {
    auto rotator = home.db.duty<rbac::Duty::key_rotator>();
    const pg::Bytes fresh{crypto::random_bytes(kKeyBytes)};
    CO_CHECK(co_await sql::make_relay_key(rotator, fresh, rotator.now()));
    CO_TRY(made, co_await sql::relay_key(reader));
    stored = std::move(made);
  }
  if (!stored) co_return fail_internal("there is no relay key although one was just made");
  auto key = std::make_shared<tunnel::RelayKey>(stored->data);
  const std::lock_guard lock(mutex_);
  if (!key_) key_ = std::move(key);
  co_return key_;
}

}  // namespace slipway::tunnels
