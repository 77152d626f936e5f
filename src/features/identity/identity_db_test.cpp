// Proofs for tokens over HTTP: whose token it is, what each refusal says, and what it costs.
#include "aio/nursery.hpp"
#include "base/log.hpp"
#include "base/open_files.hpp"
#include "crypto/authority_test.hpp"
#include "support/fake_site.hpp"
#include "support/test_agent.hpp"

#include <filesystem>
#include <fstream>

namespace slipway::test {
namespace {

using crypto::base64;

const std::string kAgents = "/api/v2/workspaceagents/";

std::string said(const Answer& answer, const char* field = "message") {
  const auto body = answer.json();
  const auto* found = body.is_object() ? body.as_object().if_contains(field) : nullptr;
  return found && found->is_string() ? std::string(found->as_string()) : "";
}

// One name of many certificates' keys: what the operator's files hold, and who signs.
struct Clouds {
  Issued aws = issue({.common_name = "ec2", .key = rsa_key(1, 1024), .from = -7200, .until = -3600});
  Issued root = issue({.common_name = "Root", .key = rsa_key(1), .authority = true});
  Issued middle = issue({.common_name = "Middle", .key = rsa_key(2), .authority = true}, &root);
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("slipway-clouds-" + Uuid::random().str());

  Clouds() {
    std::filesystem::create_directories(folder);
    write("aws.pem", aws.pem());
    write("roots.pem", root.pem());
    write("between.pem", middle.pem());
    write("google.json", key_set(rsa_jwk(rsa_key(4), "one")));
  }
  ~Clouds() { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }
  void configure(server::Config& config) const {
    config.identity.aws_certificates = (folder / "aws.pem").string();
    config.identity.azure_roots = (folder / "roots.pem").string();
    config.identity.azure_intermediates = (folder / "between.pem").string();
    config.identity.google_jwks = (folder / "google.json").string();
  }

  static std::string document(const std::string& id) {
    return fmt::format("{{\n  \"accountId\" : \"123456789012\",\n  \"instanceId\" : \"{}\",\n  \"region\" : \"us-east-1\"\n}}", id);
  }
  static std::string body(boost::json::object fields, const std::optional<std::string>& name) {
    if (name) fields["agent_name"] = *name;
    return boost::json::serialize(fields);
  }
  std::string aws_body(const std::string& id, const std::optional<std::string>& name = {}) const {
    return body({{"document", document(id)}, {"signature", base64(signature_of(aws.key, document(id)))}}, name);
  }
  std::string azure_body(const std::string& id, const std::string& common_name = "metadata.azure.com") const {
    const auto leaf = issue({.common_name = common_name, .key = rsa_key(3)}, &middle);
    const auto message = signed_message({.content = fmt::format(R"({{"vmId":"{}"}})", id), .signers = {&leaf}});
    return body({{"encoding", "pkcs7"}, {"signature", base64(message)}}, {});
  }
  static std::string google_token(const std::string& machine, std::int64_t lasts = 3600) {
    const auto now = std::chrono::floor<Seconds>(system_clock().now().time_since_epoch()).count();
    return rs256(rsa_key(4), "one", fmt::format(R"({{"aud":"coder","exp":{}{}}})", now + lasts, machine));
  }
  static std::string google_claim(const std::string& id) { return fmt::format(R"(,"google":{{"compute_engine":{{"instance_id":"{}"}}}})", id); }
  static std::string google_body(const std::string& token) { return body({{"json_web_token", token}}, {}); }
};

// Five hundred who ask at once and their server are in one process here.
bool many_files() {
  static const bool once = (raise_open_files(), true);
  return once;
}

struct IdentityDb : ::testing::Test {
  const bool raised = many_files();
  Clouds clouds;
  TestServer server{[this](server::Config& config) {
    clouds.configure(config);
    config.database_connections = 10;
  }};

  Answer aws(const std::string& body) { return server.call("POST", kAgents + "aws-instance-identity", body); }
  Answer azure(const std::string& body) { return server.call("POST", kAgents + "azure-instance-identity", body); }
  Answer google(const std::string& body) { return server.call("POST", kAgents + "google-instance-identity", body); }
  Answer of(const std::string& id, const std::optional<std::string>& name = {}) { return aws(clouds.aws_body(id, name)); }

