// The conversation with a mail server, by libcurl.
#include "base/ids.hpp"
#include "base/text.hpp"
#include "net/mail.hpp"
#include "net/url.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>

namespace slipway::net {

namespace {

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

struct Lists {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, Lists>;
List list_of(const std::string& only) { return List(curl_slist_append(nullptr, only.c_str())); }

// How far a conversation is, by the last command.
enum class Stage { begun, hello, sign_in, sender, recipient, content };

struct Talk {
  const MailOptions* options = nullptr;
  const std::atomic<bool>* stopping = nullptr;
  Milliseconds grace{0};
  bool tls_first = false;
  // Of the connection.
  Stage stage = Stage::begun;
  bool went_over = false;  // to TLS, by STARTTLS
  bool can_sign_in = false, by_login = false;
  bool refuses_sign_in = false;  // it offers no way that we know
  // Of the mail.
  std::string_view left;
  std::chrono::steady_clock::time_point deadline;
  bool whole = false;       // all of it was given to libcurl
  bool leaves = false;      // farewell was said: what comes back is nobody's business
  std::string last, taken;  // the last answer; that to the whole mail
};

std::size_t read(char* to, std::size_t size, std::size_t count, void* from) {
  auto& talk = *static_cast<Talk*>(from);
  const auto taken = std::min(size * count, talk.left.size());
  std::memcpy(to, talk.left.data(), taken);
  talk.left.remove_prefix(taken);
  talk.whole = taken == 0;
  return taken;
}

int code_of(const std::string& answer) { return text::number<int>(std::string_view(answer).substr(0, 3)).value_or(0); }

// False: the server that was greeted does not let anyone sign in, though we are to.
bool may_go_on(Talk& talk) {
  const bool greeted_for_good = talk.stage == Stage::hello && (talk.tls_first || talk.went_over || !talk.options->starttls);
  talk.refuses_sign_in = greeted_for_good && !talk.options->username.empty() && !talk.can_sign_in;
  return !talk.refuses_sign_in;
}

// Every line of the server's. Those to what came before the mail have been heard by the time that the mail is whole.
std::size_t hear(char* from, std::size_t size, std::size_t count, void* to) {
  auto& talk = *static_cast<Talk*>(to);
  const std::string_view line(from, size * count);
  if (talk.stage == Stage::hello && line.size() > 4 && text::lower(line.substr(4, 5)) == "auth ")
    for (const auto way : text::words(line.substr(9), " \r\n")) talk.can_sign_in |= text::lower(way) == "plain" || text::lower(way) == "login";
  if (line.size() > 3 && line[3] == ' ' && !talk.leaves) {
    talk.last = text::trim(line, "\r\n");
    if (talk.whole) talk.taken = talk.last;
    if (!may_go_on(talk)) return 0;
  }
  return line.size();
}

// Our commands, as they go out; only their first word is looked at.
int follow(CURL*, curl_infotype what, char* from, std::size_t size, void* to) {
  auto& talk = *static_cast<Talk*>(to);
  if (what != CURLINFO_HEADER_OUT) return 0;
  const std::string_view command(from, size);
  if (command.starts_with("EHLO ") || command.starts_with("HELO ")) {
    talk.stage = Stage::hello;
    talk.can_sign_in = talk.by_login = false;
  } else if (command.starts_with("STARTTLS")) {
    talk.stage = Stage::begun;
    talk.went_over = true;
  } else if (command.starts_with("AUTH ")) {
    talk.stage = Stage::sign_in;
    talk.by_login = command.starts_with("AUTH LOGIN");
  } else if (command.starts_with("MAIL ")) {
    talk.stage = Stage::sender;
  } else if (command.starts_with("RCPT ")) {
    talk.stage = Stage::recipient;
  } else if (command.starts_with("DATA")) {
    talk.stage = Stage::content;
  } else if (command.starts_with("QUIT")) {
    talk.leaves = true;
  }
  return 0;
}

int begin_connection(void* to, curl_socket_t, curlsocktype) {
  auto& talk = *static_cast<Talk*>(to);
  talk.stage = Stage::begun;
  talk.went_over = talk.can_sign_in = talk.by_login = talk.leaves = false;
  return CURL_SOCKOPT_OK;
}

int ask_whether_to_stop(void* from, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& talk = *static_cast<Talk*>(from);
  const auto now = std::chrono::steady_clock::now();
  if (*talk.stopping) talk.deadline = std::min(talk.deadline, now + std::exchange(talk.grace, Milliseconds(1'000'000'000)));
  return talk.leaves || now >= talk.deadline ? 1 : 0;
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
  curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");  // in this order
  if (!options.identity.empty()) curl_easy_setopt(curl, CURLOPT_SASL_AUTHZID, options.identity.c_str());
}

void set_talk(CURL* curl, Talk& talk) {
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &read);
  curl_easy_setopt(curl, CURLOPT_READDATA, &talk);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &hear);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &talk);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);  // all of it goes to follow(), nothing anywhere else
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, &follow);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &talk);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, &begin_connection);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, &talk);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &ask_whether_to_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &talk);
}

}  // namespace

