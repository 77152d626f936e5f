#include "features/chats/rig_test.hpp"
#include "support/meanwhile.hpp"

#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace slipway::test {
namespace {

using Texts = std::vector<std::string>;

// With what differs from one chat to the next taken out.
std::string frame_of(const Answer& answer) {
  auto json = answer.json().as_object();
  for (const auto* part : {"id", "organization_id", "owner_id", "created_at", "updated_at", "workspace_id"})
    if (json.contains(part)) json[part] = "…";
  return boost::json::serialize(json);
}

TEST(ChatCreation, AnswersWithTheChatUnderBothPrefixes) {
  ChatRig r;
  const std::string wanted =
      R"({"id":"…","organization_id":"…","owner_id":"…","owner_username":"ana","last_model_config_id":"00000000-0000-0000-0000-000000000000",)"
      R"("title":"fix the build","status":"waiting","last_turn_summary":null,"summary":null,"created_at":"…","updated_at":"…","archived":false,)"
      R"("shared":false,"pin_order":0,"mcp_server_ids":[],"labels":{},"has_unread":false,"client_type":"api","children":[],)"
      R"("warnings":["No model is configured on this deployment: messages are kept, nobody answers."]})";

  for (const std::string prefix : {"/api/v2/chats", "/api/experimental/chats"}) {
    const auto made = r.srv.post(prefix, r.ask(), r.ana);

    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(frame_of(made), wanted) << prefix;
    const auto id = std::string(made.json().at("id").as_string());
    const auto read = r.srv.get(prefix + "/" + id, r.ana);
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.body + R"(,"warnings")", made.body.substr(0, made.body.find(R"(,"warnings")")) + R"(},"warnings")");
    EXPECT_EQ(r.sql("select role || content::text from chat_messages where chat_id = '" + id + "'"),
              R"(user[{"text": "fix the build", "type": "text"}])");
  }
  EXPECT_EQ(r.sql("select count(*) from chats c where not exists (select from chat_messages m where m.chat_id = c.id)"), "0");
}

TEST(ChatCreation, KeepsWhatWasChosen) {
  ChatRig r;

  const auto made = r.begin(r.ana, "one two three four five six seven",
                            R"(,"labels":{"repo":"api"},"client_type":"ui","plan_mode":"plan","system_prompt":"be brief","reasoning_effort":"high",)"
                            R"("unsafe_dynamic_tools":[{"name":"t"}])");

  ASSERT_EQ(made.status, 201) << made.body;
  const auto json = made.json();
  EXPECT_EQ(json.at("title"), "one two three four five six…");
  EXPECT_EQ(json.at("labels").at("repo"), "api");
  EXPECT_EQ(json.at("client_type"), "ui");
  EXPECT_EQ(json.at("plan_mode"), "plan");
  EXPECT_EQ(json.at("warnings").as_array().size(), 3U);
  EXPECT_EQ(r.sql("select system_prompt from chats"), "be brief");
}

