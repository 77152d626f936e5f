// Mail to people: a message as RFC 5322 wants it, handed to the one SMTP server of the deployment. Nothing that somebody
// chose reaches a header but by what encodes it or refuses it: an address by MailAddress, a text by encoded words.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <atomic>
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

// Both texts are UTF-8; the text's lines end in "\n".
struct Mail {
  MailAddress to;
  std::string subject, text;
};

// The whole message, lines ending in CRLF. `id` is the left side of its Message-ID.
std::string to_message(const MailAddress& from, const Mail& mail, Time now, std::string_view id);

// Blocks, for `limit` at most: run it on aio::waiting. Gives up within a second or two once `stopping` is true. Code::bad_gateway
// with what the server said in `why`.
Result<void> send_mail(const MailOptions& options, const Mail& mail, Time now, Milliseconds limit, const std::atomic<bool>& stopping);

}  // namespace slipway::net
