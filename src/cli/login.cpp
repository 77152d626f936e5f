#include "api/gen/auth.hpp"
#include "api/gen/deployment.hpp"
#include "api/gen/users.hpp"
#include "base/text.hpp"
#include "cli/browser.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/password.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/sign_in.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "net/message.hpp"

namespace slipway::cli {
namespace {

struct LoginOptions {
  std::string url;
  std::string email, password;
  std::string first_email, first_username, first_name, first_password;
  bool no_browser = false;
};

Result<std::string> choose_url(Session& session, const std::string& typed) {
  if (!typed.empty()) return server_url(typed);
  if (auto known = session.url()) return known;
  TRY(answer, ask("Address of the server"));
  return server_url(answer);
}

Result<std::string> given_or_asked(const std::string& given, std::string_view question, std::string_view preset = {}) {
  return given.empty() ? ask(question, preset) : Result<std::string>(given);
}

Result<std::string> new_password(const std::string& given) {
  if (!given.empty()) return given;
  while (true) {
    TRY(one, ask_secret("Password"));
    TRY(two, ask_secret("Once more"));
    if (one == two) return one;
    tell("The two differ.\n");
  }
}

Result<std::string> known_password(const LoginOptions& options) {
  TRY(given, given_password("--password", options.password, {"SLIPWAY_PASSWORD"}));
  return given.empty() ? ask_secret("Password") : Result<std::string>(std::move(given));
}

Result<std::string> create_first_user(Session& session, const LoginOptions& options) {
  tell("This server has no user yet; the first one becomes its owner.\n");
  api::CreateFirstUserRequest first;
  TRY(username, given_or_asked(options.first_username, "Username", environment({"USER"}).value_or("")));
  TRY(email, given_or_asked(options.first_email, "Email"));
  first.username = username;
  first.email = email;
  first.name = options.first_name;
  TRY(given, given_password("--first-user-password", options.first_password, {"SLIPWAY_FIRST_USER_PASSWORD", "CODER_FIRST_USER_PASSWORD"}));
  while (true) {
    TRY(password, new_password(given));
    first.password = password;
    TRY(answer, session.request("POST", "/api/v2/users/first", api::to_json(first), "application/json"));
    if (answer.status == 201) return by_password(session, email, password);
    const auto error = error_of(answer.status, answer.body);
    const auto weak = std::ranges::find(error.fields, "password", &FieldError::field);
    if (weak == error.fields.end() || !given.empty()) return std::unexpected(error);
    tell("{}\n", weak->detail);
  }
}

Result<std::string> by_browser(const std::string& url, bool no_browser) {
  const auto page = url + "/cli-auth";
  tell("Open this page, log in and copy the token it shows:\n\n  {}\n\n", page);
  if (!no_browser) open_browser(page);
  return ask_secret("Token");
}

Result<int> login(Session& session, const LoginOptions& options) {
  TRY(url, choose_url(session, options.url));
  auto given = session.token();
  const bool explicit_token = given && given != session.config().read("token");
  session.use(url, explicit_token ? *given : "");
  TRY(ready, has_first_user(session, url));
  Result<std::string> token = std::string();
  if (!ready)
    token = create_first_user(session, options);
  else if (explicit_token)
    token = given;
  else if (!options.email.empty()) {
    TRY(password, known_password(options));
    token = by_password(session, options.email, password);
  } else
    token = by_browser(url, options.no_browser);
  if (!token) return std::unexpected(token.error());

  session.use(url, *token);
  auto me = session.get<api::User>("/api/v2/users/me");
  if (!me && me.error().code == Code::unauthenticated)
    return fail(Code::invalid, "The server does not accept that token.",
                "It may have expired: make a new one in the dashboard, under Account, Tokens.");
  if (!me) return std::unexpected(me.error());
  TRY_OK(session.config().write("url", url));
  TRY_OK(session.config().write("token", *token));
  tell("Logged in to {} as {}.\n", url, on_stderr(Colour::bold, me->username));
  return 0;
}

Result<int> logout(Session& session) {
  if (session.token()) {
    const auto ended = session.call("POST", "/api/v2/users/logout", {});
    if (!ended && ended.error().code != Code::unauthenticated)
      tell("The server did not end the session ({}); the token is forgotten here.\n", ended.error().say);
  }
  session.config().forget("token");
  session.config().forget("url");
  tell("Logged out.\n");
  return 0;
}

Result<int> whoami(Session& session, const TableFlags& flags) {
  TRY(url, session.url());
  TRY(me, session.get<api::User>("/api/v2/users/me"));
  Table table({"url", "username", "email", "id", "roles"}, 4);
  std::vector<std::string> roles;
  for (const auto& role : me.roles) roles.push_back(role.name);
  table.add({url, me.username, me.email, me.id.str(), text::joined(roles, " ")});
  return table.print(flags, api::to_json(me), "");
}

}  // namespace

Result<bool> has_first_user(Session& session, const std::string& url) {
  auto asked = session.request("GET", "/api/v2/users/first", {}, "");
  if (!asked && url.starts_with("https://")) {
    const auto plain = "http://" + url.substr(8);
    session.use(plain, "");
    const auto there = session.request("GET", "/api/v2/users/first", {}, "");
    if (there && there->headers.has("X-Coder-Build-Version"))
      return fail(Code::invalid, fmt::format("{} speaks http, not https.", url.substr(8)), fmt::format("Log in with: slipway login {}", plain));
  }
  TRY(answer, std::move(asked));
  if (!answer.headers.has("X-Coder-Build-Version"))
    return fail(Code::invalid, fmt::format("{} is no Slipway server.", url), "Check the address: it is the one the dashboard has.");
  if (answer.status == 404) return false;
  if (answer.status == 200) return true;
  return std::unexpected(error_of(answer.status, answer.body));
}

Result<std::string> by_password(Session& session, const std::string& email, const std::string& password) {
  const api::LoginWithPasswordRequest ask{.email = email, .password = password};
  TRY(answer, session.request("POST", "/api/v2/users/login", api::to_json(ask), "application/json"));
  if (answer.status != 201) {
    auto error = error_of(answer.status, answer.body);
    if (error.code == Code::unauthenticated) error.code = Code::invalid;  // the advice to log in would go in circles
    return std::unexpected(std::move(error));
  }
  TRY(key, api::from_json<api::LoginWithPasswordResponse>(answer.body));
  return key.session_token;
}

void add_login(Command root) {
  auto options = std::make_shared<LoginOptions>();
  auto login_command = root.sub("login", "Log in to a server, or set up a new one",
                                "slipway login https://slipway.example.com\n"
                                "slipway login https://slipway.example.com --token \"$TOKEN\"\n"
                                "slipway login localhost:7080 --email ana@example.com\n"
                                "slipway login localhost:7080 --email ana@example.com --password - <password.txt\n"
                                "SLIPWAY_FIRST_USER_PASSWORD=… slipway login localhost:7080 --first-user-email ana@example.com "
                                "--first-user-username ana");
  login_command.optional_argument("url", options->url, "Address of the server");
  login_command.option("--email", options->email, "Log in with this email and a password");
  login_command.option("--password", options->password, "The password, or - for a line of standard input; else SLIPWAY_PASSWORD, else asked for");
  login_command.option("--first-user-email", options->first_email, "Of the owner, when the server has no user yet");
  login_command.option("--first-user-username", options->first_username, "Likewise");
  login_command.option("--first-user-full-name", options->first_name, "Likewise");
  login_command.option("--first-user-password", options->first_password, "Likewise, as --password; else SLIPWAY_FIRST_USER_PASSWORD");
  login_command.flag("--no-open", options->no_browser, "Do not open a browser");
  login_command.run([options](Session& session) { return login(session, *options); });

  root.sub("logout", "End the session and forget the token").run(logout);
}

void add_whoami(Command root) {
  auto flags = std::make_shared<TableFlags>();
  auto who = root.sub("whoami", "Show who you are and on which server", "slipway whoami --output json");
  flags->add_to(who, "url, username, email, id, roles");
  who.run([flags](Session& session) { return whoami(session, *flags); });
}

}  // namespace slipway::cli
