// Tokens as requests bring them.
#include "crypto/compact.hpp"
#include "features/apps/sealed_key.hpp"
#include "features/apps/token.hpp"
#include "features/keys/plan.hpp"
#include "support/fake_clock.hpp"
#include "support/home.hpp"
#include "support/test_agent.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace slipway::apps {
namespace {

using test::FakeClock, test::TestServer, test::with_home;

AppRequest code_app() {
  return {.method = Method::path,
          .base_path = "/@ana/ws.main/apps/code/",
          .prefix = "",
          .user = "ana",
          .workspace = "ws",
          .agent = "main",
          .target = "code"};
}

// What a server has, with keys that are not of the database, and how often they were asked for.
struct Bench {
  explicit Bench(http::Home& at) : home(at), ring(keys::kAppTokens, at.db.clock(), fetch()) {
    made.push_back({.sequence = 1, .secret = std::string(64, 'a'), .starts_at = now(), .deletes_at = {}});
  }

  keys::Ring::Fetch fetch() {
    return [this](http::Home&) { return answer(this); };
  }
  static Task<Result<std::vector<keys::Key>>> answer(Bench* self) {
    ++self->asked;
    co_return self->made;
  }
  Time now() const { return home.db.clock().now(); }
  std::string token(const AppRequest& request, std::optional<UserId> visitor = {}) {
    return token_of(claims(request, visitor), *keys::signing_key(made, now()));
  }
  Claims claims(const AppRequest& request, std::optional<UserId> visitor = {}) const {
    Claims out{
        .expires_at = now() + kTokenLife, .request = request, .owner = owner, .workspace = workspace, .agent = AgentId::random(), .visitor = {}};
    out.issued_at = now();
    if (visitor) out.visitor = Visitor{.id = *visitor};
    return out;
  }
  // What is found in a request with these cookies and this query.
  Task<std::optional<Claims>> found(std::vector<std::string> cookies, AppRequest wanted, std::string query = {}) {
    net::Request request;
    request.set_target(query.empty() ? "/x" : "/x?" + query);
    for (const auto& cookie : cookies) request.headers.add("Cookie", std::string(kTokenCookie) + "=" + cookie);
    co_return co_await tokens.of_request(home, request, wanted);
  }

  http::Home& home;
  std::vector<keys::Key> made;
  int asked = 0;
  keys::Ring ring;
  Revoked revoked;
  Tokens tokens{ring, revoked};
  UserId owner = UserId::random();
  WorkspaceId workspace = WorkspaceId::random();
};

AppRequest terminal() {
  const auto agent = Uuid::random().str();
  return {.method = Method::terminal, .base_path = "/api/v2/workspaceagents/" + agent + "/pty/", .agent = agent};
}
std::string in_query(const std::string& token) { return std::string(kTokenQuery) + "=" + token; }

TEST(TokensOfRequests, AskForTheKeyOnceAndThenForNothing) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Bench bench(home);
    const auto token = bench.token(code_app());
    for (int i = 0; i < 200; ++i) {
      const auto found = co_await bench.found({token}, code_app());
      EXPECT_TRUE(found && found->workspace == bench.workspace);
    }
    EXPECT_EQ(bench.asked, 1);
  });
}

TEST(TokensOfRequests, AreTriedUntilOneIsForTheApp) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Bench bench(home);
    auto other = code_app();
    other.target = "other";
    const auto good = bench.token(code_app()), strange = bench.token(other);
    const auto late = co_await bench.found({strange, "rubbish", good}, code_app());
    const auto never = co_await bench.found({strange}, code_app());
    EXPECT_TRUE(late) << "browsers send cookies of one name of several paths";
    EXPECT_FALSE(never);
  });
}

TEST(TokensOfRequests, BeyondTheFourthAreNotLookedAt) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Bench bench(home);
    const auto good = bench.token(code_app());
    const auto fourth = co_await bench.found({"a", "b", "c", good}, code_app());
    const auto fifth = co_await bench.found({"a", "b", "c", "d", good}, code_app());
    EXPECT_TRUE(fourth);
    EXPECT_FALSE(fifth);
  });
}

TEST(TokensOfRequests, ByQueryAreOfTerminalsAlone) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Bench bench(home);
    const auto shell = terminal();
    const auto of_app = bench.token(code_app()), of_shell = bench.token(shell);
    const auto terminals = co_await bench.found({}, shell, in_query(of_shell));
    const auto apps = co_await bench.found({}, code_app(), in_query(of_app));
    const auto beside = co_await bench.found({of_app}, code_app(), in_query(of_app));
    const auto rubbish = co_await bench.found({of_app}, code_app(), in_query("rubbish"));
    EXPECT_TRUE(terminals);
    EXPECT_FALSE(apps);
    EXPECT_FALSE(beside) << "not even the cookie counts then";
    EXPECT_FALSE(rubbish);
  });
}

TEST(TokensOfRequests, ThatAreNoneAreNone) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Bench bench(home);
    const auto good = bench.token(code_app());
    const auto payload = good.substr(0, good.rfind('.'));
    const auto other_key = token_of(bench.claims(code_app()), {.sequence = 1, .secret = std::string(64, 'b'), .starts_at = {}, .deletes_at = {}});
    for (const auto& odd : {std::string(), good + ".x", payload, payload + ".", payload + ".AAAA", other_key, std::string(100 << 10, 'a')}) {
      const auto found = co_await bench.found({odd}, code_app());
      EXPECT_FALSE(found) << odd.substr(0, 60);
    }
    auto over = bench.claims(code_app());
    over.expires_at = bench.now() - kTokenLeeway;
    const auto expired = co_await bench.found({token_of(over, bench.made.front())}, code_app());
    EXPECT_FALSE(expired);
  });
}

