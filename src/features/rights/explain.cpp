// POST /authcheck/explain: why somebody may or may not do something, and the smallest change that would allow it. An answer
// tells about another person's roles, groups and tokens, so it is given to those who answer for rights: whoever may read the
// whole audit log (owners, auditors) or hand out site roles (user admins), and of rows that they may read themselves.
#include "rbac/explain.hpp"
#include "features/organizations/organizations.hpp"
#include "features/rights/authcheck.hpp"
#include "features/sessions/objects.hpp"
#include "features/sessions/sessions.hpp"
#include "features/users/users.hpp"

namespace slipway::rights {

namespace {

using rbac::Action, rbac::Resource;

bool answers_for_rights(store::Store& store) {
  return store.may(Action::read, rbac::all_of(Resource::audit_log)) || store.may(Action::assign, rbac::all_of(Resource::assign_role));
}

api::AuthorizationVerdict to_wire(const rbac::Verdict& verdict) {
  api::AuthorizationVerdict out{.allowed = verdict.allowed, .because = verdict.because, .votes = {}};
  for (const auto& level : verdict.votes) {
    api::AuthorizationVote vote{.level = std::string(rbac::name_of(level.level)), .vote = level.vote, .reasons = {}};
    for (const auto& reason : level.reasons) vote.reasons.push_back({.role = reason.role, .permission = rbac::to_text(reason.permission)});
    out.votes.push_back(std::move(vote));
  }
  return out;
}

api::AuthorizationObject to_wire(const rbac::Object& object) {
  api::AuthorizationObject out{
      .resource_type = std::string(rbac::name_of(object.type)), .owner_id = {}, .organization_id = {}, .resource_id = {}, .any_org = {}};
  if (!object.owner.is_nil()) out.owner_id = object.owner.str();
  if (!object.organization.is_nil()) out.organization_id = object.organization.str();
  if (!object.id.is_nil()) out.resource_id = object.id.str();
  if (object.any_org) out.any_org = true;
  return out;
}

api::AuthorizationExplanation to_wire(const rbac::Explanation& e) {
  api::AuthorizationExplanation out;
  out.allowed = e.allowed;
  out.summary = e.summary;
  out.remedy = e.remedy;
  out.roles = to_wire(e.roles);
  out.scope = to_wire(e.scope);
  out.access_list = {.allowed = e.acl_allowed, .because = e.acl};
  out.allow_list = {.allowed = e.allow_list_covers, .because = e.allow_list};
  return out;
}

// What stops a request before any right is asked for.
void stop(api::AuthorizationExplanation& answer, const std::string& why, const std::string& remedy) {
  answer.allowed = false;
  answer.summary = why + " Its rights alone: " + answer.summary;
  answer.remedy = answer.remedy.empty() ? remedy : remedy + " " + answer.remedy;
}

// The object in question as the policy sees it; not_found when it is a row that the caller may not read.
Task<Result<store::Target>> object_of_question(http::Call& call, const api::AuthorizationObject& asked, UserId user) {
  CO_CHECK(check_object("object", asked));
  const rbac::Object fields = described(asked, user);
  if (!asked.resource_id || asked.resource_id->empty()) co_return store::Target(fields);
  CO_TRY(row, co_await load_object(call, fields.type, *Uuid::parse(*asked.resource_id)));
  if (!row) co_return not_found();
  co_return std::move(*row);
}

// The subject as if it held a custom role that is not stored, or not so: in place of the one of that name there, else beside what it
// holds. The rules are those of storing it, so nobody tries what they could not give.
Result<rbac::SubjectPtr> holding(http::Call& call, const rbac::Subject& subject, rbac::ScopePtr scope, const api::json::Raw& role,
                                 OrganizationId organization) {
  if (organization.is_nil())
    return fail_field("Validation failed.", "role", "A role is tried on a thing of its organization: name it in the object.");
  TRY(made, organizations::custom_role_asked(call, organization, role.text));
  std::vector<rbac::HeldRole> held(subject.roles().begin(), subject.roles().end());
  std::erase_if(held, [&](const rbac::HeldRole& one) { return one.organization == organization && one.role->name == made.name; });
  held.push_back({.role = rbac::share(std::move(made)), .organization = organization});
  return rbac::Subject::make({.id = subject.id(),
                              .roles = std::move(held),
                              .groups = {subject.groups().begin(), subject.groups().end()},
                              .scope = std::move(scope),
                              .label = subject.label()});
}

}  // namespace

Task<Result<api::AuthorizationExplanation>> explain_access(http::Call& call, sessions::Sessions& sessions, api::AuthorizationExplainRequest ask) {
  if (!answers_for_rights(call.store())) co_return forbidden();
  CO_CHECK(api::json::require({{"user", ask.user}}));
  CO_TRY(user, co_await users::find(call, ask.user));
  CO_TRY(row, co_await sessions::sql::grants_of(call.store(), user.id));
  if (!row) co_return not_found();
  std::vector<std::string> scopes{"coder:all"}, allow_list{"*:*"};
  bool expired = false;
  if (ask.key_id && !ask.key_id->empty()) {
    CO_TRY(key, co_await sessions::sql::key_by_id(call.store(), *ask.key_id, user.id));
    if (!key) co_return not_found();
    scopes = key->scopes;
    allow_list = key->allow_list;
    expired = key->expires_at <= call.now();
  }
  CO_TRY(subject, sessions.subject_of(call.home(), sessions::grants_in(*row, row->user_id), scopes, allow_list));
  CO_TRY(target, co_await object_of_question(call, ask.object, user.id));
  if (ask.role && ask.role->text != "null") {
    CO_TRY(scope, rbac::scope_of_key(scopes, rbac::AllowList::stored(allow_list)));
    CO_TRY(trying, holding(call, *subject, std::move(scope), *ask.role, target.object().organization));
    subject = std::move(trying);
  }

  auto answer = to_wire(rbac::explain(*subject, rbac::action_named(ask.action), target, sessions.book()));
  answer.user_id = user.id.uuid;
  answer.username = user.username;
  answer.object = to_wire(target.object());
  if (expired) stop(answer, "The token has expired.", "Use another token.");
  if (user.status == "suspended") stop(answer, "The account is suspended, so none of its requests is answered.", "Activate the account.");
  co_return answer;
}

}  // namespace slipway::rights
