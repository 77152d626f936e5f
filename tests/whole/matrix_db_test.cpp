// Every route for everybody: a request of each situation by somebody of each built-in role, compared with tests/golden/route_matrix.txt.
// Every transaction that changed something is refused at its end, so nothing that a request does is there for the next one.
#include "whole/requests.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace slipway::test {
namespace {

const std::string kGolden = SLIPWAY_SOURCE_DIR "/tests/golden/route_matrix.txt";

constexpr std::string_view kHead =
    R"(# Who gets what: one line a route and a situation, one column a caller. Written by whole_db_test with SLIPWAY_GOLDEN=write; review it.
# own: the caller's own object; other: another member's in the same organization; foreign: somebody's in another organization; here,
# there: what belongs to the default organization, to another one; -: the path names nothing.
# A cell is the status of a request with a good body; w: everything was permitted and done, up to the commit, which the test refuses.
# 502 and 400: permitted, but no agent is connected, or more than rows is missing. Callers: the site's and the organization's built-in roles; outsider: a member of the other organization; owner/r, member/r: a
# key with the scope workspace:read; agent: the member's agent.
)";

// The commit of whatever changed a row fails as if its time were up: 503, which no route says otherwise.
void refuse_commits(TestServer& server) {
  server.database().sql(
      "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = '57014'; end $$;"
      "do $$ declare t text; begin for t in select tablename from pg_tables where schemaname = 'public' and tablename not in"
      " ('replicas', 'agent_tunnels', 'provisioner_daemons', 'audit_logs', 'connection_logs') loop"
      " execute format('create constraint trigger refuse after insert or update or delete on public.%I deferrable initially deferred"
      " for each row execute function refuse()', t); end loop; end $$");
}

std::string cell(int status) { return status == 503 ? "w" : std::to_string(status); }

struct Matrix {
  std::map<std::string, std::string> rows;  // "route situation" -> cells
  std::vector<std::string> faults;
};

std::string in_columns(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& one : cells) line += fmt::format(" {:>8}", one);
  return line;
}

Matrix walk(TestServer& server, World& world) {
  Matrix matrix;
  const Requests requests(world);
  refuse_commits(server);
  for (const auto& route : server.routes().all()) {
    if (route->auth == http::Auth::peer) continue;                            // another server's signature: agents' tests
    if (route->pattern == "/*" || route->pattern == "/bin/{file}") continue;  // the same for all, and only where it was built
    for (const auto& situation : situations(route->pattern)) {
      const auto name = fmt::format("{} {}", route->method, route->pattern);
      std::vector<std::string> cells;
      for (const auto& actor : world.actors) {
        const auto ask = requests.make(route->method, route->pattern, actor, situation);
        if (!ask) return matrix;
        const auto reply = exchange(server, *ask, actor.person.token);
        cells.push_back(cell(reply.status));
        // 502: the agent, or a provider, is not there; everything that can be refused was permitted.
        if (reply.status >= 500 && reply.status != 502 && cells.back() != "w")
          matrix.faults.push_back(fmt::format("{} {} by {}: {} {}", name, situation, actor.column, reply.status, reply.body));
        if (route->method == "GET" && cells.back() == "w")
          matrix.faults.push_back(fmt::format("{} {} by {} changes something", name, situation, actor.column));
      }
      matrix.rows[fmt::format("{:<7} {:<96} {:<8}", route->method, route->pattern, situation)] = in_columns(cells);
    }
  }
  return matrix;
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(RouteMatrix, IsWhatWasReviewed) {
  TestServer server([](server::Config& config) { config.allow_workspace_renames = true; });
  World world(server);

  const auto matrix = walk(server, world);

  std::vector<std::string> columns;
  for (const auto& actor : world.actors) columns.push_back(actor.column);
  std::string text = std::string(kHead) + fmt::format("{:<114}", "") + in_columns(columns) + "\n";
  for (const auto& [row, cells] : matrix.rows) text += row + cells + "\n";
  for (const auto& fault : matrix.faults) ADD_FAILURE() << fault;
  if (const char* golden = std::getenv("SLIPWAY_GOLDEN"); golden && std::string_view(golden) == "write") std::ofstream(kGolden) << text;
  EXPECT_EQ(text, read(kGolden)) << "rewrite with ./dev golden, and review the difference";
}

}  // namespace
}  // namespace slipway::test