TEST(ChatCreation, CostsTwoStatementsAndOneDecisionOnOneConnectionWithoutANotification) {
  ChatRig r;
  const auto row = add_agent(r.srv, r.ana, "box");
  r.begin(r.ana);
  const int told = times_sent(r.srv, "store.notify");

  const auto plain = r.srv.cost(r.begin(r.ana)), about = r.srv.cost(r.begin(r.ana, "go", R"(,"workspace_id":")" + row.workspace + '"'));

  // The first is the credential's.
  EXPECT_EQ(plain.sql, 1 + 2);
  EXPECT_LE(plain.trips, 1 + 3);
  EXPECT_EQ(plain.rbac, 1);
  EXPECT_EQ(plain.most, 1);
  EXPECT_EQ(about.sql, 1 + 2);
  EXPECT_EQ(about.rbac, 3) << "to begin a chat, and to read and to enter the workspace";
  EXPECT_EQ(times_sent(r.srv, "store.notify"), told);
}

TEST(ChatCreation, IsRefusedInTheOrderOfTheContract) {
  ChatRig r;
  r.sql(
      "insert into organizations (id, name, created_at, updated_at) values ('11111111-1111-4111-8111-111111111111', 'far', now(), now()),"
      " ('22222222-2222-4222-8222-222222222222', 'gone', now(), now()); update organizations set deleted = true where name = 'gone'");
  const std::string far = "11111111-1111-4111-8111-111111111111", nil = "00000000-0000-0000-0000-000000000000", random = Uuid::random().str();
  const auto in = [](const std::string& organization, const std::string& content, const std::string& more = {}) {
    return fmt::format(R"({{"organization_id":"{}","content":{}{}}})", organization, content, more);
  };
  const std::string good = R"([{"type":"text","text":"go"}])";
  const auto say = [&](const std::string& body, const Person& who) {
    const auto answer = r.srv.post(kChats, body, who);
    return fmt::format("{} {}|{}", answer.status, message(answer), detail(answer));
  };
  const auto here = [&](const std::string& content, const std::string& more = {}) { return in(r.organization, content, more); };
  const std::string bad_mode = R"(,"plan_mode":"x")", no_model = R"(,"model_config_id":")" + random + '"',
                    lost = R"(,"workspace_id":")" + random + '"';
  const auto tool = std::string(R"({"name":"t"})");
  std::string tools = tool;
  for (int i = 0; i < 250; ++i) tools += "," + tool;

  EXPECT_TRUE(say("{", r.ana).starts_with("400 Request body must be valid JSON.|"));
  EXPECT_EQ(say(R"({"content":[]})", r.ana), "400 organization_id is required.|");
  EXPECT_EQ(say(in(nil, "[]"), r.ana), "400 organization_id is required.|");
  for (const auto& where : {far, random, std::string("22222222-2222-4222-8222-222222222222")})
    EXPECT_EQ(say(in(where, "[]"), r.ana), "403 You are not a member of the specified organization.|") << where;
  EXPECT_EQ(say(in(far, good), r.srv.owner()), "403 You are not a member of the specified organization.|") << "not even the site's owner";
  EXPECT_EQ(say(here("[]"), r.narrow(r.ana, "workspace:*")), "403 Forbidden.|");
  EXPECT_EQ(say(here("[]"), r.ana), "400 Content is required.|Content cannot be empty.");
  EXPECT_EQ(say(here(R"([{"type":"text","text":"  "}])", bad_mode), r.ana), "400 Invalid input part.|content[0].text cannot be empty.");
  EXPECT_EQ(say(here(R"([{"type":"text","text":"a"},{"type":"file"}])"), r.ana),
            "400 Invalid input part.|content[1].file_id is required for file parts.");
  EXPECT_EQ(say(here(R"([{"type":"file","file_id":")" + random + R"("}])"), r.ana),
            "400 Invalid input part.|content[0].file_id references a file that does not exist.");
  EXPECT_EQ(say(here(R"([{"type":"file-reference"}])"), r.ana), "400 Invalid input part.|content[0].file_name cannot be empty for file-reference.");
  EXPECT_EQ(say(here(R"([{"type":"x"}])"), r.ana), "400 Invalid input part.|content[0].type \"x\" is not supported.");
  EXPECT_EQ(say(here(good, lost + no_model), r.ana), "400 Workspace not found or you do not have access to this resource|");
  EXPECT_EQ(say(here(good, lost), r.ana), "400 Workspace not found or you do not have access to this resource|");
  EXPECT_EQ(say(here(good, no_model + bad_mode), r.ana), "400 Invalid model config ID.|");
  EXPECT_EQ(say(here(good, bad_mode + R"(,"mcp_server_ids":[")" + random + R"("])"), r.ana), "400 Invalid plan_mode value.|");
  EXPECT_EQ(say(here(good, R"(,"mcp_server_ids":[")" + random + R"("],"labels":{"":"x"})"), r.ana),
            "400 One or more MCP server IDs are invalid or disabled.|Invalid IDs: " + random);
  EXPECT_EQ(say(here(good, R"(,"labels":{"_x":"y"},"client_type":"z")"), r.ana), "400 Invalid labels.|");
  EXPECT_TRUE(say(here(good, R"(,"client_type":"z","unsafe_dynamic_tools":[)" + tools + "]"), r.ana).starts_with("400 Too many dynamic tools.|"));
  EXPECT_EQ(say(here(good, R"(,"client_type":"z","orchestrator":true)"), r.ana), "400 Invalid client_type.|");
  EXPECT_EQ(say(here(good, R"(,"orchestrator":true)"), r.ana), "400 Orchestrator chats are not available on this deployment.|");
  EXPECT_EQ(r.sql("select count(*) from chats"), "0");
}

