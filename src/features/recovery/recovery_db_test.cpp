// Forgotten passwords against a whole server, and a mail server of the test's making.
#include "features/audit/lines_test.hpp"
#include "pg/statement.hpp"
#include "support/fake_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <condition_variable>

namespace slipway::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Letter {
  std::string to, text;  // the text with its lines as they were written
};

// A mail server that takes everything, one sender at a time.
class Postbox {
 public:
  Postbox() : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), thread_([this] { serve(); }) {}
  ~Postbox() {
    closing_ = true;
    tcp::socket(context_).connect(acceptor_.local_endpoint());
    thread_.join();
  }
  Postbox(const Postbox&) = delete;
  Postbox& operator=(const Postbox&) = delete;

  std::string address() const { return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  // All that has come, once so much has.
  std::vector<Letter> letters(std::size_t least) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(20), [&] { return letters_.size() >= least; }))
        << letters_.size() << " of " << least << " mails came";
    return letters_;
  }

 private:
  void serve() {
    while (!closing_) {
      tcp::socket socket(context_);
      acceptor_.accept(socket);
      if (closing_) return;
      boost::system::error_code gone;
      talk(socket, gone);
    }
  }

  void talk(tcp::socket& socket, boost::system::error_code& gone) {
    asio::streambuf input;
    const auto say = [&](const std::string& text) { asio::write(socket, asio::buffer(text + "\r\n"), gone); };
    const auto line = [&] {
      asio::read_until(socket, input, "\r\n", gone);
      std::istream in(&input);
      std::string text;
      std::getline(in, text);
      if (text.ends_with('\r')) text.pop_back();
      return text;
    };
    Letter letter;
    say("220 here");
    while (!gone) {
      const auto command = line();
      if (command.starts_with("RCPT TO:<")) letter.to = command.substr(9, command.find('>') - 9);
      if (command != "DATA") {
        say(command == "QUIT" ? "221 bye" : "250 good");
        if (command == "QUIT") return;
        continue;
      }
      say("354 go on");
      for (std::string text = line(); !gone && text != "."; text = line()) {
        const bool goes_on = text.ends_with('=');
        if (goes_on) text.pop_back();
        for (std::size_t at = 0; (at = text.find("=3D", at)) != text.npos; ++at) text.replace(at, 3, "=");
        letter.text += text + (goes_on ? "" : "\n");
      }
      say("250 taken");
      const std::lock_guard hold(mutex_);
      letters_.push_back(std::exchange(letter, {}));
      came_.notify_all();
    }
  }

  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::atomic<bool> closing_ = false;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Letter> letters_;
  std::thread thread_;
};

std::string code_in(const Letter& letter) {
  const auto at = letter.text.find("otp=");
  return at == std::string::npos ? "" : letter.text.substr(at + 4, letter.text.find('&', at) - at - 4);
}

constexpr std::string_view kNew = "AnotherSecurePassword!";

struct RecoveryDb : ::testing::Test {
  RecoveryDb() {
    server.owner();
    make("ana");
  }

  void make(const std::string& name) {
    const auto made =
        server.post("/api/v2/users",
                    fmt::format(R"({{"email":"{0}@example.com","username":"{0}","password":"SomeSecurePassword!","skip_notifications":true}})", name),
                    server.owner());
    EXPECT_EQ(made.status, 201) << made.body;
  }
  Answer ask(const std::string& email) { return server.call("POST", "/api/v2/users/otp/request", fmt::format(R"({{"email":"{}"}})", email)); }
  Answer change(const std::string& code, std::string_view password = kNew, const std::string& email = "ana@example.com") {
    return server.call("POST", "/api/v2/users/otp/change-password",
                       fmt::format(R"({{"email":"{}","one_time_passcode":"{}","password":"{}"}})", email, code, password));
  }
  Answer sign_in(std::string_view password) {
    return server.call("POST", "/api/v2/users/login", fmt::format(R"({{"email":"ana@example.com","password":"{}"}})", password));
  }
  // The code of the mail that asking brings.
  std::string code() {
    EXPECT_EQ(ask("ana@example.com").status, 204);
    const auto all = box.letters(++asked);
    return all.empty() ? "" : code_in(all.back());
  }
  std::string say(const Answer& answer) { return fmt::format("{} {}", answer.status, text(answer.json(), "message")); }

