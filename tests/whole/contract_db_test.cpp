// Every core route of the contract that is served: the right status and the right fields for good input, 401 without a key, the
// same 404 for missing and unreadable, and never a 500 for bad input. What is not served is listed, and that list only shrinks.
#include "whole/contract.hpp"
#include "whole/requests.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace slipway::test {
namespace {

const std::string kGolden = SLIPWAY_SOURCE_DIR "/tests/golden/";

struct Served {
  ContractRoute contract;
  const http::Route* route;
};

struct Walk : ::testing::Test {
  Walk() : world(server), requests(world) {
    std::map<std::string, const http::Route*> by_key;
    for (const auto& route : server.routes().all()) by_key[route_key(route->method, route->pattern)] = route.get();
    for (const auto& one : contract.core) {
      auto found = by_key.find(one.key());
      if (found == by_key.end()) found = by_key.find("ANY" + one.key().substr(one.key().find(' ')));
      if (found == by_key.end())
        missing.push_back(one.method + " " + one.path);
      else
        served.push_back({one, found->second});
    }
  }

  // What the request is about is made for it alone, so that no request stands in another's way.
  std::optional<Ask> fresh_ask(const Served& one) {
    const auto number = std::to_string(next++);
    const auto kinds = situations(one.route->pattern);
    if (kinds.size() == 1) return requests.make(one.route->method, one.route->pattern, world.ana, world.here);
    const auto shared = world.add_organization(Uuid::random().str(), "org" + number);
    return requests.make(one.route->method, one.route->pattern, world.add_person("p" + number, "", shared, ""), shared);
  }
  std::string token_for(const Served& one, const Ask&) const {
    if (one.contract.auth == "none") return "";
    if (one.route->pattern == "/api/v2/users/logout") return world.actors[2].person.token;  // which then ends
    return one.contract.auth == "agent" ? world.of.at("ana").agent_token : server.owner().token;
  }

