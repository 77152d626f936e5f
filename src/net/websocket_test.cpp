#include "net/rig_test.hpp"

#include "net/pipe.hpp"
#include "net/websocket_core.hpp"

namespace slipway::net {
namespace {

using testing::Rig;
using testing::status_of;

constexpr const char* kHandshake =
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

std::string masked(frame::Op op, std::string_view payload) {
  std::string bytes;
  frame::append(bytes, op, payload, true, 0x12345678);
  return bytes;
}

// The close code at the end of what a server said, 0 when it said none.
unsigned close_code_in(std::string_view said) {
  const std::size_t body = said.find("\r\n\r\n");
  if (body == std::string_view::npos) return 0;
  said.remove_prefix(body + 4);
  while (!said.empty()) {
    const auto head = frame::read(said, false);
    if (!head || head->size == 0 || said.size() < head->size + head->length) return 0;
    const std::string_view payload = said.substr(head->size, head->length);
    if (head->op == frame::Op::close && payload.size() >= 2)
      return static_cast<unsigned>(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
    said.remove_prefix(head->size + head->length);
  }
  return 0;
}

TEST(NetWebSocket, EchoesTextAndBinaryOfEverySize) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    auto socket = co_await r.client.connect_websocket(r.url("/ws"), {}, {});
    EXPECT_TRUE(socket);
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 300000U}) {
      std::string data(size, '\0');
      for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 7);
      co_await (*socket)->write_binary(data);
      const auto binary = co_await (*socket)->read();
      co_await (*socket)->write_text(std::string(size, 't'));
      const auto text = co_await (*socket)->read();

      EXPECT_TRUE(binary && !binary->text && binary->data == data) << size;
      EXPECT_TRUE(text && text->text && text->data == std::string(size, 't')) << size;
    }
    co_await (*socket)->close();
  });
}

TEST(NetWebSocket, WorksOverTls) {
  const TlsIdentity identity = testing::make_identity();
  ServerOptions options{.tls = TlsServing{.identities = {identity}}};
  ClientOptions trusting;
  trusting.tls.extra_roots_pem = identity.certificate_chain_pem;
  Rig rig(options, trusting);
  rig.run([](Rig& r) -> Task<void> {
    auto socket = co_await r.client.connect_websocket("wss" + r.url("/ws").substr(5), {}, {});
    EXPECT_TRUE(socket);
    co_await (*socket)->write_binary(std::string(200000, 'z'));
    const auto back = co_await (*socket)->read();
    co_await (*socket)->close(close_code::normal, "done");

    EXPECT_TRUE(back && back->data == std::string(200000, 'z'));
    EXPECT_EQ((*socket)->close_code(), close_code::normal);
  });
}

TEST(NetWebSocket, ChoosesASubprotocolBothKnow) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    WebSocketOptions asked;
    asked.subprotocols = {"chat.v0", "chat.v1"};
    const auto known = co_await r.client.connect_websocket(r.url("/ws"), {}, asked);
    asked.subprotocols = {"other"};
    const auto unknown = co_await r.client.connect_websocket(r.url("/ws"), {}, asked);

    EXPECT_TRUE(known && (*known)->subprotocol() == "chat.v1");
    EXPECT_TRUE(unknown && (*unknown)->subprotocol().empty());
  });
}

TEST(NetWebSocket, BothSidesSeeHowItWasClosed) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto socket = co_await r.client.connect_websocket(r.url("/ws"), {}, {});
    EXPECT_TRUE(socket);
    co_await (*socket)->write_text("close me");
    const auto end = co_await (*socket)->read();
    const auto again = co_await (*socket)->write_text("too late");

    EXPECT_EQ(end.error().code, Code::gone);
    EXPECT_EQ((*socket)->close_code(), close_code::policy);
    EXPECT_EQ((*socket)->close_reason(), "as you wish");
    EXPECT_EQ(again.error().code, Code::gone);
  });
}