// Ports without a number: RFC 8314 for TLS, RFC 6409 for STARTTLS.
Result<MailHost> mail_host(const MailOptions& options) {
  const auto url = parse_url("smtp://" + options.smarthost);
  if (!url || url->path != "/" || !url->query.empty() || !url->fragment.empty() || url->has_userinfo)
    return fail(Code::invalid, "--email-smarthost must be a host and a port, such as mail.example.com:587.");
  const std::uint16_t usual = options.force_tls ? 465 : options.starttls ? 587 : 25;
  const std::uint16_t port = url->port_given ? url->port : usual;
  return MailHost{.name = url->host.contains(':') ? "[" + url->host + "]" : url->host, .port = port, .tls = options.force_tls || port == 465};
}

Result<void> check(const MailOptions& options) {
  if (!options.enabled()) return {};
  TRY(server, mail_host(options));
  if (options.from.empty()) return fail(Code::invalid, "--email-smarthost needs --email-from, the address that mail comes from.");
  if (!MailAddress::parse(options.from)) return fail(Code::invalid, "--email-from must be an address, such as slipway@example.com.");
  if (!is_host_name(options.hello)) return fail(Code::invalid, "--email-hello must be the name of this machine.");
  if (!options.server_name.empty() && !is_host_name(options.server_name)) return fail(Code::invalid, "--email-tls-server-name must be a host name.");
  if (options.username.empty() != options.password.empty())
    return fail(Code::invalid, "--email-auth-username and --email-auth-password (or --email-auth-password-file) go together.");
  if (options.cert_file.empty() != options.key_file.empty())
    return fail(Code::invalid, "--email-tls-cert-file and --email-tls-cert-key-file go together.");
  if (!options.username.empty() && !server.tls && !options.starttls && !is_this_machine(server.name))
    return fail(Code::invalid, "The password for mail would be sent in the clear. Set --email-tls-starttls, or --email-force-tls.");
  return {};
}

struct MailSession::State {
  MailOptions options;
  const std::atomic<bool>* stopping;
  Milliseconds grace;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{nullptr, curl_easy_cleanup};
  std::optional<MailAddress> from;
  List way;  // of connections, for as long as they are made
  Talk talk;
  char said[CURL_ERROR_SIZE] = "";

  // Errors: the settings are none to send mail by.
  Result<void> begin();
  MailOutcome judge(CURLcode outcome) const;
};

