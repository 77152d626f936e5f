#include "net/mail.hpp"

#include "support/mail_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <sstream>
#include <thread>

namespace slipway::net {
namespace {

MailAddress address(std::string_view text) { return *MailAddress::parse(text); }

std::string message(std::string subject, std::string text, std::string_view from = "slipway@example.com") {
  const Time now{Seconds(1732584739)};
  return to_message(address(from), Mail{.to = address("ana@example.org"), .subject = std::move(subject), .text = std::move(text)}, now, "id");
}

std::vector<std::string> lines(const std::string& message) {
  std::vector<std::string> out;
  std::istringstream in(message);
  for (std::string line; std::getline(in, line);) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    line.pop_back();
    EXPECT_EQ(line.find('\r'), line.npos) << line;
    out.push_back(line);
  }
  return out;
}

TEST(Mail, HasTheHeadersThatServersAskFor) {
  EXPECT_EQ(message("Hello", "One line.\n"),
            "Date: Tue, 26 Nov 2024 01:32:19 +0000\r\n"
            "From: slipway@example.com\r\n"
            "To: ana@example.org\r\n"
            "Subject: Hello\r\n"
            "Message-ID: <id@example.com>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n"
            "\r\n"
            "One line.\r\n");
}

TEST(Mail, NothingInAHeaderBeginsAnother) {
  const auto got = lines(message("Hello\r\nBcc: eve@example.com\r\n\r\nbody", "text", "Eve\r\nBcc: eve@example.com <slipway@example.com>"));

  int blank = 0;
  for (const auto& line : got) {
    EXPECT_FALSE(line.starts_with("Bcc")) << line;
    blank += line.empty();
  }
  EXPECT_EQ(blank, 1);
  EXPECT_EQ(got[3], "Subject: =?utf-8?q?Hello=0D=0ABcc=3A_eve=40example=2Ecom=0D=0A=0D=0Abody?=");
}

TEST(Mail, AddressesThatWouldEndAHeaderOrACommandAreNone) {
  for (const char* bad : {"", "ana", "@example.org", "ana@", "a na@example.org", "ana@example.org\r\nBcc: eve@example.com", "ana@example.org>",
                          "<ana@example.org", "ana@exa mple.org", "ana@example.org\n", "\"ana\"@example.org", "ana@one@example.org",
                          "an\xc3\xa4@example.org", "ana@.example.org", "Ana <ana@example.org> x"})
    EXPECT_FALSE(MailAddress::parse(bad)) << bad;
  EXPECT_FALSE(MailAddress::parse(std::string(65, 'a') + "@example.org"));
  EXPECT_EQ(address("ana+x@example.org").address(), "ana+x@example.org");
  EXPECT_EQ(address("\"Dock, North\" <ana@example.org>").header(), "\"Dock, North\" <ana@example.org>");
  EXPECT_EQ(address("D\xc3\xb6rte <ana@example.org>").header(), "=?utf-8?q?D=C3=B6rte?= <ana@example.org>");
}

TEST(Mail, LongSubjectsAreWordsThatNeverCutACharacter) {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "\xe2\x82\xac";

  const auto got = lines(message(subject, ""));

  int words = 0;
  for (const auto& line : got) {
    const auto begin = line.find("=?utf-8?q?");
    if (begin == line.npos) continue;
    const auto word = line.substr(begin);
    ++words;
    EXPECT_LE(word.size(), 75u) << word;
    EXPECT_EQ((word.size() - 12) % 9, 0u) << word;  // three bytes a character, three signs a byte
  }
  EXPECT_GT(words, 3);
}

TEST(Mail, TextsKeepTheirLinesTheirSignsAndTheirEnds) {
  const std::string link = "https://dev.example.com/reset?otp=" + std::string(60, 'x') + "&email=a";
  const auto got = message("s",
                           "Gr\xc3\xbc\xc3\x9f"
                           "e \n.\n" +
                               link);

  EXPECT_NE(got.find("\r\n\r\nGr=C3=BC=C3=9Fe=20\r\n.\r\nhttps://dev.example.com/reset?otp=3D"), got.npos) << got;
  for (const auto& line : lines(got)) EXPECT_LE(line.size(), 78u) << line;
}

MailOptions options(const std::string& smarthost) {
  MailOptions made;
  made.smarthost = smarthost;
  made.from = "slipway@example.com";
  return made;
}

TEST(MailOptions, SayWhatIsMissing) {
  const auto fault = [](const MailOptions& given) {
    const auto checked = check(given);
    return checked ? std::string() : checked.error().say;
  };
  EXPECT_EQ(fault({}), "");
  EXPECT_EQ(fault(options("mail.example.com:587")), "");
  EXPECT_EQ(fault(options("[::1]:25")), "");
  EXPECT_NE(fault(options("mail.example.com:x")).find("--email-smarthost"), std::string::npos);
  EXPECT_NE(fault(options("mail.example.com/x")).find("--email-smarthost"), std::string::npos);
  auto given = options("mail.example.com");
  given.from = "nobody";
  EXPECT_NE(fault(given).find("--email-from"), std::string::npos);
  given = options("mail.example.com");
  given.hello = "two words";
  EXPECT_NE(fault(given).find("--email-hello"), std::string::npos);
  given = options("mail.example.com");
  given.key_file = "/k";
  EXPECT_NE(fault(given).find("--email-tls-cert-file"), std::string::npos);
}

TEST(MailOptions, SpeakTlsFromTheFirstByteWhenForcedAndOnItsOwnPort) {
  const auto host = [](const std::string& smarthost, bool force, bool starttls) {
    auto given = options(smarthost);
    given.force_tls = force;
    given.starttls = starttls;
    const auto found = mail_host(given).value();
    return fmt::format("{} {} {}", found.name, found.port, found.tls);
  };
  EXPECT_EQ(host("mail.example.com", false, false), "mail.example.com 25 false");
  EXPECT_EQ(host("mail.example.com", false, true), "mail.example.com 587 false");
  EXPECT_EQ(host("mail.example.com", true, false), "mail.example.com 465 true");
  EXPECT_EQ(host("mail.example.com:465", false, false), "mail.example.com 465 true");
  EXPECT_EQ(host("mail.example.com:465", false, true), "mail.example.com 465 true") << "STARTTLS is ignored";
  EXPECT_EQ(host("mail.example.com:4650", false, true), "mail.example.com 4650 false");
  EXPECT_EQ(host("[::1]:2465", true, false), "[::1] 2465 true");
}

TEST(MailOptions, APasswordGoesToAnotherMachineUnderTlsOnly) {
  auto given = options("mail.example.com:2525");
  given.username = "slipway";
  EXPECT_FALSE(check(given));  // no password
  given.password = Secret("secret");
  EXPECT_FALSE(check(given));
  given.starttls = true;
  EXPECT_TRUE(check(given));
  given.starttls = false;
  given.force_tls = true;
  EXPECT_TRUE(check(given));
  given.force_tls = false;
  given.smarthost = "mail.example.com:465";
  EXPECT_TRUE(check(given));
  given.smarthost = "127.0.0.1:2525";
  EXPECT_TRUE(check(given));
}

TEST(SendMail, IsNotTriedOnceTheServerStops) {
  const std::atomic<bool> stopping = true;

  const auto sent =
      send_mail(options("127.0.0.1:1"), Mail{.to = address("ana@example.org"), .subject = "s", .text = "t"}, Time{}, Seconds(5), stopping);

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::cancelled);
}