TEST(NetWebSocket, RefusesBadHandshakesAndForeignPages) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string handshake = kHandshake;
    const std::string plain = co_await r.raw("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string posted = co_await r.raw("POST" + handshake.substr(3) + "Content-Length: 0\r\nOrigin: http://x\r\n\r\n" + "GARBAGE\r\n\r\n");
    const std::string foreign = co_await r.raw(handshake + "Origin: https://friend.example.evil.example\r\n\r\nX\r\n\r\n");
    const std::string port = co_await r.raw(handshake + "Origin: https://friend.example:444\r\n\r\nX\r\n\r\n");
    const std::string scheme = co_await r.raw(handshake + "Origin: https://x\r\n\r\nX\r\n\r\n");
    const std::string null = co_await r.raw(handshake + "Origin: null\r\n\r\nX\r\n\r\n");
    std::string old = handshake;
    old.replace(old.find(": 13"), 4, ": 12");
    const std::string version = co_await r.raw(old + "\r\nX\r\n\r\n");
    const auto missing = co_await r.client.connect_websocket(r.url("/nothing"), {}, {});

    EXPECT_EQ(status_of(plain), 400);
    EXPECT_EQ(status_of(posted), 400);
    EXPECT_EQ(status_of(foreign), 403);
    EXPECT_EQ(status_of(port), 403);
    EXPECT_EQ(status_of(scheme), 403);
    EXPECT_EQ(status_of(null), 403);
    EXPECT_EQ(status_of(version), 426);
    EXPECT_EQ(missing.error().code, Code::not_found);
    EXPECT_EQ(missing.error().detail, "nothing here");
  });
}

TEST(NetWebSocket, AcceptsItsOwnPagesAndListedOnes) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const std::string bye = masked(frame::Op::close, "");
    const std::string own = co_await r.raw(std::string(kHandshake) + "Origin: http://X\r\n\r\n" + bye);
    const std::string friendly = co_await r.raw(std::string(kHandshake) + "Origin: https://Friend.example:443\r\n\r\n" + bye);

    EXPECT_EQ(status_of(own), 101);
    EXPECT_NE(own.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);  // RFC 6455 §1.3
    EXPECT_EQ(status_of(friendly), 101);
  });
}

struct BadFrames {
  const char* what;
  std::string bytes;
  unsigned code;
};

TEST(NetWebSocket, ClosesOnBrokenFramesWithTheRightCode) {
  using frame::Op;
  std::string unmasked, huge = masked(Op::binary, std::string(70000, 'x')).substr(0, 14);
  frame::append(unmasked, Op::text, "hi", false, 0);
  huge[2] = 0x10;
  auto flagged = masked(Op::text, "hi"), unfinished_ping = masked(Op::ping, "hi"), unknown = masked(Op::text, "hi");
  flagged[0] = static_cast<char>(flagged[0] | 0x40);
  unfinished_ping[0] = static_cast<char>(unfinished_ping[0] & 0x7f);
  unknown[0] = static_cast<char>(0x83);
  const std::vector<BadFrames> all = {
      {"unmasked", unmasked, 1002},
      {"reserved bit", flagged, 1002},
      {"unknown opcode", unknown, 1002},
      {"fragmented ping", unfinished_ping, 1002},
      {"long ping", masked(Op::ping, std::string(126, 'p')), 1002},
      {"continuation of nothing", masked(Op::more, "x"), 1002},
      {"not UTF-8", masked(Op::text, "\xc3\x28"), 1007},
      {"surrogate", masked(Op::text, "\xed\xa0\x80"), 1007},
      {"overlong", masked(Op::text, "\xc0\xaf"), 1007},
      {"too big at once", masked(Op::binary, std::string(300001, 'x')), 1009},
      {"announced as huge", huge, 1009},
      {"one-byte close", masked(Op::close, "x"), 1002},
      {"forbidden close code", masked(Op::close, std::string("\x03\xed", 2)), 1002},
      {"close reason not UTF-8", masked(Op::close, "\x03\xe8\xff"), 1007},
      {"fine close", masked(Op::close, "\x03\xe8 bye"), 1000},
      {"application's close", masked(Op::close, "\x0f\xa1"), 4001},
  };
  Rig rig;
  for (const BadFrames& bad : all) {
    rig.run([&bad](Rig& r) -> Task<void> {
      const std::string said = co_await r.raw(std::string(kHandshake) + "\r\n" + bad.bytes);
      EXPECT_EQ(status_of(said), 101) << bad.what;
      EXPECT_EQ(close_code_in(said), bad.code) << bad.what;
    });
  }
}

TEST(NetWebSocket, JoinsFragmentsWithPingsBetween) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    auto first = masked(frame::Op::text, "one "), middle = masked(frame::Op::more, "two ");
    first[0] = static_cast<char>(first[0] & 0x7f);
    middle[0] = static_cast<char>(middle[0] & 0x7f);
    const std::string said = co_await r.raw(std::string(kHandshake) + "\r\n" + first + masked(frame::Op::ping, "are you there") + middle +
                                            masked(frame::Op::more, "three") + masked(frame::Op::close, ""));

    const std::size_t pong = said.find("are you there"), whole = said.find("one two three");
    EXPECT_TRUE(pong < whole && whole != std::string::npos) << said;
  });
}

