#include "features/chats/rig_test.hpp"
#include "support/raw_socket.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

namespace slipway::test {
namespace {

std::string handshake(const std::string& path, const Person& who) {
  return "GET " + path +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCoder-Session-Token: " +
         who.token + "\r\n\r\n";
}

struct Watcher {
  Watcher(TestServer& server, const std::string& path, const Person& who) : raw(server.url()) {
    raw.send(handshake(path, who));
    const auto head = raw.read_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  }
  // The number of the next message; nothing at the end.
  std::optional<long long> next() {
    static const std::string kMark = R"("message":{"id":)";
    for (;;) {
      const auto at = unread.find(kMark), end = at == unread.npos ? at : unread.find(',', at + kMark.size());
      if (end != unread.npos) {
        const auto id = std::stoll(unread.substr(at + kMark.size(), end - at - kMark.size()));
        unread.erase(0, end);
        return id;
      }
      const auto piece = raw.read();
      if (piece.empty()) return std::nullopt;
      unread += piece;
    }
  }
  bool ends() { return raw.read_until("\x03\xe8").ends_with("\x03\xe8"); }  // the code of a close in good order, 1000

  RawSocket raw;
  std::string unread;
};

const std::string kStatus = R"("status":{"status":"waiting"}})";

TEST(ChatStream, TellsWhatIsThereThenTheStatusThenWhatIsNew) {
  ChatRig r;
  const auto id = r.chat(r.ana, "one");
  Watcher all(r.srv, r.path(id, "/stream"), r.ana);

  const auto snapshot = all.raw.read_until(kStatus);
  EXPECT_EQ(r.say(r.ana, id, "two").status, 200);
  const auto live = all.raw.read_until("\"text\":\"two\"");

  EXPECT_LT(snapshot.find("\"text\":\"one\""), snapshot.find(R"("type":"status")"));
  EXPECT_NE(snapshot.find(R"([{"type":"message","chat_id":")" + id), std::string::npos) << snapshot;
  EXPECT_EQ(live.find("\"text\":\"one\""), std::string::npos) << "nothing comes twice";
  EXPECT_NE(live.find(R"([{"type":"message")"), std::string::npos);
}

TEST(ChatStream, GoesOnAfterAMessageAndOnAnotherServer) {
  ChatRig r;
  TestServer there(r.srv);
  const auto id = r.chat(r.ana, "one");
  Watcher late(there, "/api/experimental/chats/" + id + "/stream?after_id=" + r.sql("select max(id) from chat_messages"), r.ana);

  const auto snapshot = late.raw.read_until(kStatus);
  EXPECT_EQ(r.say(r.ana, id, "two").status, 200);

  EXPECT_EQ(snapshot.find("\"text\":\"one\""), std::string::npos);
  EXPECT_NE(late.raw.read_until("\"text\":\"two\"").find("two"), std::string::npos);
}

TEST(ChatStream, RefusesBeforeItOpens) {
  ChatRig r;
  const auto id = r.chat(r.ana);

  const auto wrong = r.srv.get(r.path(id, "/stream?after_id=x"), r.ana);
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(message(wrong), "Invalid after_id parameter.");
  EXPECT_EQ(r.srv.get(r.path(id, "/stream"), r.bo).status, 404);
}

TEST(ChatStream, EndsWithTheMembershipAndWithTheChat) {
  ChatRig r;
  const auto hers = r.chat(r.ana), his = r.chat(r.bo);
  Watcher left(r.srv, r.path(hers, "/stream"), r.ana), gone(r.srv, r.path(his, "/stream"), r.bo), watched(r.srv, kChats + "/watch", r.ana);
  left.raw.read_until(kStatus);
  gone.raw.read_until(kStatus);

  r.sql("delete from organization_members where user_id = '" + r.ana.id + "'; delete from chats where owner_id = '" + r.bo.id + "'");

  EXPECT_TRUE(left.ends());
  EXPECT_TRUE(gone.ends());
  EXPECT_TRUE(watched.ends());
}

// As when a notification is lost: the server is told of neither.
TEST(ChatStream, LooksByItselfWhenNobodyWakesIt) {
  ChatRig r;
  const auto id = r.chat(r.ana);
  Watcher stream(r.srv, r.path(id, "/stream"), r.ana), watch(r.srv, kChats + "/watch", r.ana);
  stream.raw.read_until(kStatus);

  r.sql(fmt::format(
      "insert into chat_messages (chat_id, created_at, role, content) values ('{}', now(), 'user', '[{{\"type\":\"text\",\"text\":\"lost\"}}]');"
      "insert into chats (id, organization_id, owner_id, title, created_at, updated_at) values (gen_random_uuid(), '{}', '{}', 'unheard', "
      "now(), now())",
      id, r.organization, r.ana.id));

  EXPECT_NE(stream.raw.read_until("\"text\":\"lost\"").find("lost"), std::string::npos);
  EXPECT_NE(watch.raw.read_until("unheard").find(R"("kind":"created")"), std::string::npos);
}

TEST(ChatStream, OfOnePersonAreAHundred) {
  ChatRig r;
  const auto id = r.chat(r.ana);
  std::vector<std::unique_ptr<Watcher>> open;
  for (int i = 0; i < 100; ++i) open.push_back(std::make_unique<Watcher>(r.srv, i % 2 == 0 ? r.path(id, "/stream") : kChats + "/watch", r.ana));

  RawSocket one_more(r.srv.url());
  one_more.send(handshake(r.path(id, "/stream"), r.ana));

  EXPECT_TRUE(one_more.read_until("\r\n").starts_with("HTTP/1.1 429 "));
}

// Ten who write, twenty who read, leave and come back: each sees every number once, in order.
TEST(ChatStream, LosesAndDoublesNothingForThoseWhoComeBack) {
  ChatRig r;
  const auto chat = r.chat(r.ana, "begin");
  constexpr int kWriters = 10, kEach = 20, kReaders = 20;
  std::vector<std::thread> writers, readers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&r, &chat] {
      for (int i = 0; i < kEach; ++i) EXPECT_EQ(r.say(r.ana, chat, "x").status, 200);
    });
  std::atomic<int> whole = 0;
  for (int n = 0; n < kReaders; ++n)
    readers.emplace_back([&r, &chat, &whole] {
      std::vector<long long> seen;
      int in_vain = 0;  // connections that brought nothing: what is late on a busy machine comes by the next one, what is lost never
      for (long long after = 0; seen.size() < kWriters * kEach + 1 && in_vain < 4; ++in_vain) {
        Watcher one(r.srv, r.path(chat, "/stream?after_id=" + std::to_string(after)), r.ana);
        for (int messages = 0; messages < 40 && seen.size() < kWriters * kEach + 1; ++messages) {
          const auto id = one.next();
          if (!id) break;
          seen.push_back(*id);
          in_vain = -1;
        }
        if (!seen.empty()) after = seen.back();
      }
      const bool all = seen.size() == kWriters * kEach + 1;
      if (all && std::is_sorted(seen.begin(), seen.end()) && std::set(seen.begin(), seen.end()).size() == seen.size()) ++whole;
    });
  for (auto& one : writers) one.join();
  for (auto& one : readers) one.join();