  // A workspace whose only agent has this machine.
  AgentRow machine(const std::string& workspace, const std::string& id, const std::string& name = "alpha") {
    auto row = add_agent(server, server.owner(), workspace);
    sql(fmt::format("update workspace_agents set auth_instance_id = '{}', name = '{}' where id = '{}'", id, name, row.id));
    return row;
  }
  // Another agent of that resource; its token.
  std::string sharer(const std::string& resource, const std::string& id, const std::string& name, const std::string& parent = "null") {
    const auto token = Uuid::random().str();
    sql(
        fmt::format("insert into workspace_agents (id, resource_id, parent_id, name, architecture, operating_system, auth_token, auth_instance_id,"
                    " created_at, updated_at) values (gen_random_uuid(), '{}', {}, '{}', 'amd64', 'linux', '{}', '{}', now(), now())",
                    resource, parent, name, token, id));
    return token;
  }
  // The newest build, or an import, makes a resource; its id.
  std::string resource_of(const std::string& job) {
    const auto id = Uuid::random().str();
    sql(fmt::format(
        "insert into workspace_resources (id, job_id, transition, type, name, created_at) values ('{}', ({}), 'start', 'aws_instance', 'dev', now())",
        id, job));
    return id;
  }
  std::string newest(const AgentRow& row) {
    return resource_of(
        fmt::format("select job_id from workspace_builds where workspace_id = '{}' order by build_number desc limit 1", row.workspace));
  }
  std::string import_of(const AgentRow& row) { return resource_of(fmt::format("select job_id from template_versions where id = '{}'", row.version)); }
  std::string sql(const std::string& text) { return server.database().sql(text); }
};

const std::string kStale = "Resource found for id \"i-x\", but isn't registered on the latest history.";

// --- proofs

TEST_F(IdentityDb, AwsIsGivenTheAgentsTokenHoweverItsSignatureIsWrapped) {
  const auto row = machine("ws", "i-x");
  const auto document = Clouds::document("i-x");
  const auto signature = base64(signature_of(clouds.aws.key, document));

  const auto plain = of("i-x");

  EXPECT_EQ(plain.status, 200) << plain.body;
  EXPECT_EQ(plain.body, R"({"session_token":")" + row.token + "\"}");
  for (const auto& text : {wrapped(signature, 64), wrapped(signature, 76, "\r\n")})
    EXPECT_EQ(aws(Clouds::body({{"document", document}, {"signature", text}}, {})).body, plain.body);
  EXPECT_EQ(server.get(kAgents + "me/manifest", {"", "", said(plain, "session_token")}).status, 200);
}

TEST_F(IdentityDb, AwsDocumentsThatWereChangedAreRefusedWithoutAStatement) {
  machine("ws", "i-x");
  auto changed = clouds.aws_body("i-x");
  changed.replace(changed.find("us-east-1"), 9, "us-east-2");

  const auto answer = aws(changed);
  const auto cost = server.cost(answer);

  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(said(answer), "Invalid AWS identity.");
  EXPECT_EQ(said(answer, "detail"), "crypto/rsa: verification error");
  EXPECT_EQ(std::make_pair(cost.sql, cost.rbac), std::make_pair(0, 0));
}

TEST_F(IdentityDb, ARefusedProofIsToldToWhoeverOwnsTheWorkspaceOrMayChangeItsTemplate) {
  const auto owner = server.owner(), ana = server.member("ana"), bo = server.member("bo"), cy = server.member("cy"), stranger = server.member("dan");
  const auto row = add_agent(server, ana, "ws");
  sql(fmt::format("update workspace_agents set auth_instance_id = 'i-x' where id = '{}'", row.id));
  const auto shared = fmt::format(R"({{"user_roles":{{"{}":"use","{}":"use"}}}})", bo.id, cy.id);
  ASSERT_EQ(server.patch("/api/v2/workspaces/" + row.workspace + "/acl", shared, ana).status, 204);
  const auto author = fmt::format(R"({{"user_perms":{{"{}":"admin"}}}})", cy.id);
  ASSERT_EQ(server.patch("/api/v2/templates/" + row.template_id + "/acl", author, server.owner()).status, 200);
  auto changed = clouds.aws_body("i-x");
  changed.replace(changed.find("us-east-1"), 9, "us-east-2");
  const auto told = [&](const Person& who) { return server.get(row.path() + "/identity", who); };
  const std::string waits = R"({"instance_id":"i-x","refused":null})";
  ASSERT_EQ(told(ana).body, waits);

  const auto refused = aws(changed);

  EXPECT_EQ(server.cost(refused).sql, 0) << "nobody is written down for it";
  for (const auto& who : {ana, cy, server.owner()}) {
    const auto body = told(who).body;
    EXPECT_NE(body.find(R"("provider":"aws","reason":"crypto/rsa: verification error")"), std::string::npos) << who.username << " " << body;
  }
  EXPECT_EQ(told(bo).body, waits) << "who only uses it can do nothing about it";
  EXPECT_EQ(told(stranger).status, 404);
  ASSERT_EQ(of("i-x").status, 200);
  EXPECT_EQ(told(ana).body, waits) << "it is here now";
}

TEST_F(IdentityDb, WhyAMachineGetsNoTokenIsToldForTheNewestBuildAlone) {
  const auto row = machine("ws", "i-x", "alpha");
  sharer(row.resource, "i-x", "beta");
  const auto told = [&] { return server.get(row.path() + "/identity", server.owner()).body; };

  ASSERT_EQ(of("i-x").status, 409);
  const auto of_two = told();
  ASSERT_EQ(of("i-x", "gamma").status, 404);
  const auto of_none = told();
  add_build(server, row, "stop");

  EXPECT_NE(of_two.find("Set CODER_AGENT_NAME to one of: alpha, beta"), std::string::npos) << of_two;
  EXPECT_NE(of_none.find("No agent found with instance ID"), std::string::npos) << of_none;
  EXPECT_EQ(told(), R"({"instance_id":"i-x","refused":null})");
}

TEST_F(IdentityDb, AzureIsGivenItUnderItsRootAndRefusedUnderAnotherName) {
  const auto row = machine("ws", "vm-1");

  EXPECT_EQ(said(azure(clouds.azure_body("vm-1")), "session_token"), row.token);
  const auto other = azure(clouds.azure_body("vm-1", "metadata.azure.com.evil.org"));
  EXPECT_EQ(other.status, 401);
  EXPECT_EQ(said(other), "Invalid Azure identity.");
  EXPECT_EQ(said(other, "detail"), "unmatched common name of signer: \"metadata.azure.com.evil.org\"");
  EXPECT_EQ(server.cost(other).sql, 0);
}

TEST_F(IdentityDb, GoogleIsGivenItByAKeyOfTheFileAndRefusedWhenItIsOver) {
  const auto row = machine("ws", "77");

  EXPECT_EQ(said(google(Clouds::google_body(Clouds::google_token(Clouds::google_claim("77")))), "session_token"), row.token);
  const auto over = google(Clouds::google_body(Clouds::google_token(Clouds::google_claim("77"), -1)));
  EXPECT_EQ(over.status, 401);
  EXPECT_EQ(said(over), "Invalid GCP identity.");
  const auto payload = Clouds::google_claim("77");
  const auto hmac = [&](const std::string& covered) { return crypto::hmac_sha256(key_set(rsa_jwk(rsa_key(4), "one")), covered); };
  for (const auto* algorithm : {"HS256", "none"}) {
    const auto header = fmt::format(R"({{"alg":"{}","kid":"one"}})", algorithm);
    EXPECT_EQ(google(Clouds::google_body(token_of(header, R"({"aud":"coder","exp":9999999999)" + payload + "}", hmac))).status, 401) << algorithm;
  }
}

TEST_F(IdentityDb, GoogleWithoutAMachineIsNobodysAndCostsNothing) {
  const auto none = google(Clouds::google_body(Clouds::google_token("")));
  const auto number = google(Clouds::google_body(Clouds::google_token(R"(,"google":{"compute_engine":{"instance_id":77}})")));

  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(said(none), "Instance with id \"\" not found.");
  EXPECT_EQ(server.cost(none).sql, 0);
  EXPECT_EQ(number.status, 400);
  EXPECT_EQ(said(number), "Error decoding JWT claims.");
}

TEST(IdentityWithoutAnchors, RefusesEveryAwsRequestAndWhatIsDisabled) {
  const Clouds clouds;
  TestServer server([&](server::Config& config) {
    config.identity.packaged = false;
    config.identity.providers = {"aws"};
  });

  const auto answer = server.call("POST", kAgents + "aws-instance-identity", clouds.aws_body("i-x"));
  const auto off = server.call("POST", kAgents + "google-instance-identity", Clouds::google_body("a.b.c"));

  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(said(answer), "Invalid AWS identity.");
  EXPECT_EQ(said(answer, "detail"), "no AWS identity certificates configured");
  EXPECT_EQ(off.status, 401);
  EXPECT_EQ(said(off), "Invalid GCP identity.");
  EXPECT_EQ(said(off, "detail"), "google instance identity is disabled");
}

TEST(IdentityAnchors, ThatCannotBeReadStopTheStartAndAreNamed) {
  aio::Loops loops(1);
  server::Config config;
  config.http_address = "127.0.0.1:0";
  config.identity.azure_roots = "/nonexistent/roots.pem";
  std::string why;
  struct Start {
    static Task<int> it(aio::Loops* loops, server::Config config, std::string* why) {
      const auto started = co_await server::Server::start(*loops, std::move(config));
      if (!started) *why = started.error().say;
      co_return 0;
    }
  };

  loops.run(Start::it(&loops, config, &why));

  EXPECT_NE(why.find("--azure-instance-identity-roots: /nonexistent/roots.pem"), std::string::npos) << why;
}

Task<void> refuse(net::Exchange* exchange) {
  const auto sent = co_await exchange->send({.status = 404, .headers = {}, .body = {}});
  EXPECT_TRUE(sent);
}
Task<Result<std::vector<std::string>>> this_machine() { co_return std::vector<std::string>{"127.0.0.1"}; }

// The internet is a server of the test's own, at an address that is none of the internet's.
TEST(IdentityFetches, NothingForChangedContentNorFromPrivateAddresses) {
  const Clouds clouds;
  std::atomic<int> asked = 0;
  FakeSite site([&asked](net::Exchange& exchange) {
    ++asked;
    return refuse(&exchange);
  });
  const auto url = site.url();
  TestServer server([&](server::Config& config) {
    clouds.configure(config);
    clouds.write("none.pem", clouds.root.pem());
    config.identity.azure_intermediates = (clouds.folder / "none.pem").string();
    config.identity.reach.port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    config.identity.reach.resolve = [](const std::string&, Milliseconds) { return this_machine(); };
  });
  const auto leaf = issue({.common_name = "metadata.azure.com", .key = rsa_key(3), .issuer_url = "http://www.microsoft.com/a.crt"}, &clouds.middle);
  auto message = signed_message({.content = R"({"vmId":"vm-1"})", .signers = {&leaf}});
  const auto ask = [&] {
    return server.call("POST", kAgents + "azure-instance-identity", Clouds::body({{"encoding", "pkcs7"}, {"signature", base64(message)}}, {}));
  };

  const auto closed = ask();
  message[message.find("vm-1") + 3] = '2';
  const auto changed = ask();

  EXPECT_EQ(closed.status, 401);
  EXPECT_EQ(said(closed, "detail"), "certificate fetch unsuccessful");
  EXPECT_EQ(changed.status, 401);
  EXPECT_TRUE(said(changed, "detail").starts_with("verify pkcs7: ")) << changed.body;
  EXPECT_EQ(asked, 0);
}

// --- bodies

TEST_F(IdentityDb, BodiesHaveTheirFieldsAndTheirSize) {
  EXPECT_EQ(aws("nonsense").status, 400);
  EXPECT_EQ(said(aws("nonsense")), "Request body must be valid JSON.");
  const auto missing = aws(R"({"document":"{}"})");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(said(missing), "Validation failed.");
  EXPECT_EQ(missing.json().at("validations").at(0).at("field").as_string(), "signature");
  EXPECT_EQ(azure(R"({"signature":"AAAA"})").status, 400);
  EXPECT_EQ(google("{}").status, 400);
  EXPECT_EQ(google(Clouds::google_body(std::string(1 << 20, 'a'))).status, 413);
}

// --- whose machine

TEST_F(IdentityDb, NobodyHasAnUnknownMachine) {
  const auto answer = of("i-x");

  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(said(answer), "Instance with id \"i-x\" not found.");
  EXPECT_EQ(of(std::string(257, 'i')).status, 404);
}

TEST_F(IdentityDb, OfTwoThatShareANameChoosesAndWithoutOneBothAreNamed) {
  const auto row = machine("ws", "i-x");
  const auto beta = sharer(row.resource, "i-x", "beta");

  const auto none = of("i-x");

  EXPECT_EQ(none.status, 409);
  EXPECT_EQ(said(none), "Multiple agents found with instance ID \"i-x\". Set CODER_AGENT_NAME to one of: alpha, beta");
  EXPECT_EQ(none.json().at("validations").at(0).at("field").as_string(), "agent_name");
  EXPECT_EQ(none.json().at("validations").at(1).at("detail").as_string(), "beta");
  EXPECT_EQ(of("i-x", "").status, 409);
  EXPECT_EQ(of("i-x", "   ").status, 409);
  EXPECT_EQ(said(of("i-x", " alpha "), "session_token"), row.token);
  EXPECT_EQ(said(of("i-x", "beta"), "session_token"), beta);
  const auto nobody = of("i-x", "nonexistent");
  EXPECT_EQ(nobody.status, 404);
  EXPECT_EQ(said(nobody), "No agent found with instance ID \"i-x\" and name \"nonexistent\".");
}

TEST_F(IdentityDb, SubAgentsImportsAndDeletedOnesAreNeverMeant) {
  const auto row = machine("ws", "i-x");
  const auto import = import_of(row);
  sharer(row.resource, "i-x", "child", "'" + row.id + "'");
  sharer(import, "i-x", "imported");
  sharer(row.resource, "i-x", "gone");
  sql("update workspace_agents set deleted = true where name = 'gone'");
  sharer(import, "i-import", "imported");
  sharer(row.resource, "i-child", "child", "'" + row.id + "'");

  EXPECT_EQ(said(of("i-x"), "session_token"), row.token);
  EXPECT_EQ(of("i-import").status, 404);
  EXPECT_EQ(of("i-child").status, 404);
}

TEST_F(IdentityDb, AMachineThatWasStoppedAndStartedIsTheNewAgents) {
  const auto row = machine("ws", "i-x");
  add_build(server, row, "stop");
  const auto stopped = of("i-x");
  add_build(server, row, "start");
  const auto token = sharer(newest(row), "i-x", "alpha");

  EXPECT_EQ(stopped.status, 400);
  EXPECT_EQ(said(stopped), kStale);
  EXPECT_EQ(said(of("i-x"), "session_token"), token);
  EXPECT_EQ(said(of("i-x", "alpha"), "session_token"), token);
}

TEST_F(IdentityDb, AMachineOfThePastIsNobodysAnyMore) {
  const auto row = machine("ws", "i-x");
  add_build(server, row, "start");
  sharer(newest(row), "i-new", "alpha");
  const auto other = machine("other", "i-deleted");
  sql(fmt::format("update workspaces set deleted = true where id = '{}'", other.workspace));

  EXPECT_EQ(said(of("i-x")), kStale);
  EXPECT_EQ(of("i-x").status, 400);
  EXPECT_EQ(of("i-x", "alpha").status, 400);
  EXPECT_EQ(of("i-new").status, 200);
  EXPECT_EQ(of("i-deleted").status, 400);
}

TEST_F(IdentityDb, TwoWorkspacesThatClaimOneMachineBothGetNothing) {
  machine("one", "i-x");
  machine("two", "i-x");

  EXPECT_EQ(of("i-x").status, 409);
  EXPECT_EQ(of("i-x", "alpha").status, 409);
}

TEST_F(IdentityDb, OneOrFiftySharersCostOneStatementAndOneDecision) {
  const auto one = machine("one", "i-one"), many = machine("many", "i-many", "agent-00");
  for (int i = 1; i < 50; ++i) sharer(many.resource, "i-many", fmt::format("agent-{:02}", i));
  const auto cost = [this](const Answer& answer) {
    const auto spent = server.cost(answer);
    return std::make_tuple(answer.status, spent.sql, spent.rbac);
  };

  EXPECT_EQ(cost(of("i-one")), std::make_tuple(200, 1, 1));
  EXPECT_EQ(cost(of("i-many", "agent-49")), std::make_tuple(200, 1, 1));
  EXPECT_EQ(cost(of("i-many")), std::make_tuple(409, 1, 1));
  EXPECT_EQ(cost(of("")), std::make_tuple(404, 0, 0));
}

TEST_F(IdentityDb, ADatabaseThatFailsIsSaidInTheContractsWords) {
  machine("ws", "i-x");
  sql("alter table workspace_agents rename to elsewhere");

  const auto answer = of("i-x");

  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(said(answer), "Internal error fetching provisioner job agent.");
  EXPECT_NE(said(answer, "detail"), "");
  sql("alter table elsewhere rename to workspace_agents");
}

// --- many at once

struct Tally {
  int good = 0, other = 0;
};

Task<void> post(net::Client* client, std::string url, std::string body, std::string wanted, Tally* tally) {
  const auto got = co_await client->request("POST", url, {{"Content-Type", "application/json"}}, body, Seconds(60));
  ++(got && got->status == 200 && got->body.find(wanted) != std::string::npos ? tally->good : tally->other);
}

Task<int> post_all(int count, std::string url, std::string body, std::string wanted, Tally* tally) {
  net::Client client(co_await aio::executor());
  std::vector<Task<void>> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(post(&client, url, body, wanted, tally));
  co_await aio::at_once(std::move(tasks));
  co_await client.stop();
  co_return 0;
}

TEST_F(IdentityDb, FiveHundredAtOnceOverTenConnectionsAllGetTheirToken) {
  const auto row = machine("ws", "i-x");
  aio::Loops loops(1);
  Tally tally;

  loops.run(post_all(500, server.url() + kAgents + "aws-instance-identity", clouds.aws_body("i-x"), row.token, &tally));

  EXPECT_EQ(tally.good, 500);
  EXPECT_EQ(tally.other, 0);
}

TEST_F(IdentityDb, ExchangesAreCountedByProviderAndOutcome) {
  machine("ws", "i-x");
  of("i-x");
  of("i-y");
  azure(clouds.azure_body("vm-1", "nobody"));

  const auto text = server.get("/api/v2/debug/metrics", server.owner()).body;

  const auto has = [&](const std::string& line) { EXPECT_NE(text.find(line + "\n"), std::string::npos) << line; };
  has(R"(slipway_instance_identity_exchanges_total{provider="aws",outcome="issued"} 1)");
  has(R"(slipway_instance_identity_exchanges_total{provider="aws",outcome="unknown"} 1)");
  has(R"(slipway_instance_identity_exchanges_total{provider="azure",outcome="refused"} 1)");
  has(R"(slipway_instance_identity_statements_total{provider="aws"} 2)");
  has(R"(slipway_instance_identity_decisions_total{provider="aws"} 2)");
  has(R"(slipway_instance_identity_exchange_seconds_count{provider="aws"} 2)");
}

TEST_F(IdentityDb, WhatAnExchangeCostIsInItsAnswerWhileOneDebugs) {
  machine("ws", "i-x");
  const bool before = log::enabled(log::Level::debug);
  log::setup(log::Format::automatic, log::Level::info);
  const auto quiet = of("i-x");
  log::setup(log::Format::automatic, log::Level::debug);
  const auto issued = of("i-x"), refused = aws(R"({"document":"{}","signature":"AAAA"})");
  log::setup(log::Format::automatic, before ? log::Level::debug : log::Level::info);

  EXPECT_EQ(quiet.header("Server-Timing"), "");
  EXPECT_TRUE(issued.header("Server-Timing").ends_with("sql;desc=\"1\", rbac;desc=\"1\"")) << issued.header("Server-Timing");
  EXPECT_TRUE(refused.header("Server-Timing").ends_with("sql;desc=\"0\", rbac;desc=\"0\"")) << refused.header("Server-Timing");
}

}  // namespace
}  // namespace slipway::test