TEST(ChatCreation, OfAServiceAccountIsForbidden) {
  ChatRig r;
  r.sql("update users set is_service_account = true where username = 'bo'");

  EXPECT_EQ(r.begin(r.bo).status, 403);
}

TEST(ChatCreation, NeedsNoMoreThanItsOwnScope) {
  ChatRig r;
  const auto key = r.narrow(r.ana, "chat:create");

  EXPECT_EQ(r.begin(key).status, 201);

  EXPECT_EQ(r.srv.get(kChats, key).body, "[]");
  EXPECT_EQ(r.srv.get(r.path(r.sql("select id from chats")), key).status, 404);
  EXPECT_EQ(r.begin(r.narrow(r.ana, "coder:application_connect")).status, 403);
}

TEST(ChatCreation, IsAboutAWorkspaceThatOneMayEnter) {
  ChatRig r;
  const auto mine = add_agent(r.srv, r.ana, "mine"), theirs = add_agent(r.srv, r.bo, "theirs");
  const auto about = [](const AgentRow& row) { return R"(,"workspace_id":")" + row.workspace + '"'; };

  const auto made = r.begin(r.ana, "go", about(mine));

  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json().at("workspace_id"), mine.workspace.c_str());
  EXPECT_EQ(r.begin(r.ana, "go", about(theirs)).status, 400);
  EXPECT_EQ(r.sql("select count(*) from chats"), "1") << "who may not enter it undoes what the statement made";
  EXPECT_EQ(r.sql("select count(*) from chat_messages"), "1");

  r.sql(
      "insert into organizations (id, name, created_at, updated_at) values ('11111111-1111-4111-8111-111111111111', 'far', now(), now());"
      "update workspaces set organization_id = '11111111-1111-4111-8111-111111111111' where name = 'mine';"
      "insert into organization_members (organization_id, user_id, created_at, updated_at) values ('11111111-1111-4111-8111-111111111111', '" +
      r.ana.id + "', now(), now())");
  EXPECT_EQ(message(r.begin(r.ana, "go", about(mine))), "Workspace does not belong to this chat's organization.");

  r.sql("update workspaces set deleted = true where name = 'mine'");
  const auto later = r.srv.get(r.path(std::string(made.json().at("id").as_string())), r.ana);
  EXPECT_EQ(later.status, 200);
  EXPECT_FALSE(later.json().as_object().contains("workspace_id"));
}

TEST(ChatCreation, OfTooManyBytesIsRefusedBeforeTheyAreRead) {
  ChatRig r;
  const auto big = r.ask(std::string(256 << 10, 'x'));

  EXPECT_EQ(r.srv.post(kChats, big, r.ana).status, 413);
  EXPECT_EQ(r.begin(r.ana, std::string((256 << 10) - 200, 'x')).status, 201);
}

TEST(ChatCreation, KeepsNothingThatADatabaseCannotHold) {
  ChatRig r;
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "[";

  EXPECT_EQ(r.begin(r.ana, R"(a\u0000b)").status, 400);
  EXPECT_EQ(r.begin(r.ana, "a\xff\xfe").status, 400);
  EXPECT_EQ(r.srv.post(kChats, R"({"organization_id":)" + deep, r.ana).status, 400);
  EXPECT_EQ(r.begin(r.ana, "go", R"(,"labels":{"a":"\u0000"})").status, 400);
  EXPECT_EQ(r.sql("select count(*) from chats"), "0");
}

