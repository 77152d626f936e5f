// Whatever counts, in one list: what GET /metrics shows besides the database's gauges.
#include "aio/blocking.hpp"
#include "base/version.hpp"
#include "server/parts.hpp"

namespace slipway::server {

namespace {

using metric::Text;
constexpr auto kCounter = Text::Type::counter, kGauge = Text::Type::gauge;

Task<void> write_program(Text& text) {
  text.family("coderd_build_info", kGauge, "Describes the current build/version of the server. Value is always 1.");
  text.sample({{"version", kVersion}, {"revision", ""}}, 1);
  auto write = [&text] {
    metric::write_process(text);
    return 0;
  };
  co_await aio::blocking(std::move(write));
}

Task<pg::PoolNumbers> numbers_of(const pg::Pool& pool) { co_return pool.numbers(); }

Task<void> write_pools(Server::Parts& parts, Text& text) {
  pg::PoolNumbers all;
  for (std::size_t i = 0; i < parts.pools.size(); ++i) {
    const auto one = co_await aio::on(parts.loops.at(i), numbers_of(*parts.pools[i]));
    all.shared += one.shared;
    all.in_flight += one.in_flight;
    all.exclusive += one.exclusive;
    all.idle += one.idle;
    all.most += one.most;
    all.waiting += one.waiting;
    all.statements += one.statements;
    for (const auto& [name, tally] : one.latencies) all.latencies.try_emplace(name, tally.bounds).first->second.add(tally);
  }
  text.family("slipway_db_connections", kGauge,
              "Connections to PostgreSQL: shared ones carry single statements, transactions have one each while they run.");
  text.sample({{"state", "shared"}}, static_cast<double>(all.shared));
  text.sample({{"state", "in_use"}}, static_cast<double>(all.exclusive - all.idle));
  text.sample({{"state", "idle"}}, static_cast<double>(all.idle));
  text.one("slipway_db_transactions_max", kGauge, "Most transactions that may run at once.", static_cast<double>(all.most));
  text.one("slipway_db_waiting", kGauge, "Callers that wait for a connection.", static_cast<double>(all.waiting));
  text.one("slipway_db_statements_in_flight", kGauge, "Single statements without an answer yet.", static_cast<double>(all.in_flight));
  text.one("slipway_db_statements_total", kCounter, "Statements sent to PostgreSQL.", static_cast<double>(all.statements));
  if (all.latencies.empty()) co_return;
  text.family("coderd_db_query_latencies_seconds", Text::Type::histogram, "Latency distribution of queries in seconds.");
  for (const auto& [name, tally] : all.latencies) text.sample({{"query", name}}, tally);
}

Task<void> write_own(Server::Parts& parts, Text& text) {
  parts.app->meter().write(text);
  store::write_decisions(text);
  for (const auto& feature : features(parts))
    if (feature.numbers) feature.numbers(text);
  parts.list.write(text);
  co_return;
}

}  // namespace

std::vector<metrics::Metrics::Source> metric_sources(Server::Parts& parts) {
  return {write_program, [&parts](Text& text) { return write_pools(parts, text); }, [&parts](Text& text) { return write_own(parts, text); }};
}

}  // namespace slipway::server