TEST(NetWebSocket, LimitsWhatFragmentsAddUpTo) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    auto first = masked(frame::Op::binary, std::string(200000, 'a')), more = masked(frame::Op::more, std::string(200000, 'b'));
    first[0] = static_cast<char>(first[0] & 0x7f);
    const std::string said = co_await r.raw(std::string(kHandshake) + "\r\n" + first + more);

    EXPECT_EQ(close_code_in(said), close_code::too_big);
  });
}

TEST(NetWebSocket, PingsAndGivesUpOnASilentPeer) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    std::string quick = kHandshake;
    quick.replace(quick.find("/ws"), 3, "/ws-quick");
    const std::string said = co_await r.raw(quick + "\r\n");  // answers no ping

    EXPECT_EQ(status_of(said), 101);
    EXPECT_NE(said.find(std::string("\x89\0", 2)), std::string::npos);
  });
}

TEST(NetWebSocket, AnsweredPingsKeepItAlive) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto socket = co_await r.client.connect_websocket(r.url("/ws-quick"), {}, {});
    EXPECT_TRUE(socket);
    auto read = (*socket)->read();
    const auto waited = co_await aio::with_deadline(Milliseconds(250), "nothing came", std::move(read));

    EXPECT_EQ(waited.error().say, "nothing came");
  });
}

// One side of a pipe by itself, and the other end of it.
struct Alone {
  std::unique_ptr<Stream> far;
  std::shared_ptr<WebSocketCore> core;
  aio::Nursery nursery;

  Alone(const aio::Executor& home, Side side, Milliseconds ping_every, Milliseconds dead_after) : nursery(home) {
    auto [near, other] = make_pipe(home);
    far = std::move(other);
    WebSocketOptions options;
    options.ping_every = ping_every;
    options.dead_after = dead_after;
    core = std::make_shared<WebSocketCore>(home, std::move(near), side, options, "");
    nursery.start(WebSocketCore::keep_alive, core);
  }

  // Answers at least so many pings, then speaks.
  static Task<void> answer(Stream* far, int pings) {
    for (int i = 0; i < pings; ++i) {
      co_await testing::read_some_more(*far, 2);
      co_await far->write(masked(frame::Op::pong, ""));
    }
    co_await far->write(masked(frame::Op::text, "still here"));
  }
};

TEST(NetWebSocket, ListensOnAsLongAsItsPingsAreAnswered) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    using namespace asio::experimental::awaitable_operators;
    Alone alone(co_await aio::executor(), Side::server, Milliseconds(5), Milliseconds(20));
    const auto message = co_await (alone.core->read() && Alone::answer(alone.far.get(), 12));  // three times as long as silence may last
    co_await alone.nursery.stop();

    EXPECT_TRUE(message && message->data == "still here") << (message ? message->data : message.error().say);
  });
}

// It has asked nothing meanwhile; and what was answered before lies unread.
TEST(NetWebSocket, AProcessThatStoodStillAsksBeforeItGivesUp) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    using namespace asio::experimental::awaitable_operators;
    Alone alone(co_await aio::executor(), Side::server, Milliseconds(10), Milliseconds(30));
    auto stand_still = [](Stream* far) -> Task<void> {
      const auto until = std::chrono::steady_clock::now() + Milliseconds(60);
      while (std::chrono::steady_clock::now() < until) {
      }
      co_await Alone::answer(far, 1);
    };
    const auto message = co_await (alone.core->read() && stand_still(alone.far.get()));
    co_await alone.nursery.stop();

    EXPECT_TRUE(message && message->data == "still here") << (message ? message->data : message.error().say);
  });
}

TEST(NetWebSocket, ClientGivesUpOnASilentServer) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    Alone alone(co_await aio::executor(), Side::client, Milliseconds(10), Milliseconds(30));
    const auto end = co_await alone.core->read();
    co_await alone.nursery.stop();

    EXPECT_EQ(end.error().code, Code::timed_out);
    EXPECT_EQ(alone.core->peer_code(), close_code::abnormal);
  });
}

TEST(NetWebSocket, ASlowConsumerIsNoSilentPeer) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    Alone alone(co_await aio::executor(), Side::server, Milliseconds(5), Milliseconds(20));
    co_await testing::read_some_more(*alone.far, 2 * 12);  // a dozen pings long nobody reads on the near side
    co_await alone.far->write(masked(frame::Op::text, "still here"));
    const auto message = co_await alone.core->read();
    co_await alone.nursery.stop();

    EXPECT_TRUE(message && message->data == "still here");
  });
}