Answer begin_with(ChatRig& r, const Person& who, const std::string& body, const std::string& key) {
  return r.srv.call("POST", kChats, body, who.token, {{"Idempotency-Key", key}});
}

TEST(ChatCreation, WithAKeyHappensOnce) {
  ChatRig r;

  const auto first = begin_with(r, r.ana, r.ask(), "one"), again = begin_with(r, r.ana, r.ask(), "one"),
             other = begin_with(r, r.ana, r.ask("other words"), "one"), bos = begin_with(r, r.bo, r.ask("other words"), "one");

  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.header("Idempotency-Replayed"), "");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(r.srv.cost(again).sql, 1 + 2);
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(message(other), "Idempotency key was already used with a different request.");
  EXPECT_EQ(bos.status, 201) << "a key is its owner's";
  EXPECT_EQ(r.sql("select count(*) from chats"), "2");
  EXPECT_EQ(r.sql("select count(*) from audit_logs where resource_type = 'chat' and status_code = 201"), "2");
  EXPECT_EQ(message(begin_with(r, r.ana, r.ask(), std::string(256, 'x'))), "Invalid Idempotency-Key header.");
  EXPECT_EQ(begin_with(r, r.ana, r.ask(), std::string(255, 'x')).status, 201);
}

TEST(ChatCreation, WithAKeyIsKnownToAnotherServer) {
  ChatRig r;
  const auto first = begin_with(r, r.ana, r.ask(), "one");
  TestServer there(r.srv);

  const auto again = there.call("POST", kChats, r.ask(), r.ana.token, {{"Idempotency-Key", "one"}});

  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.json().at("id"), first.json().at("id"));
}

TEST(ChatCreation, TwiceAtOnceWithOneKeyMakesOneChat) {
  ChatRig r;
  std::vector<std::future<Answer>> all;
  for (int i = 0; i < 8; ++i) all.push_back(std::async(std::launch::async, [&r] { return begin_with(r, r.ana, r.ask(), "one"); }));

  std::set<std::string> ids;
  int replayed = 0;
  for (auto& one : all) {
    const auto answer = one.get();
    ASSERT_EQ(answer.status, 201) << answer.body;
    ids.emplace(answer.json().at("id").as_string());
    replayed += answer.header("Idempotency-Replayed") == "true" ? 1 : 0;
  }

  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(replayed, 7);
}

// With one connection for transactions, whoever held one and waited for another would wait for ever.
TEST(ChatCreation, OfAHundredAtOnceNeedsOneConnection) {
  ChatRig r([](server::Config& config) { config.database_transactions = 1; });
  const auto row = add_agent(r.srv, r.ana, "box");
  std::vector<std::future<Answer>> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(std::async(std::launch::async, [&r, &row, i] {
      return r.begin(r.ana, fmt::format("chat {}", i), i % 2 == 0 ? "" : R"(,"workspace_id":")" + row.workspace + '"');
    }));

  for (auto& one : all) {
    const auto answer = one.get();
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(r.srv.cost(answer).most, 1);
  }

  EXPECT_EQ(r.sql("select count(*) from chats"), "100");
  EXPECT_EQ(r.sql("select count(*) from audit_logs where resource_type = 'chat' and action = 'create'"), "100");
}

// An exclusive lock on one's own row, and on the organization's: nobody who begins a chat waits for it, so none touches these rows.
TEST(ChatCreation, LocksNoRowThatOthersShare) {
  ChatRig r;
  const auto row = add_agent(r.srv, r.ana, "box");
  Meanwhile held(r.srv, "select 1 from organizations for update; select 1 from users for update; select 1 from workspaces for update");

  const auto made = r.begin(r.ana, "go", R"(,"workspace_id":")" + row.workspace + '"');

  EXPECT_EQ(made.status, 201) << made.body;
}