// Takes connections and says nothing, or only what it was given to say.
class Mute {
 public:
  explicit Mute(std::vector<std::string> says)
      : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}), says_(std::move(says)), thread_([this] { serve(); }) {}
  ~Mute() {
    boost::system::error_code ignored;
    if (!accepted_) Tcp::socket(context_).connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  Mute(const Mute&) = delete;
  Mute& operator=(const Mute&) = delete;
  std::string address() const { return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port()); }

 private:
  using Tcp = boost::asio::ip::tcp;

  void serve() {
    Tcp::socket socket(context_);
    acceptor_.accept(socket);
    accepted_ = true;
    boost::system::error_code gone;
    for (const auto& text : says_) {
      boost::asio::write(socket, boost::asio::buffer(text + "\r\n"), gone);
      std::array<char, 4096> asked;
      socket.read_some(boost::asio::buffer(asked), gone);
    }
    for (std::array<char, 4096> rest; !gone;) socket.read_some(boost::asio::buffer(rest), gone);
  }

  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::vector<std::string> says_;
  std::atomic<bool> accepted_ = false;
  std::thread thread_;
};

TEST(SendMail, GivesUpInTimeWhereverTheServerFallsSilent) {
  const std::atomic<bool> stopping = false;
  for (std::size_t words = 0; words <= 5; ++words) {
    const std::vector<std::string> all{"220 here", "250 hello", "250 from", "250 to", "354 go on"};
    const Mute server({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(words)});
    const auto began = std::chrono::steady_clock::now();

    const auto sent = send_mail(options(server.address()), Mail{.to = address("ana@example.org"), .subject = "s", .text = "t"}, Time{},
                                Milliseconds(300), stopping);

    EXPECT_FALSE(sent) << words;
    EXPECT_LT(std::chrono::steady_clock::now() - began, Seconds(10)) << words;
  }
}

