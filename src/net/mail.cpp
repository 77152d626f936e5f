#include "net/mail.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>

namespace slipway::net {

namespace {

constexpr std::size_t kWord = 75;  // the longest encoded word (RFC 2047), and the longest line of quoted-printable less its "="

bool is_letter_or_digit(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_printable(unsigned char c) { return c >= 0x20 && c < 0x7f; }

std::string escaped(unsigned char c) { return fmt::format("={:02X}", c); }

// RFC 2047, "Q": words that are whole characters each, one a line.
std::string encoded_words(std::string_view text) {
  constexpr std::string_view kBegin = "=?utf-8?q?", kEnd = "?=";
  std::string out(kBegin);
  std::size_t used = kBegin.size();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && end - at < 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    std::string piece;
    for (const char c : text.substr(at, end - at)) {
      const auto byte = static_cast<unsigned char>(c);
      piece += c == ' ' ? "_" : is_letter_or_digit(byte) ? std::string(1, c) : escaped(byte);
    }
    if (used + piece.size() + kEnd.size() > kWord) {
      out += fmt::format("{}\r\n {}", kEnd, kBegin);
      used = kBegin.size();
    }
    out += piece;
    used += piece.size();
    at = end;
  }
  return out + std::string(kEnd);
}

// A text as a header may hold it.
std::string header_text(std::string_view text) {
  const bool plain = text.size() <= kWord && std::ranges::all_of(text, [](unsigned char c) { return is_printable(c); });
  return plain && !text.contains("=?") ? std::string(text) : encoded_words(text);
}

// RFC 2045, 6.7.
std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '\n') {
      out += "\r\n";
      used = 0;
      continue;
    }
    const bool last = at + 1 == text.size() || text[at + 1] == '\n';
    const bool plain = is_printable(byte) && byte != '=' && !(byte == ' ' && last);
    const std::string piece = plain ? std::string(1, text[at]) : escaped(byte);
    if (used + piece.size() > kWord) {
      out += "=\r\n";
      used = 0;
    }
    out += piece;
    used += piece.size();
  }
  if (used > 0) out += "\r\n";
  return out;
}

std::string date_of(Time now) {
  const std::time_t seconds = std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts));
}

bool is_host_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'; });
}

// RFC 5321's mailbox, without quoted local parts.
bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == text.npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  const auto good = [](unsigned char c) { return is_printable(c) && !std::string_view(" ()<>[]:;@\\,\"").contains(static_cast<char>(c)); };
  return std::ranges::all_of(local, good) && is_host_name(domain) && !domain.starts_with('.') && !domain.ends_with('.');
}

struct Server {
  std::string host;  // IPv6 in brackets
  std::uint16_t port;
  bool tls;  // from the first byte
};

// Ports without a number: RFC 8314 for TLS, RFC 6409 for STARTTLS.
Result<Server> server_of(const MailOptions& options) {
  const auto url = parse_url("smtp://" + options.smarthost);
  if (!url || url->path != "/" || !url->query.empty() || !url->fragment.empty() || url->has_userinfo)
    return fail(Code::invalid, "--email-smarthost must be a host and a port, such as mail.example.com:587.");
  const std::uint16_t usual = options.force_tls ? 465 : options.starttls ? 587 : 25;
  const std::uint16_t port = url->port_given ? url->port : usual;
  return Server{.host = url->host.contains(':') ? "[" + url->host + "]" : url->host, .port = port, .tls = options.force_tls || port == 465};
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

struct Lists {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, Lists>;
List list_of(const std::string& only) { return List(curl_slist_append(nullptr, only.c_str())); }

struct Upload {
  std::string_view left;
  const std::atomic<bool>* stopping;
  std::chrono::steady_clock::time_point deadline;
  bool whole = false;  // all of it was given to libcurl
  std::string answer;  // what the server said to that: "2…" when the mail is its own now
};

std::size_t read(char* to, std::size_t size, std::size_t count, void* from) {
  auto& upload = *static_cast<Upload*>(from);
  const auto taken = std::min(size * count, upload.left.size());
  std::memcpy(to, upload.left.data(), taken);
  upload.left.remove_prefix(taken);
  upload.whole = taken == 0;
  return taken;
}

// Every line of the server's. Those to what came before the mail have been heard by the time that the mail is whole.
std::size_t hear(char* from, std::size_t size, std::size_t count, void* to) {
  auto& upload = *static_cast<Upload*>(to);
  const std::string_view line(from, size * count);
  if (upload.whole && line.size() > 3 && line[3] == ' ') upload.answer = text::trim(line, "\r\n");
  return line.size();
}

// What is left after that answer is the farewell, which nobody needs.
int ask_whether_to_stop(void* from, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& upload = *static_cast<Upload*>(from);
  return !upload.answer.empty() || *upload.stopping || std::chrono::steady_clock::now() >= upload.deadline ? 1 : 0;
}

void set_tls(CURL* curl, const MailOptions& options, bool from_the_start) {
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(from_the_start || options.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, options.skip_verify ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, options.skip_verify ? 0L : 2L);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.cert_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, options.cert_file.c_str());
  if (!options.key_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key_file.c_str());
}

void set_login(CURL* curl, const MailOptions& options) {
  if (options.username.empty()) return;
  curl_easy_setopt(curl, CURLOPT_USERNAME, options.username.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.reveal().c_str());
  if (!options.identity.empty()) curl_easy_setopt(curl, CURLOPT_SASL_AUTHZID, options.identity.c_str());
}

}  // namespace

