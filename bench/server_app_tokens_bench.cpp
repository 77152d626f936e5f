// What the token of an app costs each request that brings one, with the claims of a visitor of whom the app is told: at most 20 us.
#include "crypto/compact.hpp"
#include "features/apps/sealed_key.hpp"
#include "features/apps/token.hpp"

#include <benchmark/benchmark.h>

namespace slipway::apps {
namespace {

const keys::Key kKey{.sequence = 7, .secret = std::string(64, 's'), .starts_at = {}, .deletes_at = {}};
const keys::Key kSealing{.sequence = 7, .secret = std::string(32, 's'), .starts_at = {}, .deletes_at = {}};

Claims claims(Time now) {
  Claims out{
      .expires_at = now + kTokenLife,
      .request = {.method = Method::subdomain, .base_path = "/", .prefix = "", .user = "ana", .workspace = "dev", .agent = "main", .target = "code"},
      .owner = UserId::random(),
      .workspace = WorkspaceId::random(),
      .agent = AgentId::random(),
      .app_url = "http://127.0.0.1:8080/",
      .cors = "simple",
      .visitor = {}};
  out.visitor = Visitor{.id = UserId::random(), .username = "bo", .name = "Bo", .email = "bo@example.com", .groups = {"devs", "ops"}, .told = true};
  out.issued_at = now;
  return out;
}

void sign(benchmark::State& state) {
  const auto of = claims(system_clock().now());
  for (auto _ : state) benchmark::DoNotOptimize(token_of(of, kKey));
}
BENCHMARK(sign)->Unit(benchmark::kMicrosecond);

void verify(benchmark::State& state) {
  const Time now = system_clock().now();
  const auto token = token_of(claims(now), kKey);
  Revoked revoked;
  for (int i = 0; i < 1000; ++i) revoked.of_user(UserId::random(), now);
  for (auto _ : state) {
    if (key_named(token) != kKey.sequence) return state.SkipWithError("it names another key");
    const auto found = claims_of(token, kKey, now);
    if (!found || revoked.is(*found)) return state.SkipWithError("a good token is none");
  }
}
BENCHMARK(verify)->Unit(benchmark::kMicrosecond);

void refuse(benchmark::State& state) {
  const Time now = system_clock().now();
  auto token = token_of(claims(now), kKey);
  token.back() = token.back() == 'A' ? 'Q' : 'A';
  for (auto _ : state)
    if (claims_of(token, kKey, now)) return state.SkipWithError("a wrong token is taken");
}
BENCHMARK(refuse)->Unit(benchmark::kMicrosecond);

void seal_and_open(benchmark::State& state) {
  const Time now = system_clock().now();
  const SealedKey key{.api_key = "abcdefghij-0123456789012345678901", .host = "8080--main--dev--ana.apps.example.com", .nonce = "n"};
  for (auto _ : state)
    if (opened(seal(key, kSealing, now), kSealing, now) != key) return state.SkipWithError("what was sealed is not read");
}
BENCHMARK(seal_and_open)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace slipway::apps

BENCHMARK_MAIN();
