// slipway why: for administrators, why somebody may or may not do something.
#include "api/gen/auth.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "level, roles, scope, because";

struct Options {
  std::string user, action, object, organization, owner, key;
  bool any_organization = false;
  TableFlags flags;
};

// "type:id", "owner/workspace", or a type alone with what the flags say of it.
Result<api::AuthorizationObject> object_of(Session& session, const Options& options) {
  api::AuthorizationObject object;
  if (options.object.find('/') != std::string::npos) {
    TRY(workspace, find_workspace(session, options.object));
    object.resource_type = "workspace";
    object.resource_id = workspace.id.str();
    return object;
  }
  const auto colon = options.object.find(':');
  object.resource_type = options.object.substr(0, colon);
  if (colon != std::string::npos) object.resource_id = options.object.substr(colon + 1);
  if (!options.organization.empty()) {
    TRY(organization, find_organization(session, options.organization));
    object.organization_id = organization.id.str();
  }
  if (!options.owner.empty()) {
    TRY(owner, session.get<api::User>("/api/v2/users/" + segment(options.owner)));
    object.owner_id = owner.id.str();
  }
  if (options.any_organization) object.any_org = true;
  return object;
}

std::string_view spoken(std::int64_t vote) { return vote > 0 ? "yes" : vote < 0 ? "no" : "-"; }

std::string sources(const api::AuthorizationVote& vote) {
  std::vector<std::string> texts;
  for (const auto& reason : vote.reasons) texts.push_back(fmt::format("{} of {}", reason.permission, reason.role));
  return text::joined(texts, ", ");
}

Table table_of(const api::AuthorizationExplanation& answer) {
  Table table({"level", "roles", "scope", "because"});
  for (std::size_t i = 0; i < answer.roles.votes.size() && i < answer.scope.votes.size(); ++i) {
    const auto& by_roles = answer.roles.votes[i];
    const auto& by_scope = answer.scope.votes[i];
    table.add({by_roles.level, std::string(spoken(by_roles.vote)), std::string(spoken(by_scope.vote)), sources(by_roles)});
  }
  table.add({"access list", answer.access_list.allowed ? "yes" : "-", "", answer.access_list.because});
  table.add({"allow list", "", answer.allow_list.allowed ? "yes" : "no", answer.allow_list.because});
  return table;
}

Result<int> why(Session& session, const Options& options) {
  api::AuthorizationExplainRequest ask;
  ask.user = options.user;
  ask.action = options.action;
  if (!options.key.empty()) ask.key_id = options.key;
  TRY(object, object_of(session, options));
  ask.object = std::move(object);
  TRY(answer, session.send<api::AuthorizationExplanation>("POST", "/api/v2/authcheck/explain", ask));
  if (options.flags.output == "table") {
    print("{} {}\n", answer.allowed ? on_stdout(Colour::green, "Yes.") : on_stdout(Colour::red, "No."), answer.summary);
    if (!answer.remedy.empty()) print("What would allow it: {}\n", answer.remedy);
    print("\n");
  }
  return table_of(answer).print(options.flags, api::to_json(answer), "");
}

}  // namespace

void add_why(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("why", "Say why somebody may or may not do something; for administrators",
                          "slipway why ana ssh ana/dev\n"
                          "slipway why ana create workspace --organization default --owner ana\n"
                          "slipway why bo update template:0e8400e2-9b41-4d16-a7c4-46655440000f");
  command.argument("user", options->user, "Name or id");
  command.argument("action", options->action, "Such as read, update, ssh");
  command.argument("object", options->object, "type:id, owner/workspace, or a type alone");
  command.option("--org,--organization", options->organization, "Of an object that is a type alone: its organization");
  command.option("--owner", options->owner, "Of an object that is a type alone: its owner");
  command.flag("--any-organization", options->any_organization, "Whether it may be done in any organization");
  command.option("--token", options->key, "The id of one of the user's tokens, which may be able to do less");
  options->flags.add_to(command, kColumns);
  command.run([options](Session& session) { return why(session, *options); });
}

}  // namespace slipway::cli