TEST(SendMail, IsDoneOnceTheServerTookTheMailWhateverItsFarewell) {
  const std::atomic<bool> stopping = false;
  const Mute server({"220 here", "250 hello", "250 from", "250 to", "354 go on", "250 taken"});
  const auto began = std::chrono::steady_clock::now();

  const auto sent =
      send_mail(options(server.address()), Mail{.to = address("ana@example.org"), .subject = "s", .text = "t"}, Time{}, Seconds(60), stopping);

  EXPECT_TRUE(sent) << sent.error().why;
  EXPECT_LT(std::chrono::steady_clock::now() - began, Seconds(20)) << "it waited for the farewell";
}

TEST(SendMail, IsNotDoneWhenTheServerRefusesTheMailAtItsEnd) {
  const std::atomic<bool> stopping = false;
  const Mute server({"220 here", "250 hello", "250 from", "250 to", "354 go on", "554 not this one"});

  const auto sent =
      send_mail(options(server.address()), Mail{.to = address("ana@example.org"), .subject = "s", .text = "t"}, Time{}, Seconds(10), stopping);

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::bad_gateway);
  EXPECT_NE(sent.error().why.find("554"), std::string::npos) << sent.error().why;
}

TEST(SendMail, SaysWhatTheServerDidNotDo) {
  const std::atomic<bool> stopping = false;

  const auto sent =
      send_mail(options("127.0.0.1:1"), Mail{.to = address("ana@example.org"), .subject = "s", .text = "t"}, Time{}, Seconds(5), stopping);

  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::bad_gateway);
  EXPECT_NE(sent.error().say.find("127.0.0.1:1"), std::string::npos);
  EXPECT_NE(sent.error().why, "");
}

TEST(Mail, MayHaveTwoForms) {
  const Mail mail{.to = address("ana@example.org"), .subject = "s", .text = "plain\n", .html = "<p>gr\xc3\xbc\xc3\x9f</p>\n"};

  const auto got = to_message(address("slipway@example.com"), mail, Time{}, "id");

  EXPECT_TRUE(
      got.ends_with("Content-Type: multipart/alternative; boundary=\"=_slipway_part\"\r\n\r\n"
                    "--=_slipway_part\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nplain\r\n"
                    "--=_slipway_part\r\n"
                    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>gr=C3=BC=C3=9F</p>\r\n"
                    "--=_slipway_part--\r\n"))
      << got;
}

