// For tests: a mail server of a few lines on this machine, on a thread of its own. It takes mails, several a connection, and refuses recipients as
// their names say: "later…" with 451, "never…" with 550; a mail for "spam…" is refused at its end.
#pragma once

#include "net/mail.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace slipway::test {

class MailServer {
 public:
  // `offers` are further lines of its greeting, such as "AUTH LOGIN".
  explicit MailServer(std::vector<std::string> offers = {})
      : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}), offers_(std::move(offers)), thread_([this] { serve(); }) {}
  ~MailServer() {
    stopping_ = true;
    boost::system::error_code ignored;
    Tcp::socket(context_).connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  MailServer(const MailServer&) = delete;
  MailServer& operator=(const MailServer&) = delete;

  net::MailOptions options() const {
    net::MailOptions made;
    made.smarthost = "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    made.from = "Slipway <slipway@example.com>";
    return made;
  }
  std::vector<std::string> mails() const { return copy(mails_); }
  std::vector<std::string> commands() const { return copy(commands_); }
  int connections() const { return connections_; }

 private:
  using Tcp = boost::asio::ip::tcp;

  std::vector<std::string> copy(const std::vector<std::string>& of) const {
    const std::lock_guard lock(mutex_);
    return of;
  }
  void serve() {
    while (!stopping_) {
      Tcp::iostream stream;
      boost::system::error_code failed;
      acceptor_.accept(stream.socket(), failed);
      if (failed || stopping_) return;
      ++connections_;
      stream << "220 here\r\n" << std::flush;
      for (std::string line; std::getline(stream, line);) stream << answer(line, stream) << "\r\n" << std::flush;
    }
  }
  std::string answer(const std::string& line, Tcp::iostream& stream) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(line.substr(0, line.find('\r')));
    }
    if (line.starts_with("EHLO")) return greeting();
    if (line.starts_with("AUTH LOGIN")) return "334 VXNlcm5hbWU6";
    if (line.starts_with("AUTH PLAIN")) return "334 ";
    if (line.starts_with("RCPT TO:<later")) return "451 later";
    if (line.starts_with("RCPT TO:<never")) return "550 never";
    if (line.starts_with("RCPT TO:")) spam_ = line.starts_with("RCPT TO:<spam");
    if (line.starts_with("QUIT")) return "221 bye";
    if (!line.starts_with("DATA")) return in_login(line);
    stream << "354 go on\r\n" << std::flush;
    std::string mail;
    for (std::string part; std::getline(stream, part) && part != ".\r";) mail += part + "\n";
    if (spam_) return "554 not this one";
    const std::lock_guard lock(mutex_);
    mails_.push_back(std::move(mail));
    return "250 taken";
  }
  // Name and password, "ana" and "secret", come as lines of their own: two for LOGIN, one for PLAIN.
  static std::string in_login(const std::string& line) {
    if (line.contains(' ') || line.contains(':')) return "250 ok";
    return line == "c2VjcmV0\r" || line == "AGFuYQBzZWNyZXQ=\r" ? "235 welcome" : "334 UGFzc3dvcmQ6";
  }
  std::string greeting() const {
    std::string out = "250-here";
    for (const auto& offer : offers_) out += "\r\n250-" + offer;
    return out + "\r\n250 HELP";
  }

  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::vector<std::string> offers_;
  mutable std::mutex mutex_;
  std::vector<std::string> mails_, commands_;
  bool spam_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace slipway::test