  mutable TestServer server{[](server::Config& config) { config.allow_workspace_renames = true; }};
  World world;
  Requests requests;
  Contract contract;
  std::vector<Served> served;
  std::vector<std::string> missing;
  int next = 0;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  return lines;
}

bool writing() {
  const char* golden = std::getenv("SLIPWAY_GOLDEN");
  return golden && std::string_view(golden) == "write";
}

TEST_F(Walk, WhatIsNotServedIsListedAndTheListOnlyShrinks) {
  const auto path = kGolden + "contract_missing.txt";
  std::string text =
      "# Core routes of the contract that are not served. This list only shrinks. Written by whole_db_test with SLIPWAY_GOLDEN=write.\n";
  for (const auto& one : missing) text += one + "\n";

  const auto before = lines_of(path);
  const std::set<std::string> known(before.begin(), before.end());
  for (const auto& one : missing) EXPECT_TRUE(writing() || known.contains(one)) << one << " was served once, and is not any more";
  for (const auto& one : before)
    EXPECT_TRUE(writing() || std::ranges::find(missing, one) != missing.end()) << one << " is served now: rewrite the list with ./dev golden";
  if (writing()) std::ofstream(path) << text;
}

// The type of the plain answer: "X" of "X or ws:Y"; nothing for streams, files and redirects.
std::string plain(const std::string& response) {
  const auto type = response.substr(0, response.find(" or "));
  for (const auto* other : {"ws:", "sse:", "raw", "text", "binary", "redirect", "upgrade", "html", "-", "any"})
    if (type.starts_with(other)) return {};
  return type;
}

// Routes whose good answer needs more than rows, each with the test that has it and the reason.
std::map<std::string, std::string> elsewhere() {
  std::map<std::string, std::string> out;
  for (const auto& line : lines_of(SLIPWAY_SOURCE_DIR "/tests/whole/contract_elsewhere.txt")) {
    const auto tab = line.find('\t');
    out[line.substr(0, tab)] = tab == line.npos ? "" : line.substr(tab + 1);
  }
  return out;
}

// Where a line of contract_elsewhere.txt says its route is proved: "Suite.Name: why" or "tests/e2e/file.py::test: why".
bool there_is(const std::string& test) {
  namespace fs = std::filesystem;
  const auto text_of = [](const fs::path& file) {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  if (const auto at = test.find("::"); at != test.npos)
    return text_of(SLIPWAY_SOURCE_DIR "/" + test.substr(0, at)).find("\ndef " + test.substr(at + 2) + "(") != std::string::npos;
  const auto dot = test.find('.');
  if (dot == test.npos) return false;
  const auto inside = "(" + test.substr(0, dot) + ", " + test.substr(dot + 1) + ") {";
  for (const auto* folder : {"/src", "/tests"})
    for (const auto& file : fs::recursive_directory_iterator(SLIPWAY_SOURCE_DIR + std::string(folder))) {
      if (!file.path().string().ends_with("_test.cpp")) continue;
      const auto text = text_of(file.path());
      if (text.find("\nTEST" + inside) != text.npos || text.find("\nTEST_F" + inside) != text.npos) return true;
    }
  return false;
}

TEST(ContractElsewhereList, NamesATestForEachRoute) {
  for (const auto& [route, reason] : elsewhere()) {
    const auto colon = reason.find(": ");
    EXPECT_TRUE(colon != reason.npos && there_is(reason.substr(0, colon))) << route << ": there is no test \"" << reason.substr(0, colon) << '"';
  }
}

TEST_F(Walk, GoodInputGetsTheContractsStatusAndFields) {
  auto other = elsewhere();
  for (const auto& one : served) {
    const auto name = one.contract.method + " " + one.contract.path;
    if (const auto excused = other.find(name); excused != other.end()) {
      other.erase(excused);
      continue;
    }
    const auto ask = fresh_ask(one);
    if (!ask) continue;

    const auto reply = exchange(server, *ask, token_for(one, *ask));

    EXPECT_EQ(reply.status, one.contract.status) << name << " " << ask->path << ": " << reply.body.substr(0, 300);
    const auto type = plain(one.contract.response);
    if (type.empty() || reply.status != one.contract.status) continue;
    boost::system::error_code ec;
    const auto json = boost::json::parse(reply.body, ec);
    if (ec) {
      ADD_FAILURE() << name << " answers no JSON: " << reply.body.substr(0, 200);
      continue;
    }
    for (const auto& fault : contract.faults(json, type)) ADD_FAILURE() << name << " " << fault;
  }
  for (const auto& [name, reason] : other) ADD_FAILURE() << "contract_elsewhere.txt names " << name << ", which is not served";
}

TEST_F(Walk, WithoutAKeyEveryRouteForPeopleIs401) {
  for (const auto& one : served) {
    if (one.contract.auth == "none" || one.contract.method == "ANY") continue;
    if (one.contract.auth == "user or login") continue;  // a browser's, which is led to the login page: the feature's own tests
    if (one.route->pattern.ends_with("/pty")) continue;  // not there for nobody, as a token alone opens it: the feature's own tests
    const auto ask = requests.make(one.route->method, one.route->pattern, world.ana, world.here);
    if (!ask) continue;

    EXPECT_EQ(exchange(server, *ask, "").status, 401) << one.contract.method << " " << one.contract.path;
    EXPECT_EQ(exchange(server, *ask, "0123456789-0123456789012345678901").status, 401) << one.contract.method << " " << one.contract.path;
  }
}

// A member looks for a stranger's thing, and for one that was never there: the same bytes.
TEST_F(Walk, MissingAndUnreadableAreTheSameBytes) {
  const auto& member = world.actors[1];
  for (const auto& one : served) {
    if (one.contract.auth != "user" || one.contract.method == "ANY") continue;
    const auto kinds = situations(one.route->pattern);
    if (kinds.size() == 1) continue;
    const auto foreign = requests.make(one.route->method, one.route->pattern, member, kinds.back());
    if (!foreign) continue;
    const auto denied = exchange(server, *foreign, member.person.token);
    if (denied.status != 404) continue;  // the matrix says who gets what
    EXPECT_EQ(denied.body, R"({"message":"Resource not found or you do not have access to this resource"})")
        << one.contract.method << " " << foreign->path;
  }
}

// One body for each field of the request's type, wrong in that field alone; and bodies that are wrong as a whole.
std::vector<std::string> bad_bodies(const Contract& contract, const std::string& type, const std::string& good) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "[";
  std::vector<std::string> bodies{
      "", "{", "[]", "null", "7", "\"text\"", "\xff\xfe", "{\"a\":1,}", deep, "{\"a\":" + deep, std::string("{\"a\":\"\0\"}", 9)};
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(good, ec);
  auto object = !ec && parsed.is_object() ? parsed.as_object() : boost::json::object();
  for (const auto& [field, kind] : contract.fields(type)) {
    for (const auto* wrong :
         {R"("\u0000")", R"("\ud800")", "-1", "1e400", "9223372036854775808", "99999999999999999999999999", "1.5", "true", "[]", "[null]", "{}",
          R"({"":null})", R"("x")", R"("00000000-0000-0000-0000-00000000000g")", R"("")", R"(["\u0000","x"])", "[[[[]]]]"}) {
      auto changed = object;
      changed.erase(field);
      auto text = boost::json::serialize(changed);
      text.pop_back();
      bodies.push_back(text + (changed.empty() ? "" : ",") + boost::json::serialize(boost::json::string(field)) + ":" + wrong + "}");
    }
  }
  return bodies;
}

TEST_F(Walk, NoBadInputIsAnsweredWithA500) {
  std::size_t asked = 0, named = 0;
  for (const auto& one : served) {
    if (one.contract.request == "-" || one.contract.request.starts_with("query") || one.route->method == "GET") continue;
    const auto good = requests.make(one.route->method, one.route->pattern, world.ana, world.here);
    if (!good) continue;
    for (const auto& body : bad_bodies(contract, one.contract.request, good->body)) {
      auto ask = *good;
      ask.body = body;
      const auto reply = exchange(server, ask, token_for(one, ask));
      ++asked;
      if (reply.status == 400 && reply.body.find("\"validations\"") != std::string::npos) ++named;
      EXPECT_LT(reply.status, 500) << one.contract.method << " " << ask.path << " " << body.substr(0, 200) << ": " << reply.body.substr(0, 200);
    }
  }
  EXPECT_GT(asked, 1000U);
  EXPECT_GT(named, 100U);
}

TEST_F(Walk, NoBadPathOrQueryIsAnsweredWithA500) {
  const std::vector<std::string> segments{"%00",          "%ff",
                                          "not-an-id",    "00000000-0000-0000-0000-00000000000g",
                                          "..",           "%2e%2e",
                                          "-1",           "99999999999999999999",
                                          "%27%3bselect", std::string(300, 'x')};
  const std::vector<std::string> queries{"limit=-1",      "limit=99999999999999999999",
                                         "offset=x",      "q=%00",
                                         "q=owner:%ff",   "q=a:b:c",
                                         "q=%22",         "after_id=x",
                                         "before=-1",     "after=9223372036854775808",
                                         "follow",        "follow&follow=x",
                                         "tags=%7b",      "include_deleted=perhaps",
                                         "status=nothing"};
  for (const auto& one : served) {
    if (one.contract.method == "ANY") continue;
    for (const auto& segment : segments) {
      auto ask = requests.make(one.route->method, one.route->pattern, world.ana, world.here);
      if (!ask) break;
      std::string path;
      for (std::size_t at = 0; at < one.route->pattern.size(); ++at) {
        if (one.route->pattern[at] != '{')
          path += one.route->pattern[at];
        else
          path += segment, at = one.route->pattern.find('}', at);
      }
      if (path == one.route->pattern) break;
      ask->path = path;
      const auto reply = exchange(server, *ask, token_for(one, *ask));
      EXPECT_LT(reply.status, 500) << one.contract.method << " " << path << ": " << reply.body.substr(0, 200);
    }
    if (one.contract.method != "GET") continue;
    for (const auto& query : queries) {
      auto ask = requests.make(one.route->method, one.route->pattern, world.ana, world.here);
      if (!ask) break;
      ask->path = ask->path.substr(0, ask->path.find('?')) + "?" + query;
      const auto reply = exchange(server, *ask, token_for(one, *ask));
      if (reply.status == 502) continue;  // the agent is not there, which is found out before
      EXPECT_LT(reply.status, 500) << ask->path << ": " << reply.body.substr(0, 200);
    }
  }
}

}  // namespace
}  // namespace slipway::test