TEST(NetWebSocket, ManyWritersShareOneSocket) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto socket = co_await r.client.connect_websocket(r.url("/ws"), {}, {});
    EXPECT_TRUE(socket);
    auto writer = [](WebSocket* to, char letter) -> Task<void> {
      for (int i = 0; i < 20; ++i) co_await to->write_binary(std::string(20000, letter));
    };
    aio::Nursery writers(co_await aio::executor());
    for (const char letter : std::string("abcd")) writers.start(writer, socket->get(), letter);
    std::map<char, int> seen;
    for (int i = 0; i < 80; ++i) {
      const auto message = co_await (*socket)->read();
      EXPECT_TRUE(message);
      if (!message) break;
      EXPECT_EQ(message->data, std::string(20000, message->data[0]));
      ++seen[message->data[0]];
    }
    co_await writers.stop();

    EXPECT_EQ(seen, (std::map<char, int>{{'a', 20}, {'b', 20}, {'c', 20}, {'d', 20}}));
  });
}

// A stream that notes when what was written.
class Noted final : public Stream {
 public:
  using Clock = std::chrono::steady_clock;
  struct Note {
    Clock::time_point when;
    std::string text;
  };
  Noted(std::unique_ptr<Stream> inner, std::vector<Note>& notes) : inner_(std::move(inner)), notes_(notes) {}
  Task<Result<std::size_t>> read_some(std::span<char> into) override { return inner_->read_some(into); }
  Task<Result<void>> write(std::string_view bytes, std::string_view more) override {
    notes_.push_back({Clock::now(), std::string(bytes).append(more)});
    return inner_->write(bytes, more);
  }
  Task<Result<void>> shutdown_send() override { return inner_->shutdown_send(); }
  void close() noexcept override { inner_->close(); }

 private:
  std::unique_ptr<Stream> inner_;
  std::vector<Note>& notes_;
};

// A frame in the packet of the answer is lost to clients that attach their listener a little after the socket has opened.
TEST(NetWebSocket, TheFirstFrameLeavesAMomentAfterTheAnswer) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    auto [near, far] = make_pipe(co_await aio::executor());
    std::vector<Noted::Note> notes;
    auto speak = [](Exchange& x) -> Task<void> {
      auto socket = co_await x.upgrade();
      if (!socket || !co_await (*socket)->write_text("first")) co_return;
      co_await (*socket)->close();
    };
    aio::Nursery nursery(co_await aio::executor());
    auto run = [](std::unique_ptr<Stream> stream, Handler handler) { return serve(std::move(stream), {}, std::move(handler)); };
    nursery.start(run, std::make_unique<Noted>(std::move(near), notes), Handler(speak));
    co_await far->write(std::string(kHandshake) + "\r\n");
    std::string said;
    while (said.find("first") == said.npos) said += co_await testing::read_some_more(*far, 1);
    co_await nursery.stop();

    EXPECT_TRUE(notes.at(0).text.starts_with("HTTP/1.1 101 ") && notes.at(0).text.ends_with("\r\n\r\n")) << notes.at(0).text;
    EXPECT_NE(notes.at(1).text.find("first"), std::string::npos);
    EXPECT_GE(notes.at(1).when - notes.at(0).when, Milliseconds(5));
  });
}

TEST(NetWebSocket, GivesUpOnAPeerThatTakesNothing) {
  Rig rig;
  rig.run([](Rig&) -> Task<void> {
    Alone alone(co_await aio::executor(), Side::server, Milliseconds(10), Milliseconds(30));
    auto flood = [](WebSocketCore* to) -> Task<Result<void>> {  // nobody reads, on either side
      const std::string piece(1 << 20, 'x');
      while (true) CO_CHECK(co_await to->send(frame::Op::binary, piece));
    };
    const auto ended = co_await aio::with_deadline(Seconds(20), "It never gave up.", flood(alone.core.get()));
    co_await alone.nursery.stop();

    EXPECT_EQ(ended.error().say, "The other side stopped answering.");
  });
}

TEST(NetWebSocket, TellsOnceThatItHasEnded) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    const auto socket = co_await r.client.connect_websocket(r.url("/ws"), {}, {});
    EXPECT_TRUE(socket);
    int told = 0;
    (*socket)->on_end([&] { ++told; });
    co_await (*socket)->close();
    (*socket)->cut();
    EXPECT_EQ(told, 1);
    (*socket)->on_end([&] { ++told; });
    EXPECT_EQ(told, 2);
  });
}

TEST(NetWebSocket, AStoppingServerSaysToComeAgain) {
  Rig rig;
  rig.run([](Rig& r) -> Task<void> {
    using namespace asio::experimental::awaitable_operators;
    const auto socket = co_await r.client.connect_websocket(r.url("/ws"), {}, {});
    EXPECT_TRUE(socket);
    const auto end = co_await ((*socket)->read() && r.server.stop(Milliseconds(3000)));

    EXPECT_EQ(end.error().code, Code::gone);
    EXPECT_EQ((*socket)->close_code(), close_code::restart);
  });
}

}  // namespace
}  // namespace slipway::net