  Postbox box;
  FakeClock clock;
  TestServer server{[this](server::Config& config) {
                      config.mail.smarthost = box.address();
                      config.mail.from = "Slipway <slipway@example.com>";
                    },
                    clock};
  std::size_t asked = 0;
};

const std::string kWrong = "400 Incorrect email or one-time passcode.";

TEST_F(RecoveryDb, ACodeByMailMakesANewPasswordOnceAndEndsTheOldSessions) {
  const Person old{"", "ana", text(sign_in("SomeSecurePassword!").json(), "session_token")};
  const auto token = server.post("/api/v2/users/me/keys/tokens", R"({"token_name":"ci"})", old);
  ASSERT_EQ(token.status, 201) << token.body;

  const auto got = code();
  const auto letter = box.letters(1).front();
  EXPECT_EQ(letter.to, "ana@example.com");
  EXPECT_NE(letter.text.find(server.url() + "/reset-password/change?otp=" + got + "&email=ana%40example.com\n"), std::string::npos) << letter.text;
  EXPECT_EQ(got.size(), 32u);
  EXPECT_EQ(server.database().sql("select count(*) from password_resets where passcode_hash = sha256('" + got + "')"), "1");

  const auto changed = change(got);
  EXPECT_EQ(changed.status, 204) << changed.body;
  EXPECT_EQ(server.get("/api/v2/users/me", old).status, 401);
  EXPECT_EQ(server.get("/api/v2/users/me", {"", "ana", text(token.json(), "key")}).status, 401) << "whoever knew the old password may have made it";
  EXPECT_EQ(sign_in("SomeSecurePassword!").status, 401);
  EXPECT_EQ(sign_in(kNew).status, 201);
  EXPECT_EQ(say(change(got, "YetAnotherPassword!")), kWrong);

  const auto requested = line(server, "action:request_password_reset");
  EXPECT_EQ(text(requested, "description"), "password reset requested for {target}");
  EXPECT_EQ(text(requested, "resource_target"), "ana");
  EXPECT_EQ(requested.at("status_code").as_int64(), 204);
  const auto written = lines(server, "user%20action:write%20username:ana");
  ASSERT_FALSE(written.empty());
  const auto by_code = std::ranges::find_if(written, [](const auto& one) { return diff(one, "hashed_password") == "secret"; });
  EXPECT_NE(by_code, written.end());
}

TEST_F(RecoveryDb, AsksAndAnswersTheSameWhoeverIsMeant) {
  for (const char* name : {"bo", "cy", "di"}) make(name);
  server.database().sql(
      "update users set status = 'suspended' where username = 'bo'; update users set login_type = 'oidc' where username = 'cy';"
      "update users set deleted = true where username = 'di'");

  std::vector<Answer> answers;
  for (const char* email : {"nobody@example.com", "bo@example.com", "cy@example.com", "di@example.com", "ANA@example.com"})
    answers.push_back(ask(email));

  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.headers.size(), answers[0].headers.size());
    EXPECT_EQ(server.cost(answer).sql, 0) << "what differs is looked up after the answer";
  }
  const auto letters = box.letters(1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].to, "ana@example.com");

  const auto wrong = change("x");
  for (const char* email : {"nobody@example.com", "bo@example.com", "cy@example.com", "di@example.com"}) {
    const auto answer = change("x", kNew, email);
    EXPECT_EQ(say(answer), kWrong) << email;
    EXPECT_EQ(answer.body, wrong.body) << email;
    EXPECT_EQ(server.cost(answer).sql, server.cost(wrong).sql) << email;
  }
}

