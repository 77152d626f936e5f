#include <charconv>

#include "api/gen/auth.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "id, name, scopes, last used, expires at, created at, owner, allow list";

struct Options {
  std::string name, user = "me", lifetime;
  std::vector<std::string> scopes, allow;
  bool all = false, expired = false, of_workspaces = false;
  TableFlags flags;
};

// "720h", "30d" as nanoseconds; 0 is the server's default.
Result<std::int64_t> nanoseconds(const std::string& text) {
  if (text.empty()) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const std::int64_t seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  if (error != std::errc() || seconds == 0 || number <= 0 || number > 9'000'000'000 / seconds)
    return fail_field("That is no lifetime.", "lifetime", "is such as 12h or 30d");
  return number * seconds * 1'000'000'000;
}

// "workspace:<id>" as the API takes it; what a type or an id may be is the server's to say.
Result<std::vector<api::APIAllowListTarget>> targets(const std::vector<std::string>& texts) {
  std::vector<api::APIAllowListTarget> out;
  for (const auto& text : texts) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
      return fail_field("That names no resource.", "allow",
                        fmt::format("\"{}\" is not of the form type:id, such as workspace:<id> or template:*", text));
    out.push_back({.type = text.substr(0, colon), .id = text.substr(colon + 1)});
  }
  return out;
}

Result<int> create(Session& session, const Options& options) {
  TRY(lifetime, nanoseconds(options.lifetime));
  api::CreateTokenRequest request;
  request.lifetime = lifetime;
  request.token_name = options.name;
  if (!options.scopes.empty()) request.scopes = options.scopes;
  TRY(allow, targets(options.allow));
  if (!allow.empty()) request.allow_list = std::move(allow);
  TRY(made, session.send<api::GenerateAPIKeyResponse>("POST", fmt::format("/api/v2/users/{}/keys/tokens", segment(options.user)), request));
  print("{}\n", made.key);
  if (stdout_is_terminal()) tell("Keep it: it is shown only once.\n");
  return 0;
}

std::string words_of(const std::vector<api::APIAllowListTarget>& list) {
  std::vector<std::string> texts;
  for (const auto& one : list) texts.push_back(one.type + ":" + one.id);
  return text::joined(texts, " ");
}

Table table_of(const std::vector<api::APIKeyWithOwner>& tokens) {
  Table table({"id", "name", "scopes", "last used", "expires at", "created at", "owner", "allow list"}, 6);
  const Time now = system_clock().now();
  for (const auto& one : tokens)
    table.add({one.id, one.token_name, one.scopes.empty() ? one.scope : text::joined(one.scopes, " "), ago(one.last_used, now),
               to_rfc3339(std::chrono::floor<Seconds>(one.expires_at)), to_rfc3339(std::chrono::floor<Seconds>(one.created_at)), one.username,
               words_of(one.allow_list)});
  return table;
}

// The server makes one for each workspace that asks for its owner's session.
bool is_of_workspace(const api::APIKeyWithOwner& token) {
  constexpr std::string_view kEnd = "_session_token";
  const std::string_view name = token.token_name;
  return name.ends_with(kEnd) && Uuid::parse(name.substr(0, name.size() - kEnd.size())).has_value();
}

Result<int> list(Session& session, const Options& options) {
  TRY(tokens, session.get<std::vector<api::APIKeyWithOwner>>(fmt::format("/api/v2/users/{}/keys/tokens?include_all={}&include_expired={}",
                                                                         segment(options.user), options.all, options.expired)));
  auto shown = tokens;
  if (!options.of_workspaces) std::erase_if(shown, is_of_workspace);
  return table_of(shown).print(options.flags, api::to_json(tokens), "There is no token. Make one with: slipway tokens create");
}

Result<api::APIKey> find_token(Session& session, const Options& options) {
  auto by_name = session.get<api::APIKey>(fmt::format("/api/v2/users/{}/keys/tokens/{}", segment(options.user), segment(options.name)));
  if (by_name || by_name.error().code != Code::not_found) return by_name;
  auto by_id = session.get<api::APIKey>(fmt::format("/api/v2/users/{}/keys/{}", segment(options.user), segment(options.name)));
  if (!by_id && by_id.error().code == Code::not_found)
    return fail(Code::not_found, fmt::format("There is no token \"{}\".", options.name), "slipway tokens list shows yours.");
  return by_id;
}

