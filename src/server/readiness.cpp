#include "server/readiness.hpp"

#include "http/status.hpp"

#include <boost/json.hpp>

namespace slipway::server {

namespace {

constexpr Seconds kGoodFor{1};

}  // namespace

Readiness::Readiness(const Clock& clock, std::function<Facts()> look) : clock_(clock), look_(std::move(look)) {
  const Time now = clock_.now();
  checks_ = {{"migrations", &Facts::migrations, false, now},
             {"database", &Facts::database, false, now},
             {"replica", &Facts::replica, false, now},
             {"serving", &Facts::serving, false, now}};
}

void Readiness::look_again(Time now) {
  if (looked_ && now >= *looked_ && now < *looked_ + kGoodFor) return;
  const Facts facts = look_();
  for (auto& check : checks_) {
    if (facts.*check.fact == check.ok) continue;
    check.ok = !check.ok;
    check.since = now;
  }
  looked_ = now;
}

net::Response Readiness::answer() {
  const std::lock_guard lock(mutex_);
  look_again(clock_.now());
  bool ready = true;
  boost::json::array checks;
  for (const auto& check : checks_) {
    ready = ready && check.ok;
    checks.push_back(boost::json::object{{"name", check.name}, {"ok", check.ok}, {"since", to_rfc3339(check.since)}});
  }
  return http::json(ready ? 200 : 503, boost::json::serialize(boost::json::object{{"ready", ready}, {"checks", std::move(checks)}}));
}

}  // namespace slipway::server
