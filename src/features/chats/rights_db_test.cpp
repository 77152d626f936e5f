#include "features/chats/rig_test.hpp"

namespace slipway::test {
namespace {

// Who may do what with ana's chat, as one text: read, list, messages, change, append, interrupt.
std::string rights(ChatRig& r, const Person& who, const std::string& id) {
  const auto status = [](const Answer& answer) { return " " + std::to_string(answer.status); };
  const std::string words = R"({"content":[{"type":"text","text":"x"}]})";
  return "get" + status(r.srv.get(r.path(id), who)) + status(r.srv.get(r.path(id, "/messages"), who)) +
         status(r.change(who, id, R"({"pin_order":0})")) + status(r.srv.post(r.path(id, "/messages"), words, who)) +
         status(r.srv.post(r.path(id, "/interrupt"), "", who)) + (titles(r.srv.get(kChats, who)).empty() ? " lists none" : " lists it");
}

TEST(ChatRights, AreTheOwnersAndTheAdministrators) {
  ChatRig r;
  const auto id = r.chat(r.ana);
  const auto admin = r.srv.member("admin"), auditor = r.srv.member("auditor"), robot = r.srv.member("robot"), stranger = r.srv.member("stranger");
  r.sql(
      "update organization_members set roles = '{organization-admin}' where user_id = (select id from users where username = 'admin');"
      "update users set rbac_roles = '{auditor}' where username = 'auditor'; update users set is_service_account = true where username = 'robot';"
      "insert into organizations (id, name, created_at, updated_at) values ('11111111-1111-4111-8111-111111111111', 'far', now(), now());"
      "update organization_members set organization_id = '11111111-1111-4111-8111-111111111111'"
      " where user_id = (select id from users where username = 'stranger')");

  const std::string all = "get 200 200 204 200 200", none = "get 404 404 404 404 404 lists none";
  EXPECT_EQ(rights(r, r.ana, id), all + " lists it");
  EXPECT_EQ(rights(r, admin, id), all + " lists none") << "a list is of one's own";
  EXPECT_EQ(rights(r, r.srv.owner(), id), all + " lists none");
  EXPECT_EQ(rights(r, r.bo, id), none);
  EXPECT_EQ(rights(r, auditor, id), none);
  EXPECT_EQ(rights(r, robot, id), none);
  EXPECT_EQ(rights(r, stranger, id), none);
}

TEST(ChatRights, EndWithTheMembershipAndComeBackWithIt) {
  ChatRig r;
  const auto id = r.chat(r.ana);

  r.sql("delete from organization_members where user_id = '" + r.ana.id + "'");
  EXPECT_EQ(rights(r, r.ana, id), "get 404 404 404 404 404 lists none");
  EXPECT_EQ(r.begin(r.ana).status, 403);

  r.sql(fmt::format("insert into organization_members (organization_id, user_id, created_at, updated_at) values ('{}', '{}', now(), now())",
                    r.organization, r.ana.id));
  EXPECT_EQ(rights(r, r.ana, id), "get 200 200 204 200 200 lists it");
}

TEST(ChatRights, OfAWorkspaceAreNotThoseOfItsChats) {
  ChatRig r;
  const auto box = add_agent(r.srv, r.ana, "box");
  const auto id = r.chat(r.ana, "go", R"(,"workspace_id":")" + box.workspace + '"');

  r.sql("update workspaces set user_acl = jsonb_build_object('" + r.bo.id + "', '{\"permissions\":[\"*\"]}'::jsonb)");

  EXPECT_EQ(r.srv.get("/api/v2/workspaces/" + box.workspace, r.bo).status, 200);
  EXPECT_EQ(r.srv.get(r.path(id), r.bo).status, 404);
}

}  // namespace
}  // namespace slipway::test
