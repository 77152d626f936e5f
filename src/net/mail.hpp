// Mail to people: a message as RFC 5322 wants it, handed to the one SMTP server of the deployment. Nothing that somebody
// chose reaches a header but by what encodes it or refuses it: an address by MailAddress, a text by encoded words.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace slipway::net {

struct MailOptions {
  std::string from;       // "address" or "Name <address>"
  std::string smarthost;  // host[:port]; empty: no mail can be sent
  std::string hello = "localhost";
  bool force_tls = false;  // TLS from the first byte; always so on port 465
  bool starttls = false;   // TLS from STARTTLS on, or no mail
  std::string identity;    // to act as, when it is not the username
  std::string username;    // empty: without signing in
  Secret password;
  std::string server_name;  // that the certificate must have, when it is not the smarthost's
  bool skip_verify = false;
  std::string ca_file, cert_file, key_file;  // PEM; empty: the system's authorities, no certificate of our own

  bool enabled() const { return !smarthost.empty(); }
};
// Errors: a sentence for whoever configured it. A password is never sent in the clear to another machine.
Result<void> check(const MailOptions& options);

// The server that mail is handed to.
struct MailHost {
  std::string name;  // IPv6 in brackets
  std::uint16_t port = 0;
  bool tls = false;  // from the first byte
};
// Errors: a smarthost that is none.
Result<MailHost> mail_host(const MailOptions& options);

// Where mail goes or comes from. Made by parse() alone, so it holds nothing that would end a header or a command.
class MailAddress {
 public:
  // "address" or "Name <address>"; the address in ASCII. Code::invalid.
  static Result<MailAddress> parse(std::string_view text);

  const std::string& address() const { return address_; }
  std::string domain() const { return address_.substr(address_.rfind('@') + 1); }
  std::string header() const;  // as a From or To field has it

 private:
  MailAddress(std::string name, std::string address) : name_(std::move(name)), address_(std::move(address)) {}
  std::string name_, address_;
};

// All texts are UTF-8; lines end in "\n".
struct Mail {
  MailAddress to;
  std::string subject, text;
  std::string html = {};  // the same once more, for who can show it; empty: there is none
};

// A name or an address as the greeting and certificates have it.
bool is_host_name(std::string_view text);

// The whole message, lines ending in CRLF. `id` is the left side of its Message-ID.
std::string to_message(const MailAddress& from, const Mail& mail, Time now, std::string_view id);

// What came of a mail. `code` is the server's, 0 when it was not its answer that decided.
struct MailOutcome {
  enum class Is { sent, temporary, permanent, cancelled } is;
  int code = 0;
  std::string why = {};         // the server's words, or what went wrong with the connection
  bool obsolete_login = false;  // the server knows no way to sign in but LOGIN

  bool sent() const { return is == Is::sent; }
};

// Mails by one connection after the other, as long as it holds: one that breaks costs the mail that it carried. All of it blocks: run it on
// aio::waiting, by one thread at a time.
class MailSession {
 public:
  // `stopping` outlives it. Once that is true, a mail that is being sent has `grace` left.
  MailSession(MailOptions options, const std::atomic<bool>& stopping, Milliseconds grace = Milliseconds(0));
  ~MailSession();
  MailSession(const MailSession&) = delete;
  MailSession& operator=(const MailSession&) = delete;

  // `id` is the left side of the Message-ID. Takes `limit` at most. What may go better later is temporary: the connection, TLS, signing in,
  // the sender, and what the server says is; a recipient or a content that it refuses for good is permanent.
  MailOutcome send(const Mail& mail, Time now, std::string_view id, Milliseconds limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One mail by a connection of its own. Gives up within a second or two once `stopping` is true. Code::bad_gateway with what the server said in
// `why`.
Result<void> send_mail(const MailOptions& options, const Mail& mail, Time now, Milliseconds limit, const std::atomic<bool>& stopping);

}  // namespace slipway::net
