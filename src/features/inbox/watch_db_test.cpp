#include "features/inbox/rig_test.hpp"
#include "support/raw_socket.hpp"
#include "support/test_agent.hpp"

namespace slipway::test {
namespace {

// One who watches. Once the handshake is answered it is told of every line.
struct Watcher {
  Watcher(TestServer& server, const Person& who, const std::string& query = {}) : raw(server.url()) {
    raw.send("GET " + kInbox + "/watch" + query +
             " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCoder-Session-Token: " +
             who.token + "\r\n\r\n");
    const auto head = raw.read_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  }
  // What came up to the next count of what is unread, which is the last of each.
  std::string next() { return raw.read_until("\"unread_count\":") + raw.read_until("}"); }

  RawSocket raw;
};

TEST(InboxWatch, TellsEveryStreamOfEveryServerAndReadsTheLineOnceOnEach) {
  InboxRig r;
  TestServer there(r.srv);
  Watcher one(r.srv, r.ana), two(r.srv, r.ana), far(there, r.ana), other(r.srv, r.bo);
  const int before = times_sent(r.srv, "inbox.fresh"), before_there = times_sent(there, "inbox.fresh");

  ASSERT_EQ(r.say(r.ana, "Lunch is ready").status, 204);
  const auto heard = one.next(), same = two.next(), from_afar = far.next();

  EXPECT_NE(heard.find("Lunch is ready"), std::string::npos) << heard;
  EXPECT_NE(heard.find(kCustom), std::string::npos) << heard;
  EXPECT_EQ(same, heard);
  EXPECT_NE(from_afar.find("Lunch is ready"), std::string::npos) << from_afar;
  EXPECT_EQ(times_sent(r.srv, "inbox.fresh") - before, 1);
  EXPECT_EQ(times_sent(there, "inbox.fresh") - before_there, 1);

  ASSERT_EQ(r.say(r.bo, "For bo").status, 204);
  EXPECT_NE(other.next().find("For bo"), std::string::npos);
  EXPECT_TRUE(one.raw.quiet_for(0)) << "nobody hears of others' lines";
}

// Nothing in between waits for its turn. Of several the fastest counts: a busy machine is no fault of ours.
TEST(InboxWatch, TellsAStreamOfAnotherServerWithinASecond) {
  InboxRig r;
  TestServer there(r.srv);
  Watcher far(there, r.ana);
  auto fastest = std::chrono::steady_clock::duration::max();

  for (int i = 0; i < 5; ++i) {
    const auto began = std::chrono::steady_clock::now();
    ASSERT_EQ(r.say(r.ana, fmt::format("Lunch {}", i)).status, 204);
    const auto heard = far.next();
    EXPECT_NE(heard.find(fmt::format("Lunch {}", i)), std::string::npos) << heard;
    fastest = std::min(fastest, std::chrono::steady_clock::now() - began);
  }

  EXPECT_LT(fastest, Seconds(1));
}

TEST(InboxWatch, CostsNothingForWhomNobodyListens) {
  InboxRig r;
  Watcher one(r.srv, r.ana);
  const int before = times_sent(r.srv, "inbox.fresh");

  ASSERT_EQ(r.say(r.bo, "For bo").status, 204);
  ASSERT_EQ(r.say(r.ana, "For ana").status, 204);
  one.next();

  EXPECT_EQ(times_sent(r.srv, "inbox.fresh") - before, 1);
}

TEST(InboxWatch, SaysItWithoutMarksWhenAsked) {
  InboxRig r;
  Watcher marked(r.srv, r.ana), plain(r.srv, r.ana, "?format=plaintext");

  ASSERT_EQ(r.say(r.ana, "**Bold** [move](here)", "a_b `c`").status, 204);
  const auto with = marked.next(), without = plain.next();

  EXPECT_NE(without.find("**Bold** [move](here)"), std::string::npos) << without;
  EXPECT_NE(without.find("a_b `c`"), std::string::npos) << without;
  EXPECT_EQ(with.find("**Bold**"), std::string::npos) << "what was typed is no mark: " << with;
}

TEST(InboxWatch, TellsOnlyOfWhatWasAskedFor) {
  InboxRig r;
  Watcher custom(r.srv, r.ana, "?templates=" + kCustom + "&read_status=unread"), other(r.srv, r.ana, "?templates=" + kTest),
      read(r.srv, r.ana, "?read_status=read"), all(r.srv, r.ana);

  ASSERT_EQ(r.say(r.ana, "Lunch is ready").status, 204);

  EXPECT_NE(custom.next().find("Lunch is ready"), std::string::npos);
  EXPECT_NE(all.next().find("Lunch is ready"), std::string::npos);
  EXPECT_TRUE(other.raw.quiet_for(50));
  EXPECT_TRUE(read.raw.quiet_for(0));
}

TEST(InboxWatch, RefusesWhatIsWrongBeforeItOpens) {
  InboxRig r;
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{{"?targets=not-a-uuid", "targets"},
                                                                                     {"?format=html", "format"},
                                                                                     {"?read_status=x", "read_status"},
                                                                                     {"?starting_before=" + kTest, "starting_before"}}) {
    const auto answer = r.srv.get(kInbox + "/watch" + query, r.ana);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(fault(answer), field) << query;
  }
  EXPECT_EQ(r.srv.call("GET", kInbox + "/watch").status, 401);
}

TEST(InboxWatch, EndsWithTheSession) {
  InboxRig r;
  Watcher one(r.srv, r.ana);

  r.srv.database().sql("delete from api_keys where user_id = '" + r.ana.id + "'");
  const auto rest = one.raw.read_until("\x03\xe8");  // the code of a close in good order, 1000

  EXPECT_TRUE(rest.ends_with("\x03\xe8")) << rest.size() << " bytes came";
}

}  // namespace
}  // namespace slipway::test
