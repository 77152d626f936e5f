#include "features/chats/rig_test.hpp"

#include <future>

namespace slipway::test {
namespace {

using Texts = std::vector<std::string>;

TEST(ChatChange, DoesAllThatWasAskedOrNothing) {
  ChatRig r;
  const auto id = r.chat(r.ana);

  EXPECT_EQ(r.change(r.ana, id, R"({"title":" Build ","labels":{"repo":"api"},"plan_mode":"plan","pin_order":5})").status, 204);
  const auto after = r.srv.get(r.path(id), r.ana).json();
  EXPECT_EQ(after.at("title"), "Build");
  EXPECT_EQ(after.at("labels").at("repo"), "api");
  EXPECT_EQ(after.at("plan_mode"), "plan");
  EXPECT_EQ(after.at("pin_order"), 1);

  EXPECT_EQ(r.change(r.ana, id, R"({"title":"Other","archived":false})").status, 400);
  EXPECT_EQ(r.change(r.ana, id, R"({"title":"Other","pin_order":0,"workspace_id":")" + Uuid::random().str() + R"("})").status, 400);
  EXPECT_EQ(r.srv.get(r.path(id), r.ana).json(), after);
}

TEST(ChatChange, SaysWhatIsWrong) {
  ChatRig r;
  const auto id = r.chat(r.ana);
  const auto told = [&](const std::string& body) {
    const auto answer = r.change(r.ana, id, body);
    return answer.status == 204 ? "" : message(answer);
  };

  EXPECT_EQ(told(R"({"title":"  "})"), "Title cannot be empty.");
  EXPECT_EQ(told(R"({"title":")" + std::string(200, 'x') + R"("})"), "");
  EXPECT_EQ(told(R"({"title":")" + std::string(201, 'x') + R"("})"), "Title must be at most 200 characters.");
  EXPECT_EQ(told(R"({"labels":{" ":"x"}})"), "Invalid labels.");
  EXPECT_EQ(told(R"({"plan_mode":"x"})"), "Invalid plan_mode value.");
  EXPECT_EQ(told(R"({"pin_order":-1})"), "Pin order must be non-negative.");
  EXPECT_EQ(told(R"({"archived":false})"), "Chat is already not archived.");
  EXPECT_EQ(told(R"({"archived":true,"pin_order":1})"), "Cannot pin an archived chat.");
  EXPECT_EQ(told(R"({"archived":true})"), "");
  EXPECT_EQ(told(R"({"archived":true})"), "Chat is already archived.");
  EXPECT_EQ(told(R"({"pin_order":1})"), "Cannot pin an archived chat.");
}

TEST(ChatChange, OfNothingWritesNothingAndLeavesNoLine) {
  ChatRig r;
  const auto id = r.chat(r.ana, "go", R"(,"labels":{"b":"1","a":"2"})");
  const auto before = r.sql("select xmin from chats");

  EXPECT_EQ(r.change(r.ana, id, R"({"title":"go","labels":{"a":"2","b":"1"},"plan_mode":"","pin_order":0})").status, 204);
  EXPECT_EQ(r.change(r.ana, id, "{}").status, 204);

  EXPECT_EQ(r.sql("select count(*) from audit_logs where resource_type = 'chat' and action = 'write'"), "0");
  EXPECT_EQ(r.change(r.ana, id, R"({"labels":{}})").status, 204);
  EXPECT_EQ(r.sql("select count(*) from audit_logs where resource_type = 'chat' and action = 'write'"), "1");
  EXPECT_NE(r.sql("select xmin from chats"), before);
}

TEST(ChatChange, BindsToAWorkspaceAndUnbinds) {
  ChatRig r;
  const auto mine = add_agent(r.srv, r.ana, "mine"), theirs = add_agent(r.srv, r.bo, "theirs");
  const auto id = r.chat(r.ana);
  const auto bind = [&](const std::string& workspace) { return r.change(r.ana, id, R"({"workspace_id":")" + workspace + R"("})"); };

  EXPECT_EQ(message(bind(theirs.workspace)), "Workspace not found or you do not have access to this resource");
  EXPECT_EQ(bind(mine.workspace).status, 204);
  EXPECT_EQ(r.srv.get(r.path(id), r.ana).json().at("workspace_id"), mine.workspace.c_str());
  EXPECT_EQ(bind("00000000-0000-0000-0000-000000000000").status, 204);
  EXPECT_FALSE(r.srv.get(r.path(id), r.ana).json().as_object().contains("workspace_id"));
}

TEST(ChatPinned, KeepOneToNWhoeverChangesThemAtOnce) {
  ChatRig r;
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(r.chat(r.ana, fmt::format("c{}", i)));
  std::vector<std::future<Answer>> all;
  for (int round = 0; round < 4; ++round)
    for (const auto& id : ids)
      all.push_back(std::async(std::launch::async, [&r, id, round] {
        return r.change(r.ana, id, fmt::format(R"({{"pin_order":{},"title":"t{}"}})", (round * 5) % 7, round));
      }));

  for (auto& one : all) {
    const auto answer = one.get();
    EXPECT_EQ(answer.status, 204) << answer.body;
  }

  EXPECT_EQ(r.sql("select coalesce(bool_and(pin_order = n), true) from (select pin_order, row_number() over (order by pin_order) as n from chats"
                  " where pin_order > 0) x"),
            "t");
}

TEST(ChatPinned, AreUnpinnedByTheArchive) {
  ChatRig r;
  const auto a = r.chat(r.ana, "a"), b = r.chat(r.ana, "b");
  for (const auto& id : {a, b}) EXPECT_EQ(r.change(r.ana, id, R"({"pin_order":1})").status, 204);

  EXPECT_EQ(r.change(r.ana, a, R"({"archived":true})").status, 204);

  EXPECT_EQ(r.sql("select string_agg(title || pin_order, ' ' order by title) from chats"), "a0 b1");
}

TEST(ChatList, ShowsOnesOwnPinnedFirstThenTheNewest) {
  ChatRig r;
  EXPECT_EQ(r.srv.get(kChats, r.ana).body, "[]");
  std::vector<std::string> ids;
  for (const auto* title : {"one", "two", "three", "four"}) ids.push_back(r.chat(r.ana, title));
  r.chat(r.bo, "not hers");
  r.sql(
      "update chats c set updated_at = now() + n * interval '1 s' from unnest('{one,two,three,four}'::text[]) with ordinality x (t, n) where t = "
      "title");
  EXPECT_EQ(r.change(r.ana, ids[0], R"({"pin_order":1})").status, 204);

  const auto list = [&](const std::string& query) { return titles(r.srv.get(kChats + query, r.ana)); };
  EXPECT_EQ(list(""), (Texts{"one", "four", "three", "two"}));
  EXPECT_EQ(list("?limit=2"), (Texts{"one", "four"}));
  EXPECT_EQ(list("?limit=2&offset=1"), (Texts{"four", "three"}));
  EXPECT_EQ(list("?limit=2&after_id=" + ids[3]), (Texts{"three", "two"}));
  EXPECT_EQ(list("?after_id=" + ids[0]), (Texts{"four", "three", "two"}));
  EXPECT_EQ(list("?q=t"), (Texts{"three", "two"}));
  EXPECT_EQ(list("?q=source:shared_with_me"), Texts());
  EXPECT_EQ(r.change(r.ana, ids[1], R"({"archived":true})").status, 204);
  EXPECT_EQ(list("?q=archived:true"), Texts{"two"});
  EXPECT_EQ(list(""), (Texts{"one", "four", "three"}));
}

TEST(ChatList, IsFilteredByEveryLabel) {
  ChatRig r;
  r.chat(r.ana, "both", R"(,"labels":{"repo":"api","kind":"bug:1"})");
  r.chat(r.ana, "one", R"(,"labels":{"repo":"api"})");
  const auto list = [&](const std::string& query) { return titles(r.srv.get(kChats + query, r.ana)); };

  EXPECT_EQ(list("?label=repo:api").size(), 2U);
  EXPECT_EQ(list("?label=repo:api&label=kind:bug:1"), Texts{"both"});
  EXPECT_EQ(list("?label=repo:api&label=repo:web"), Texts());
  for (const std::string wrong : {"repo", ":x", "repo:"})
    EXPECT_EQ(message(r.srv.get(kChats + "?label=" + wrong, r.ana)),
              "Invalid label filter: \"" + wrong + "\" (expected format key:value, both must be non-empty)");
}

TEST(ChatList, RefusesASearchThatItCannotRead) {
  ChatRig r;
  for (const std::string wrong : {"x:y", "archived:maybe", "source:x", "a:b:c"}) {
    const auto answer = r.srv.get(kChats + "?q=" + wrong, r.ana);
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_EQ(message(answer), "Invalid chat search query.") << wrong;
    EXPECT_EQ(answer.json().at("validations").as_array().size(), 1U) << wrong;
  }
}

TEST(ChatList, OfTenThousandCostsOneStatement) {
  ChatRig r;
  r.sql(
      fmt::format("insert into chats (id, organization_id, owner_id, title, created_at, updated_at)"
                  " select gen_random_uuid(), '{0}', '{1}', 'c' || n, now(), now() - n * interval '1 s' from generate_series(1, 10000) n;"
                  " insert into chats (id, organization_id, owner_id, title, created_at, updated_at)"
                  " select gen_random_uuid(), '{0}', gen_random_uuid(), 'x', now(), now() from generate_series(1, 2000); analyze chats",
                  r.organization, r.ana.id));

  const auto page = r.srv.get(kChats, r.ana);

  EXPECT_EQ(titles(page).size(), 50U);
  EXPECT_EQ(titles(page).front(), "c1");
  EXPECT_EQ(r.srv.cost(page).sql, 1 + 1);
}

TEST(ChatPaths, ThatAreNotServedAreNotThere) {
  ChatRig r;
  const auto id = r.chat(r.ana);

  for (const std::string prefix : {"/api/v2/chats", "/api/experimental/chats"}) {
    EXPECT_EQ(r.srv.get(prefix + "/no-id", r.ana).status, 400);
    EXPECT_EQ(r.srv.get(prefix + "/" + Uuid::random().str(), r.ana).status, 404);
    for (const std::string later : {"/models", "/by-workspace", "/providers", "/config/system-prompt", "/cost/users"})
      EXPECT_EQ(r.srv.get(prefix + later, r.ana).status, 404) << prefix << later;
    EXPECT_EQ(r.srv.get(prefix + "/" + id + "/acl", r.ana).status, 404);
  }
}

TEST(ChatModels, AreNone) {
  ChatRig r;
  const auto id = r.chat(r.ana);

  EXPECT_EQ(r.srv.get("/api/v2/organizations/default/chats/models", r.ana).body, R"({"models":[],"providers":[],"unsupported_providers":[]})");
  const auto before = r.srv.get(r.path(id), r.ana).body;
  const auto interrupted = r.srv.post(r.path(id, "/interrupt"), "", r.ana);
  EXPECT_EQ(interrupted.status, 200);
  EXPECT_EQ(interrupted.body, before);
  EXPECT_EQ(r.sql("select distinct status from chats"), "waiting");
  EXPECT_EQ(r.sql("select count(*) from chat_messages where role <> 'user'"), "0");
}

}  // namespace
}  // namespace slipway::test
