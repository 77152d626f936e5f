// login, logout and version as existing plugins and scripts run them.
#include <boost/json.hpp>

#include "api/gen/auth.hpp"
#include "api/gen/users.hpp"
#include "base/version.hpp"
#include "cli/browser.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/sign_in.hpp"
#include "cli/terminal.hpp"
#include "net/message.hpp"

namespace slipway::cli {
namespace {

struct LoginOptions {
  std::string url;
  std::string email, username, full_name, password;
  bool as_session = false;
};

struct Chosen {
  std::string url;
  std::string_view from;  // for the line that says so
};

Result<Chosen> choose(Session& session, const LoginOptions& options) {
  std::string_view from = "config";
  std::string typed = options.url;
  if (!typed.empty()) {
    from = "argument";
  } else if (const auto given = session.given_url()) {
    typed = *given;
    from = environment({"CODER_URL"}).value_or("") == typed ? "environment" : "flag";
  } else if (const auto kept = session.config().read("url")) {
    typed = *kept;
  } else {
    TRY(answer, ask("Address of the server"));
    typed = std::move(answer);
    from = "argument";
  }
  TRY(url, server_url(typed));
  return Chosen{.url = std::move(url), .from = from};
}

Result<std::string> first_user(Session& session, const LoginOptions& options) {
  if (options.email.empty() || options.username.empty() || options.password.empty())
    return fail(Code::invalid, "This server has no user yet.",
                "Make the first one with --first-user-username, --first-user-email and --first-user-password, or in the dashboard.");
  api::CreateFirstUserRequest first;
  first.username = options.username;
  first.email = options.email;
  first.name = options.full_name;
  first.password = options.password;
  TRY(made, session.request("POST", "/api/v2/users/first", api::to_json(first), "application/json"));
  if (made.status != 201) return std::unexpected(error_of(made.status, made.body));
  return by_password(session, options.email, options.password);
}

// A key of this program's own, made by the one it was given; where that may make none, the one itself.
Result<std::string> own_key(Session& session, const std::string& given) {
  TRY(answer, session.request("POST", "/api/v2/users/me/keys", "{}", "application/json"));
  if (answer.status == 403) return given;
  if (answer.status != 201) return std::unexpected(error_of(answer.status, answer.body));
  TRY(made, api::from_json<api::GenerateAPIKeyResponse>(answer.body));
  return made.key;
}

Result<std::string> from_browser(const std::string& url) {
  const auto page = url + "/cli-auth";
  tell("Open the following in your browser:\n\n\t{}\n\n", page);
  if (!can_ask()) return fail(Code::invalid, "There is no terminal to paste a token into.", "Give one with --token.");
  open_browser(page);
  return ask_secret("Paste your token here");
}

Result<std::string> token_for(Session& session, const LoginOptions& options, const std::string& url, bool ready) {
  if (!ready) return first_user(session, options);
  const auto given = session.given_token();
  if (given && options.as_session) return *given;
  if (given && !session.token_by_flag())
    return fail(Code::invalid, "The environment variable CODER_SESSION_TOKEN is set, so that a login would have no effect.",
                "Unset it, or give --use-token-as-session.");
  if (given) return own_key(session, *given);
  return from_browser(url);
}

Result<int> login(Session& session, const LoginOptions& options) {
  TRY(chosen, choose(session, options));
  const auto given = session.given_token();
  session.use(chosen.url, given.value_or(""));
  TRY(ready, has_first_user(session, chosen.url));
  tell("Attempting to authenticate with {} URL: '{}'\n", chosen.from, chosen.url);
  TRY(token, token_for(session, options, chosen.url, ready));
  session.use(chosen.url, token);
  auto me = session.get<api::User>("/api/v2/users/me");
  if (!me && me.error().code == Code::unauthenticated)
    return fail(Code::invalid, "That's not a valid token!", fmt::format("Make a new one at {}/cli-auth", chosen.url));
  if (!me) return std::unexpected(me.error());
  TRY_OK(session.config().write("token", token));
  TRY_OK(session.config().write("url", chosen.url));
  tell("Welcome to Coder, {}! You're authenticated.\n", me->username);
  return 0;
}

Result<int> print_token(Session& session) {
  const auto kept = session.config().read("token");
  const auto given = session.given_url();
  if (given && kept) {
    TRY(wanted, server_url(*given));
    const auto known = session.config().read("url");
    if (known && server_url(*known).value_or(*known) != wanted)
      return fail(Code::invalid,
                  fmt::format("file session token storage only supports one server at a time: requested {} but logged into {}", wanted, *known));
  }
  const auto token = kept ? kept : session.given_token();
  if (!token) return fail(Code::invalid, "no session token found - run 'coder login' first");
  print("{}\n", *token);
  return 0;
}

Result<int> login_status(Session& session) {
  TRY(url, session.url());
  TRY_OK(session.token());
  TRY(me, session.get<api::User>("/api/v2/users/me"));
  print("You are logged in to {} as {}.\n", url, me.username);
  return 0;
}

Result<int> logout(Session& session, bool yes) {
  TRY_OK(agreed(yes, "Are you sure you want to log out?", "You are still logged in.", "Log out without a question by --yes."));
  if (session.token()) {
    const auto ended = session.call("POST", "/api/v2/users/logout", {});
    if (!ended && ended.error().code != Code::unauthenticated) tell("The server did not end the session ({}).\n", ended.error().say);
  }
  for (const char* name : {"token", "url", "organization"}) session.config().forget(name);
  tell("You are no longer logged in. You can log in using 'coder login <url>'.\n");
  return 0;
}

Result<int> version(Session& session, const std::string& output) {
  TRY_OK(one_of(output, {"text", "json"}));
  if (output == "json") {
    const boost::json::object told{
        {"version", kVersion},   {"build_time", "0001-01-01T00:00:00Z"}, {"external_url", session.url().value_or("")}, {"slim", true}, {"agpl", true},
        {"boring_crypto", false}};
    print_json(boost::json::serialize(told));
    return 0;
  }
  print("Coder {}\nSlipway {}, under the name that existing clients know.\n", kVersion, kRelease);
  return 0;
}

}  // namespace

void add_coder_login(Command root) {
  auto options = std::make_shared<LoginOptions>();
  auto command = root.sub("login", "Authenticate with a deployment", "coder login https://slipway.example.com --token \"$TOKEN\"");
  command.optional_argument("url", options->url, "Address of the server");
  command.flag("--use-token-as-session", options->as_session, "Keep the given token itself, and make no key by it");
  command.option("--first-user-email", options->email, "Of the owner, when the server has no user yet");
  command.option("--first-user-username", options->username, "Likewise");
  command.option("--first-user-full-name", options->full_name, "Likewise");
  command.option("--first-user-password", options->password, "Likewise");
  auto ignored = std::make_shared<bool>(false);
  command.hidden("--first-user-trial", *ignored);
  command.run([options, ignored](Session& session) { return login(session, *options); });
  command.sub("token", "Print the session token").run(print_token);
  command.sub("status", "Say who is logged in, and where; exit code 1 if nobody is").run(login_status);

  auto yes = std::make_shared<bool>(false);
  auto out = root.sub("logout", "Unauthenticate your local session");
  out.flag("-y,--yes", *yes, "Do not ask");
  out.run([yes](Session& session) { return logout(session, *yes); });
}

void add_coder_version(Command root) {
  auto output = std::make_shared<std::string>("text");
  auto command = root.sub("version", "Show the version", "coder version --output json");
  command.option("-o,--output", *output, "text or json");
  command.run([output](Session& session) { return version(session, *output); });
}

}  // namespace slipway::cli