const std::atomic<bool> kGoesOn = false;

MailOutcome send_to(MailSession& session, const std::string& to) {
  return session.send(Mail{.to = address(to), .subject = "s", .text = "t"}, Time{}, "id", Seconds(10));
}

TEST(MailSession, SendsByOneConnectionAndFailsEachMailByItself) {
  using Is = MailOutcome::Is;
  const test::MailServer server;
  {
    MailSession session(server.options(), kGoesOn);
    EXPECT_EQ(send_to(session, "ana@example.org").is, Is::sent);
    EXPECT_EQ(send_to(session, "bo@example.org").is, Is::sent);
    EXPECT_EQ(server.connections(), 1);
    const auto never = send_to(session, "never@example.org"), later = send_to(session, "later@example.org"),
               spam = send_to(session, "spam@example.org");
    EXPECT_EQ(never.is, Is::permanent);
    EXPECT_EQ(never.why, "550 never");
    EXPECT_EQ(later.is, Is::temporary);
    EXPECT_EQ(later.code, 451);
    EXPECT_EQ(spam.is, Is::permanent);
    EXPECT_EQ(spam.code, 554);
    EXPECT_EQ(send_to(session, "cy@example.org").is, Is::sent);
  }

  EXPECT_EQ(server.mails().size(), 3u);
}

TEST(MailSession, SignsInByPlainAndByLoginWhereThatIsAllThereIs) {
  for (const bool plain : {true, false}) {
    const test::MailServer server({plain ? "AUTH LOGIN PLAIN" : "AUTH LOGIN"});
    auto given = server.options();
    given.username = "ana";
    given.password = Secret("secret");
    MailSession session(given, kGoesOn);

    const auto outcome = send_to(session, "ana@example.org");

    EXPECT_TRUE(outcome.sent()) << outcome.why;
    EXPECT_EQ(outcome.obsolete_login, !plain);
    EXPECT_TRUE(server.commands().at(1).starts_with(plain ? "AUTH PLAIN" : "AUTH LOGIN"));
  }
}

TEST(MailSession, SendsNothingWhereItCannotSignIn) {
  for (const char* offer : {"SIZE 1000", "AUTH CRAM-MD5"}) {
    const test::MailServer server({offer});
    auto given = server.options();
    given.username = "ana";
    given.password = Secret("secret");
    MailSession session(given, kGoesOn);

    const auto outcome = send_to(session, "ana@example.org");

    EXPECT_EQ(outcome.is, MailOutcome::Is::permanent) << offer;
    for (const auto& command : server.commands()) EXPECT_TRUE(command.starts_with("EHLO") || command.starts_with("QUIT")) << command;
  }
}

TEST(MailSession, SendsNothingWhereTlsIsNotOffered) {
  const test::MailServer server({"AUTH PLAIN"});
  auto given = server.options();
  given.username = "ana";
  given.password = Secret("secret");
  given.starttls = true;
  MailSession session(given, kGoesOn);

  const auto outcome = send_to(session, "ana@example.org");

  EXPECT_EQ(outcome.is, MailOutcome::Is::temporary);
  EXPECT_NE(outcome.why, "");
  for (const auto& command : server.commands()) EXPECT_FALSE(command.starts_with("AUTH") || command.starts_with("MAIL")) << command;
}

TEST(MailSession, NeedsAServerAndATime) {
  MailSession none({}, kGoesOn);
  EXPECT_EQ(send_to(none, "ana@example.org").is, MailOutcome::Is::permanent);
  const std::atomic<bool> stopping = true;
  const test::MailServer server;
  MailSession late(server.options(), stopping);
  EXPECT_EQ(send_to(late, "ana@example.org").is, MailOutcome::Is::cancelled);
}

}  // namespace
}  // namespace slipway::net