Result<void> check(const MailOptions& options) {
  if (!options.enabled()) return {};
  TRY(server, server_of(options));
  if (options.from.empty()) return fail(Code::invalid, "--email-smarthost needs --email-from, the address that mail comes from.");
  if (!MailAddress::parse(options.from)) return fail(Code::invalid, "--email-from must be an address, such as slipway@example.com.");
  if (!is_host_name(options.hello)) return fail(Code::invalid, "--email-hello must be the name of this machine.");
  if (!options.server_name.empty() && !is_host_name(options.server_name)) return fail(Code::invalid, "--email-tls-server-name must be a host name.");
  if (options.username.empty() != options.password.empty())
    return fail(Code::invalid, "--email-auth-username and --email-auth-password (or --email-auth-password-file) go together.");
  if (options.cert_file.empty() != options.key_file.empty())
    return fail(Code::invalid, "--email-tls-cert-file and --email-tls-cert-key-file go together.");
  if (!options.username.empty() && !server.tls && !options.starttls && !is_this_machine(server.host))
    return fail(Code::invalid, "The password for mail would be sent in the clear. Set --email-tls-starttls, or --email-force-tls.");
  return {};
}

Result<MailAddress> MailAddress::parse(std::string_view text) {
  std::string_view name, address = text::trim(text, " ");
  if (const auto open = address.rfind('<'); open != address.npos && address.ends_with('>')) {
    name = text::trim(address.substr(0, open), " ");
    if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    address = address.substr(open + 1, address.size() - open - 2);
  }
  if (!is_address(address)) return fail(Code::invalid, "That is no address that mail can be sent to.");
  return MailAddress(std::string(name), std::string(address));
}

std::string MailAddress::header() const {
  if (name_.empty()) return address_;
  const bool quotable = name_.size() < kWord && std::ranges::all_of(name_, [](unsigned char c) { return is_printable(c) && c != '"' && c != '\\'; });
  return fmt::format("{} <{}>", quotable ? "\"" + name_ + "\"" : encoded_words(name_), address_);
}

std::string to_message(const MailAddress& from, const Mail& mail, Time now, std::string_view id) {
  return fmt::format(
      "Date: {}\r\n"
      "From: {}\r\n"
      "To: {}\r\n"
      "Subject: {}\r\n"
      "Message-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "\r\n"
      "{}",
      date_of(now), from.header(), mail.to.header(), header_text(mail.subject), id, from.domain(), quoted_printable(mail.text));
}

Result<void> send_mail(const MailOptions& options, const Mail& mail, Time now, Milliseconds limit, const std::atomic<bool>& stopping) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  TRY_OK(check(options));
  TRY(server, server_of(options));
  TRY(from, MailAddress::parse(options.from));
  if (stopping) return fail(Code::cancelled, "The server is stopping.");
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
  CURL* curl = handle.get();
  if (!curl) return fail_internal("libcurl gives no handle");

  const std::string message = to_message(from, mail, now, Uuid::random().str());
  Upload upload{.left = message, .stopping = &stopping, .deadline = std::chrono::steady_clock::now() + limit};
  // Under the name that the certificate must have, by way of the smarthost.
  const std::string host = options.server_name.empty() ? server.host : options.server_name;
  const std::string url = fmt::format("{}://{}:{}/{}", server.tls ? "smtps" : "smtp", host, server.port, percent_encode(options.hello));
  const List way = list_of(fmt::format("{}:{}:{}:{}", host, server.port, server.host, server.port));
  const List to = list_of("<" + mail.to.address() + ">");
  char said[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, way.get());
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + from.address() + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &read);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &hear);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // Else its farewell is waited for where neither the limit nor whoever stops is asked.
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &ask_whether_to_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &upload);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, said);
  set_tls(curl, options, server.tls);
  set_login(curl, options);

  const CURLcode outcome = curl_easy_perform(curl);
  if (outcome == CURLE_OK || upload.answer.starts_with('2')) return {};
  if (stopping) return fail(Code::cancelled, "The server is stopping.");
  auto failure = fail(Code::bad_gateway, fmt::format("The mail server {}:{} did not take the mail.", server.host, server.port));
  failure.error().why = !upload.answer.empty() ? upload.answer : *said ? said : curl_easy_strerror(outcome);
  return failure;
}

}  // namespace slipway::net