TEST_F(RecoveryDb, ACodeIsGoodForTwentyMinutes) {
  const auto late = code();
  clock.advance(std::chrono::minutes(20));
  EXPECT_EQ(say(change(late)), kWrong);

  const auto timely = code();
  clock.advance(std::chrono::minutes(19));
  EXPECT_EQ(change(timely).status, 204);
}

TEST_F(RecoveryDb, TenWrongGuessesVoidTheCode) {
  const auto lost = code();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(say(change("wrong")), kWrong);
  EXPECT_EQ(say(change(lost)), kWrong);

  const auto again = code();
  for (int i = 0; i < 9; ++i) EXPECT_EQ(say(change("wrong")), kWrong);
  EXPECT_EQ(change(again).status, 204);
}

TEST_F(RecoveryDb, ANewCodeReplacesTheOldAndANewPasswordVoidsIt) {
  const auto first = code(), second = code();
  EXPECT_EQ(say(change(first)), kWrong);

  ASSERT_EQ(server.put("/api/v2/users/ana/password", R"({"password":"GivenByTheOwner!"})", server.owner()).status, 204);
  EXPECT_EQ(say(change(second)), kWrong);
}

TEST_F(RecoveryDb, SaysWhatIsWrongWithThePasswordAndKeepsTheCode) {
  const auto got = code();
  const auto field = [](const Answer& answer) {
    EXPECT_EQ(answer.status, 400) << answer.body;
    return text(answer.json().at("validations").as_array().at(0), "field");
  };

  EXPECT_EQ(field(change(got, "short")), "password");
  const auto same = change(got, "SomeSecurePassword!");
  EXPECT_EQ(say(same), "400 New password cannot match old password.");
  EXPECT_EQ(field(same), "password");
  EXPECT_EQ(field(ask("nobody")), "email");
  EXPECT_EQ(field(ask("")), "email");
  EXPECT_EQ(change(got).status, 204);
}

std::atomic<int> renewals = 0;

TEST_F(RecoveryDb, AnAccountGetsThreeMailsInTenMinutesAndTheLastIsGood) {
  renewals = 0;
  pg::observe_statements([](const pg::Statement& statement) { renewals += std::string_view(statement.name) == "recovery.renew"; });
  std::string last;
  for (int i = 0; i < 3; ++i) last = code();
  EXPECT_EQ(ask("ana@example.com").status, 204);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (renewals < 4 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  pg::observe_statements(nullptr);
  EXPECT_EQ(renewals, 4);

  EXPECT_EQ(box.letters(3).size(), 3u);
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(change(last).status, 204);
  code();
  EXPECT_EQ(box.letters(4).size(), 4u);
}

TEST(Recovery, IsAnsweredTheSameWithoutAMailServer) {
  TestServer server;
  server.owner();

  const auto answer = server.call("POST", "/api/v2/users/otp/request", R"({"email":"owner@example.com"})");

  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(server.database().sql("select count(*) from password_resets"), "0");
}

TEST(Recovery, IsForbiddenWherePasswordsAre) {
  TestServer server([](server::Config& config) { config.disable_password_login = true; });
  server.owner();
  ASSERT_EQ(server
                .post("/api/v2/users", R"({"email":"ana@example.com","username":"ana","password":"SomeSecurePassword!","skip_notifications":true})",
                      server.owner())
                .status,
            201);

  EXPECT_EQ(server.call("POST", "/api/v2/users/otp/request", R"({"email":"ana@example.com"})").status, 403);
  EXPECT_EQ(server
                .call("POST", "/api/v2/users/otp/change-password",
                      R"({"email":"ana@example.com","password":"SomeSecurePassword!2","one_time_passcode":"x"})")
                .status,
            403);
  EXPECT_EQ(server.call("POST", "/api/v2/users/login", R"({"email":"ana@example.com","password":"SomeSecurePassword!"})").status, 403);
  EXPECT_EQ(server.call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})").status, 201)
      << "an owner can repair the other ways";
}

}  // namespace
}  // namespace slipway::test