Result<int> view(Session& session, const Options& options) {
  TRY(token, find_token(session, options));
  api::APIKeyWithOwner row;
  row.id = token.id;
  row.token_name = token.token_name;
  row.scope = token.scope;
  row.scopes = token.scopes;
  row.last_used = token.last_used;
  row.expires_at = token.expires_at;
  row.created_at = token.created_at;
  row.allow_list = token.allow_list;
  return table_of({row}).print(options.flags, api::to_json(token), "");
}

Result<int> remove(Session& session, const Options& options) {
  TRY(token, find_token(session, options));
  TRY_OK(session.call("DELETE", fmt::format("/api/v2/users/{}/keys/{}", segment(options.user), segment(token.id)), {}));
  tell("Token {} is removed.\n", token.token_name.empty() ? token.id : token.token_name);
  return 0;
}

Result<int> expire(Session& session, const Options& options) {
  TRY(token, find_token(session, options));
  TRY_OK(session.call("PUT", fmt::format("/api/v2/users/{}/keys/{}/expire", segment(options.user), segment(token.id)), {}));
  tell("Token {} has expired. It stays in the list with --include-expired.\n", token.token_name.empty() ? token.id : token.token_name);
  return 0;
}

Result<int> scopes(Session& session, const Options& options) {
  TRY(known, session.get<api::ExternalAPIKeyScopes>("/api/v2/auth/scopes"));
  Table table({"scope"});
  for (const auto& one : known.external) table.add({one});
  return table.print(options.flags, api::to_json(known), "");
}

}  // namespace

void add_tokens(Command root) {
  auto tokens = root.sub("tokens", "API tokens").alias("token");

  auto create_options = std::make_shared<Options>();
  auto creating = tokens.sub("create", "Create a token and print it",
                             "slipway tokens create --name ci --lifetime 30d\n"
                             "slipway tokens create --name reader --scope workspace:read --scope template:read\n"
                             "slipway tokens create --scope workspace:* --allow workspace:0e8400e2-9b41-4d16-a7c4-46655440000f");
  creating.option("-n,--name", create_options->name, "To tell it from others");
  creating.option("--lifetime", create_options->lifetime, "Such as 12h or 30d; the server's default when absent");
  creating.option("--scope", create_options->scopes, "What it may do; repeatable; everything when absent");
  creating.option("--allow", create_options->allow, "Only these resources, as type:id; repeatable");
  creating.option("-u,--user", create_options->user, "For somebody else");
  creating.run([create_options](Session& session) { return create(session, *create_options); });

  auto list_options = std::make_shared<Options>();
  auto listing = tokens.sub("list", "List tokens", "slipway tokens list --all").alias("ls");
  listing.flag("-a,--all", list_options->all, "Of every user");
  listing.flag("--include-expired", list_options->expired, "Expired ones too");
  listing.flag("--workspaces", list_options->of_workspaces, "Those too that the server has made for workspaces");
  listing.option("-u,--user", list_options->user, "Of somebody else");
  list_options->flags.add_to(listing, kColumns);
  listing.run([list_options](Session& session) { return list(session, *list_options); });

  auto view_options = std::make_shared<Options>();
  auto viewing = tokens.sub("view", "Show a token", "slipway tokens view ci");
  viewing.argument("token", view_options->name, "Its name or id");
  viewing.option("-u,--user", view_options->user, "Of somebody else");
  view_options->flags.add_to(viewing, kColumns);
  viewing.run([view_options](Session& session) { return view(session, *view_options); });

  auto remove_options = std::make_shared<Options>();
  auto removing = tokens.sub("remove", "Remove a token", "slipway tokens remove ci").alias("rm");
  removing.argument("token", remove_options->name, "Its name or id");
  removing.option("-u,--user", remove_options->user, "Of somebody else");
  removing.run([remove_options](Session& session) { return remove(session, *remove_options); });

  auto expire_options = std::make_shared<Options>();
  auto expiring = tokens.sub("expire", "End a token at once and keep it in the list", "slipway tokens expire ci");
  expiring.argument("token", expire_options->name, "Its name or id");
  expiring.option("-u,--user", expire_options->user, "Of somebody else");
  expiring.run([expire_options](Session& session) { return expire(session, *expire_options); });

  auto scope_options = std::make_shared<Options>();
  auto scoping = tokens.sub("scopes", "List what a token can be limited to", "slipway tokens scopes");
  scope_options->flags.add_to(scoping, "scope");
  scoping.run([scope_options](Session& session) { return scopes(session, *scope_options); });
}

}  // namespace slipway::cli