Result<void> MailSession::State::begin() {
  if (curl) return {};
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (!options.enabled()) return fail(Code::invalid, "There is no mail server. Set --email-smarthost.");
  TRY_OK(check(options));
  TRY(server, mail_host(options));
  TRY(sender, MailAddress::parse(options.from));
  from = std::move(sender);
  curl.reset(curl_easy_init());
  if (!curl) return fail_internal("libcurl gives no handle");
  talk = {.options = &options, .stopping = stopping, .tls_first = server.tls};
  // Under the name that the certificate must have, by way of the smarthost.
  const std::string host = options.server_name.empty() ? server.name : options.server_name;
  const std::string url = fmt::format("{}://{}:{}/{}", server.tls ? "smtps" : "smtp", host, server.port, percent_encode(options.hello));
  way = list_of(fmt::format("{}:{}:{}:{}", host, server.port, server.name, server.port));
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CONNECT_TO, way.get());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + from->address() + ">").c_str());
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, said);
  set_talk(curl.get(), talk);
  set_tls(curl.get(), options, server.tls);
  set_login(curl.get(), options);
  return {};
}

MailOutcome MailSession::State::judge(CURLcode outcome) const {
  using Is = MailOutcome::Is;
  if (outcome == CURLE_OK || talk.taken.starts_with('2')) return {.is = Is::sent, .obsolete_login = talk.by_login};
  if (talk.refuses_sign_in) return {.is = Is::permanent, .why = "The mail server offers no way to sign in that is known here, PLAIN or LOGIN."};
  const int code = code_of(talk.last);
  if (code < 400) {
    if (*stopping) return {.is = Is::cancelled, .why = "The server is stopping."};
    return {.is = Is::temporary, .why = *said ? said : curl_easy_strerror(outcome)};
  }
  const bool final = code >= 500 && (talk.stage == Stage::recipient || talk.stage == Stage::content);
  return {.is = final ? Is::permanent : Is::temporary, .code = code, .why = talk.last};
}

MailSession::MailSession(MailOptions options, const std::atomic<bool>& stopping, Milliseconds grace) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->stopping = &stopping;
  state_->grace = grace;
}

MailSession::~MailSession() {
  curl_socket_t open = CURL_SOCKET_BAD;
  if (!state_->curl || curl_easy_getinfo(state_->curl.get(), CURLINFO_ACTIVESOCKET, &open) != CURLE_OK || open == CURL_SOCKET_BAD) return;
  ::shutdown(open, SHUT_RD);  // we say farewell, and wait for nobody's
}

MailOutcome MailSession::send(const Mail& mail, Time now, std::string_view id, Milliseconds limit) {
  State& state = *state_;
  if (*state.stopping) return {.is = MailOutcome::Is::cancelled, .why = "The server is stopping."};
  if (const auto begun = state.begin(); !begun) return {.is = MailOutcome::Is::permanent, .why = begun.error().say};
  CURL* const curl = state.curl.get();
  const std::string message = to_message(*state.from, mail, now, id);
  const List to = list_of("<" + mail.to.address() + ">");
  state.talk.left = message;
  state.talk.deadline = std::chrono::steady_clock::now() + limit;
  state.talk.grace = state.grace;
  state.talk.whole = state.talk.leaves = state.talk.refuses_sign_in = false;
  state.talk.last.clear();
  state.talk.taken.clear();
  *state.said = '\0';
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  const auto outcome = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, nullptr);
  return state.judge(outcome);
}

Result<void> send_mail(const MailOptions& options, const Mail& mail, Time now, Milliseconds limit, const std::atomic<bool>& stopping) {
  TRY_OK(check(options));
  TRY(server, mail_host(options));
  MailSession session(options, stopping);
  const auto outcome = session.send(mail, now, Uuid::random().str(), limit);
  if (outcome.sent()) return {};
  if (outcome.is == MailOutcome::Is::cancelled) return fail(Code::cancelled, outcome.why);
  auto failure = fail(Code::bad_gateway, fmt::format("The mail server {}:{} did not take the mail.", server.name, server.port));
  failure.error().why = outcome.why;
  return failure;
}

}  // namespace slipway::net
