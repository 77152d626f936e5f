#include "features/tunnels/replicas.hpp"

#include "base/log.hpp"
#include "crypto/token.hpp"
#include "features/tunnels/gen/tunnels_sql.hpp"

#include <unistd.h>

#include <algorithm>

namespace slipway::tunnels {

namespace {

constexpr Seconds kForgotten{3600};
constexpr int kBeatsToForget = 12;  // rows of servers long gone are in nobody's way, and keys are seldom replaced: once a minute
constexpr std::size_t kKeyBytes = 32;
constexpr Seconds kLookAgain{5};  // whoever sends wrong proofs costs the database this much at the most

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
    if (known_keys().empty()) continue;
    if (const auto read = co_await read_keys(home); !read) log::warn("could not look for a newer relay key", {{"why", read.error().why}});
  }
}

Task<void> Replicas::end(http::Home& home) {
  auto duty = home.db.duty<rbac::Duty::tunnel_keeper>();
  auto ended = co_await sql::end_replica(duty, duty.now(), id_);
  if (!ended) log::warn("could not say that this server stops", {{"why", ended.error().why}});
}

std::vector<Replicas::KnownKey> Replicas::known_keys() {
  const std::lock_guard lock(mutex_);
  return keys_;
}

Task<Result<void>> Replicas::read_keys(http::Home& home) {
  auto reader = home.db.duty<rbac::Duty::key_reader>();
  CO_TRY(stored, co_await sql::relay_keys(reader));
  const std::lock_guard lock(mutex_);
  std::vector<KnownKey> now;
  for (auto& secret : stored) {
    const auto known = std::ranges::find(keys_, secret.data, &KnownKey::secret);
    now.push_back(known != keys_.end() ? *known : KnownKey{.secret = secret.data, .key = std::make_shared<tunnel::RelayKey>(secret.data)});
  }
  keys_ = std::move(now);
  co_return Result<void>();
}

Task<Result<Replicas::Key>> Replicas::key(http::Home& home) {
  if (const auto known = known_keys(); !known.empty()) co_return known.front().key;
  CO_CHECK(co_await read_keys(home));
  if (known_keys().empty()) {
    auto rotator = home.db.duty<rbac::Duty::key_rotator>();
    const pg::Bytes fresh{crypto::random_bytes(kKeyBytes)};
    CO_CHECK(co_await sql::make_relay_key(rotator, fresh, rotator.now()));
    CO_CHECK(co_await read_keys(home));
  }
  const auto known = known_keys();
  if (known.empty()) co_return fail_internal("there is no relay key although one was just made");
  co_return known.front().key;
}

Result<Replicas::Proven> Replicas::judge(http::Call& call) {
  std::optional<Error> refused;
  for (auto& [secret, key] : known_keys()) {
    auto number = key->verify(call.request().headers, relay_address_, call.request().target, call.now());
    if (number) return Proven{.key = key, .number = std::move(*number)};
    if (!refused) refused = std::move(number).error();
  }
  if (!refused) return fail_internal("there is no relay key to judge a proof by");
  return std::unexpected(std::move(*refused));
}

bool Replicas::may_look_again() {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (looked_again_ && now - *looked_again_ < kLookAgain) return false;
  looked_again_ = now;
  return true;
}

Task<Result<Replicas::Proven>> Replicas::prove(http::Call& call) {
  CO_CHECK(co_await key(call.home()));
  auto proven = judge(call);
  if (proven || proven.error().code != Code::unauthenticated || !may_look_again()) co_return proven;
  CO_CHECK(co_await read_keys(call.home()));
  co_return judge(call);
}

}  // namespace slipway::tunnels