TEST(ChatCreation, OfOneOwnerAtOnceNeverWaitsForALock) {
  ChatRig r;
  const std::string waiting =
      "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid where not l.granted and a.datname = current_database()"
      " and l.locktype in ('relation', 'tuple', 'transactionid', 'advisory', 'object')";
  std::atomic<int> busy = 20;
  std::vector<std::thread> all;
  for (int i = 0; i < 20; ++i)
    all.emplace_back([&r, &busy] {
      for (int n = 0; n < 10; ++n) EXPECT_EQ(r.begin(r.ana).status, 201);
      --busy;
    });

  while (busy > 0) EXPECT_EQ(r.sql(waiting), "0");
  for (auto& one : all) one.join();

  EXPECT_EQ(r.sql("select count(*) from chats"), "200");
}

// Whoever holds the table holds up two who begin a chat, and they hold the one connection of each of the two loops.
TEST(ChatCreation, IsToldThatTheDatabaseIsBusyAndLeavesNothing) {
  ChatRig r([](server::Config& config) {
    config.database_transactions = 1;
    config.database_patience = Milliseconds(1500);  // long enough to connect on a busy machine
  });
  const auto held_up = [&r] {
    return r.sql(
        "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid where not l.granted and a.query like '%insert into chats%'"
        " and a.pid <> pg_backend_pid() and a.datname = current_database()");
  };
  std::vector<std::future<Answer>> first;
  Answer late;
  {
    Meanwhile table(r.srv, "lock table chats in access exclusive mode");
    for (int i = 0; i < 40 && held_up() != "2"; ++i) {
      const auto before = held_up();
      first.push_back(std::async(std::launch::async, [&r] { return r.begin(r.ana); }));
      while (first.back().wait_for(Seconds(0)) != std::future_status::ready && held_up() == before) {
      }
    }

    late = r.begin(r.bo);
  }

  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(message(late), "The database is busy. Try again.");
  EXPECT_EQ(late.header("Retry-After"), "1");
  int made = 0;
  for (auto& one : first) made += one.get().status == 201 ? 1 : 0;
  EXPECT_EQ(made, 2);
  EXPECT_EQ(r.begin(r.bo).status, 201);
  EXPECT_EQ(r.sql("select count(*) || ' ' || (select count(*) from chat_messages) from chats"), "3 3");
}

TEST(ChatCreation, EndsAtTheLimitOfItsOwner) {
  ChatRig r([](server::Config& config) { config.chats_per_user = 3; });
  r.sql(
      fmt::format("insert into chats (id, organization_id, owner_id, title, created_at, updated_at)"
                  " select gen_random_uuid(), '{}', '{}', 'old', now(), now() from generate_series(1, 3)",
                  r.organization, r.ana.id));
  const auto kept = begin_with(r, r.ana, r.ask(), "kept");  // nothing is known of ana yet, and she is counted from now on
  Answer last;
  const auto until = std::chrono::steady_clock::now() + Seconds(20);
  do last = r.begin(r.ana);
  while (last.status == 201 && std::chrono::steady_clock::now() < until);

  EXPECT_EQ(last.status, 409);
  EXPECT_EQ(message(last), "Chat limit reached.");
  EXPECT_EQ(r.begin(r.bo).status, 201) << "it is a person's own";
  EXPECT_EQ(begin_with(r, r.ana, r.ask(), "kept").json().at("id"), kept.json().at("id")) << "what was made can be had again";
}

TEST(ChatCreation, LeavesOneLineWithoutWhatWasSaid) {
  ChatRig r;

  r.begin(r.ana, "a secret word", R"(,"system_prompt":"another secret")");

  EXPECT_EQ(r.sql("select count(*) from audit_logs where resource_type = 'chat'"), "1");
  EXPECT_EQ(r.sql("select resource_target from audit_logs where resource_type = 'chat'"), "a secret word") << "the title is the target";
  EXPECT_EQ(r.sql("select count(*) from audit_logs where diff::text like '%content%' or diff::text like '%another secret%'"), "0");
}

}  // namespace
}  // namespace slipway::test
