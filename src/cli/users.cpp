#include "api/gen/users.hpp"

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/password.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "username, email, created at, status, name, last seen, roles, login type, id";

struct Options {
  std::string user, search, email, username, full_name, password, login_type = "password", organization = "default";
  bool yes = false;
  TableFlags flags;
};

Table table_of(const std::vector<api::User>& users) {
  Table table({"username", "email", "created at", "status", "name", "last seen", "roles", "login type", "id"}, 4);
  const Time now = system_clock().now();
  for (const auto& user : users) {
    std::vector<std::string> roles;
    for (const auto& role : user.roles) roles.push_back(role.name);
    table.add({user.username, user.email, to_rfc3339(std::chrono::floor<Seconds>(user.created_at)), painted_status(user.status), user.name,
               ago(user.last_seen_at.value_or(kUnsetTime), now), text::joined(roles, " "), user.login_type, user.id.str()});
  }
  return table;
}

Result<int> list(Session& session, const Options& options) {
  TRY(found, session.get<api::GetUsersResponse>("/api/v2/users" + (options.search.empty() ? "" : "?q=" + segment(options.search))));
  return table_of(found.users).print(options.flags, api::to_json(found.users), "No user found.");
}

Result<api::User> find_user(Session& session, const std::string& name) { return session.get<api::User>("/api/v2/users/" + segment(name)); }

Result<int> show(Session& session, const Options& options) {
  TRY(user, find_user(session, options.user));
  return table_of({user}).print(options.flags, api::to_json(user), "");
}

Result<int> create(Session& session, Options& options) {
  const auto fill = [](std::string& value, std::string_view question) -> Result<void> {
    if (!value.empty()) return {};
    TRY(answer, ask(question));
    value = answer;
    return {};
  };
  TRY_OK(fill(options.username, "Username"));
  TRY_OK(fill(options.email, "Email"));
  TRY(given, given_password("--password", options.password, {"SLIPWAY_USER_PASSWORD"}));
  options.password = std::move(given);
  if (options.login_type == "password" && options.password.empty()) {
    TRY(answer, ask_secret("Password"));
    options.password = answer;
  }
  TRY(organization, find_organization(session, options.organization));
  api::CreateUserRequestWithOrgs request;
  request.email = options.email;
  request.username = options.username;
  request.name = options.full_name;
  request.password = options.password;
  request.login_type = options.login_type;
  request.organization_ids = {organization.id};
  TRY(user, session.send<api::User>("POST", "/api/v2/users", request));
  tell("Created user {} ({}).\n", on_stderr(Colour::bold, user.username), user.email);
  return 0;
}

Result<int> set_status(Session& session, const Options& options, const char* verb, const char* done) {
  TRY(user, find_user(session, options.user));
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("{} user {} ({})?", verb, user.username, user.email)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  if (std::string_view(verb) == "Delete")
    TRY_OK(session.call("DELETE", "/api/v2/users/" + user.id.str(), {}));
  else
    TRY_OK(session.call("PUT", fmt::format("/api/v2/users/{}/status/{}", user.id.str(), std::string_view(verb) == "Suspend" ? "suspend" : "activate"),
                        {}));
  tell("User {} is {}.\n", user.username, done);
  return 0;
}

void add_change(Command users, const char* name, const char* what, const char* verb, const char* done) {
  auto options = std::make_shared<Options>();
  auto command = users.sub(name, what, fmt::format("slipway users {} bo --yes", name));
  command.argument("user", options->user, "Username, id, or me");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options, verb, done](Session& session) { return set_status(session, *options, verb, done); });
}

}  // namespace

void add_users(Command root) {
  auto users = root.sub("users", "Users of the server").alias("user");

  auto list_options = std::make_shared<Options>();
  auto listing = users.sub("list", "List users", "slipway users list --search status:active\nslipway users list --output json").alias("ls");
  listing.option("--search", list_options->search, "Filter: part of a name, status:, role:, login_type: ...");
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto show_options = std::make_shared<Options>();
  auto showing = users.sub("show", "Show a user", "slipway users show me");
  showing.argument("user", show_options->user, "Username, id, or me");
  show_options->flags.add_to(showing, kColumns);
  showing.run([show_options](Session& session) { return show(session, *show_options); });

  auto create_options = std::make_shared<Options>();
  auto creating = users.sub("create", "Create a user", "slipway users create --username bo --email bo@example.com");
  creating.option("-u,--username", create_options->username, "Asked for when absent");
  creating.option("-e,--email", create_options->email, "Asked for when absent");
  creating.option("-n,--full-name", create_options->full_name, "As people write it");
  creating.option("-p,--password", create_options->password,
                  "The password, or - for a line of standard input; else SLIPWAY_USER_PASSWORD, else asked for");
  creating.option("--login-type", create_options->login_type, "password, github, oidc or none");
  creating.option("-O,--org", create_options->organization, "Organization to join");
  creating.run([create_options](Session& session) { return create(session, *create_options); });

  add_change(users, "suspend", "Keep a user out", "Suspend", "suspended");
  add_change(users, "activate", "Let a suspended user in again", "Activate", "active");
  add_change(users, "delete", "Delete a user", "Delete", "deleted");
}

}  // namespace slipway::cli