TEST(TokensOfRequests, OutliveTheReplacementOfTheirKey) {
  TestServer server;
  FakeClock clock;

  with_home(
      server,
      [&clock](http::Home& home) -> Task<void> {
        Bench bench(home);
        const auto before = bench.token(code_app());
        const auto first = co_await bench.found({before}, code_app());
        clock.advance(Seconds(30));
        bench.made.push_back({.sequence = 2, .secret = std::string(64, 'z'), .starts_at = clock.now(), .deletes_at = {}});
        bench.made.front().deletes_at = clock.now() + keys::kOverlap;
        const auto read = co_await bench.ring.refresh(home);
        auto signed_now = co_await bench.tokens.sign(home, bench.claims(code_app()));
        const auto old = co_await bench.found({before}, code_app());
        const auto fresh = signed_now ? co_await bench.found({*signed_now}, code_app()) : std::nullopt;
        EXPECT_TRUE(first && read && old && fresh);
        EXPECT_EQ(key_named(signed_now.value_or("")), 2);
      },
      clock);
}

TEST(TokensOfRequests, WithNumbersThatNobodyKnowsCostOneQuestionInTenSeconds) {
  TestServer server;
  FakeClock clock;

  with_home(
      server,
      [&clock](http::Home& home) -> Task<void> {
        Bench bench(home);
        for (int second = 0; second < 20; ++second) {
          for (int i = 0; i < 50; ++i) {
            const auto number = std::to_string(100 + second * 50 + i);
            const auto found = co_await bench.found({crypto::sign_hs512("{}", number, "guessed")}, code_app());
            EXPECT_FALSE(found);
          }
          clock.advance(Seconds(1));
        }
        EXPECT_EQ(bench.asked, 2);
      },
      clock);
}

TEST(SignedTokens, LiveForAMinuteAndSayWhenTheyWereMade) {
  TestServer server;
  FakeClock clock;

  with_home(
      server,
      [&clock](http::Home& home) -> Task<void> {
        Bench bench(home);
        auto claims = bench.claims(code_app());
        claims.expires_at = {};
        const auto token = co_await bench.tokens.sign(home, claims);
        const auto found = co_await bench.found({token.value_or("")}, code_app());
        EXPECT_TRUE(found);
        if (!found) co_return;
        EXPECT_EQ(found->issued_at, clock.now());
        EXPECT_EQ(found->expires_at, std::chrono::floor<Seconds>(clock.now() + kTokenLife));
      },
      clock);
}

TEST(TokensOfRequests, ThatWereTakenBackAreNone) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    Bench bench(home);
    const auto ana = UserId::random(), bo = UserId::random();
    const auto hers = bench.token(code_app(), ana), his = bench.token(code_app(), bo);
    bench.revoked.of_user(ana, bench.now());
    const auto taken = co_await bench.found({hers}, code_app());
    const auto kept = co_await bench.found({his}, code_app());
    const auto next = co_await bench.found({hers, his}, code_app());
    EXPECT_FALSE(taken);
    EXPECT_TRUE(kept);
    EXPECT_TRUE(next);
  });
}

TEST(TokensOfRequests, OfRightsThatWereReadBeforeTheyWereLostAreNone) {
  TestServer server;
  FakeClock clock;

  with_home(
      server,
      [&clock](http::Home& home) -> Task<void> {
        Bench bench(home);
        const auto ana = UserId::random();
        auto claims = bench.claims(code_app(), ana);  // of before
        clock.advance(Milliseconds(5));
        bench.revoked.of_user(ana, clock.now());
        clock.advance(Milliseconds(5));
        const auto late = co_await bench.tokens.sign(home, claims);
        claims.issued_at.reset();
        const auto after = co_await bench.tokens.sign(home, claims);
        const auto stale = co_await bench.found({late.value_or("")}, code_app());
        const auto good = co_await bench.found({after.value_or("")}, code_app());
        EXPECT_FALSE(stale);
        EXPECT_TRUE(good);
      },
      clock);
}

TEST(SealedKeysOfServers, AreOpenedByWhoeverSharesTheirKeys) {
  TestServer server;

  with_home(server, [](http::Home& home) -> Task<void> {
    const auto& clock = home.db.clock();
    keys::Ring here(keys::kAppApiKeys, clock, keys::from_database(keys::kAppApiKeys)),
        there(keys::kAppApiKeys, clock, keys::from_database(keys::kAppApiKeys));
    SealedKeys dashboard(here, clock), proxy(there, clock);
    const SealedKey key{.api_key = "abcdefghij-0123456789012345678901", .host = "h", .nonce = {}};
    const auto text = co_await dashboard.seal(home, key);
    EXPECT_TRUE(text) << text.error().why;
    if (!text) co_return;
    const auto found = co_await proxy.open(home, *text);
    EXPECT_EQ(found, key);
    for (const auto& odd : {std::string("x"), text->substr(1), *text + "x", crypto::encrypt_gcm("{}", "4294967296", std::string(32, 'a')),
                            crypto::encrypt_gcm("{}", "99", std::string(32, 'a'))}) {
      const auto none = co_await proxy.open(home, odd);
      EXPECT_FALSE(none) << odd.substr(0, 40);
    }
  });
}

}  // namespace
}  // namespace slipway::apps
