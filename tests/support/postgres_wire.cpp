#include "support/postgres_wire.hpp"

#include <libpq-fe.h>

namespace slipway::test {

PostgresWire::PostgresWire(const TestDatabase& database) {
  PQconninfoOption* all = PQconninfoParse(database.url().c_str(), nullptr);
  for (const auto* one = all; one->keyword; ++one) {
    if (one->val) parts_[one->keyword] = one->val;
  }
  PQconninfoFree(all);
}

Chaos::Target PostgresWire::target() const {
  const auto& host = parts_.at("host");
  const auto port = parts_.contains("port") ? parts_.at("port") : "5432";
  if (host.starts_with('/')) return {.path = host + "/.s.PGSQL." + port};
  return {.path = {}, .host = host, .port = static_cast<unsigned short>(std::stoi(port))};
}

pg::ConnectOptions PostgresWire::through(unsigned short port) const {
  pg::ConnectOptions made;
  made.url = fmt::format("host=127.0.0.1 port={} user={} dbname={} sslmode=disable", port, parts_.at("user"), parts_.at("dbname"));
  if (parts_.contains("password")) made.url += " password=" + parts_.at("password");
  return made;
}

}  // namespace slipway::test