  EXPECT_EQ(whole, kReaders);
}

TEST(ChatWatch, TellsWhatBecomesOfOnesOwnChatsOnEveryServer) {
  ChatRig r;
  TestServer there(r.srv);
  const auto old = r.chat(r.ana, "old");
  Watcher here(r.srv, kChats + "/watch", r.ana), far(there, kChats + "/watch", r.ana), other(r.srv, kChats + "/watch", r.bo);
  const auto heard = [&](const std::string& kind, const std::string& title) {
    for (auto* one : {&here, &far}) {
      const auto text = one->raw.read_until(R"("children":[])");
      EXPECT_NE(text.find(R"({"kind":")" + kind + R"(","chat":)"), std::string::npos) << text;
      EXPECT_NE(text.find(R"("title":")" + title + '"'), std::string::npos) << text;
    }
  };

  const auto id = r.chat(r.ana, "new");
  heard("created", "new");
  EXPECT_EQ(r.change(r.ana, id, R"({"title":"renamed"})").status, 204);
  heard("title_change", "renamed");
  EXPECT_EQ(r.change(r.ana, old, R"({"archived":true})").status, 204);
  heard("deleted", "old");
  EXPECT_EQ(r.change(r.ana, old, R"({"archived":false})").status, 204);
  heard("created", "old");
  EXPECT_TRUE(other.raw.quiet_for(0)) << "nobody hears of others' chats";
}

}  // namespace
}  // namespace slipway::test
