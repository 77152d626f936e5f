// What the store decides without a database: permits, what fits where, access lists, and the words for what PostgreSQL refused.
#include "rbac/decide.hpp"
#include "store/db.hpp"
#include "store/locked.hpp"
#include "store/sqlstate.hpp"
#include "support/locked_proof.hpp"

#include <gtest/gtest.h>

namespace slipway::store {

using rbac::Action, rbac::Duty, rbac::Resource;
using May = Permit<Action::update, Resource::workspace>;
using MayLocked = LockedPermit<Action::update, Resource::workspace>;
using MayDelete = Permit<Action::delete_, Resource::workspace>;
using Asked = Judged<Action::update, Resource::workspace>;
using AskedToDelete = Judged<Action::delete_, Resource::workspace>;

// --- what fits where: functions as tools/sqlgen writes them, and the mistakes that the proofs must see. Never called.

namespace shape {
Task<Result<void>> change(Tx&, const May&, std::string);
Task<Result<void>> change_locked(Tx&, const MayLocked&, std::string);
Task<Result<void>> change_by_either(Tx&, const OneOf<May, MayDelete>&);
Task<Result<int>> look(Store&, const Asked&);
Task<Result<int>> look_by_permit(Store&, const May&);
Task<Result<void>> change_by_judgement(Tx&, const Asked&);
Task<Result<void>> change_by_either_judgement(Tx&, const OneOf<Asked, AskedToDelete>&);
Task<Result<int>> reap(DutyHandle<Duty::job_reaper>&);
Task<Result<int>> sign_in(OpenStore&);
Task<Result<void>> by_bare_id(Tx&, const Uuid&, std::string);
Task<Result<void>> on_a_store(Store&, const May&, std::string);
}  // namespace shape

static_assert(proof::writes_under<&shape::change, Action::update, Resource::workspace>);
static_assert(!proof::writes_under<&shape::change, Action::read, Resource::workspace>);
static_assert(!proof::writes_under<&shape::change, Action::update, Resource::template_>);
static_assert(proof::writes_locked_under<&shape::change_locked, Action::update, Resource::workspace>);
static_assert(!proof::writes_locked_under<&shape::change, Action::update, Resource::workspace>, "one that takes a row of before the lock");
static_assert(proof::writes_under_one_of<&shape::change_by_either, May, MayDelete>);
static_assert(!proof::writes_under<&shape::change_by_either, Action::update, Resource::workspace>, "another permit opens it too");
static_assert(proof::reads_under<&shape::look, Action::update, Resource::workspace>);
static_assert(!proof::reads_under<&shape::look_by_permit, Action::update, Resource::workspace>, "a permit is only had inside a transaction");
static_assert(!proof::writes_under<&shape::change_by_judgement, Action::update, Resource::workspace>, "judged outside its transaction");
static_assert(!proof::writes_under_one_of<&shape::change_by_either_judgement, May, MayDelete>, "judged outside its transaction");
static_assert(!proof::writes_under<&shape::look, Action::update, Resource::workspace>, "a plain store writes nothing");
static_assert(proof::duty_only<&shape::reap, Duty::job_reaper> && !proof::duty_only<&shape::reap, Duty::db_purge>);
static_assert(proof::open_only<&shape::sign_in> && !proof::open_only<&shape::reap>);
static_assert(!proof::writes_under<&shape::by_bare_id, Action::update, Resource::workspace>);
static_assert(!proof::writes_under<&shape::on_a_store, Action::update, Resource::workspace>);

// A permit does where a judgement is asked for, one for a locked row where a plain one is, and neither the other way about. Reading
// handles only judge; a transaction permits.
static_assert(std::is_convertible_v<const May&, const Asked&> && !std::is_constructible_v<May, Asked>);
static_assert(std::is_convertible_v<May, OneOf<Asked, AskedToDelete>> && std::is_convertible_v<OneOf<MayDelete>, OneOf<Asked, AskedToDelete>>);
static_assert(!std::is_constructible_v<OneOf<May, MayDelete>, Asked> && !std::is_constructible_v<OneOf<May>, OneOf<Asked>>);
template <class Handle>
using Given = decltype(std::declval<Handle&>().template permit<Action::update, Resource::workspace>(std::declval<const rbac::Object&>()));
static_assert(std::is_same_v<Given<Store>, Result<Asked>> && std::is_same_v<Given<OpenStore>, Result<Asked>> &&
              std::is_same_v<Given<Tx>, Result<May>>);
static_assert(std::is_convertible_v<const MayLocked&, const May&> && !std::is_convertible_v<const May&, const MayLocked&>);
static_assert(!std::is_convertible_v<Store&, Tx&> && !std::is_convertible_v<Store&, OpenStore&> && !std::is_convertible_v<OpenStore&, Tx&>);
static_assert(!std::is_convertible_v<DutyStore<Duty::db_purge>&, Tx&> && std::is_convertible_v<DutyStore<Duty::db_purge>&, Store&>);

namespace {

// --- permits

const OrganizationId kHere = OrganizationId::random();
const UserId kAna = UserId::random(), kBo = UserId::random();

// A member of kHere who may have workspaces there.
Actor member(UserId who) {
  static const rbac::RoleBook book;
  std::vector<rbac::HeldRole> held{{book.site(rbac::roles::kMember), {}},
                                   {book.system(rbac::Sharing::everyone, false), kHere},
                                   {book.organization(rbac::roles::kOrgWorkspaceAccess), kHere}};
  auto subject = rbac::Subject::make({.id = who, .roles = std::move(held), .groups = {}, .scope = rbac::scope_all()});
  return {.kind = Actor::Kind::user, .user_id = who, .name = "member", .subject = *subject};
}

rbac::Object workspace_of(UserId owner, Resource type = Resource::workspace) {
  return {.type = type, .id = Uuid::random(), .owner = owner, .organization = kHere};
}

TEST(StorePermit, HoldsWhatWasJudgedAndNothingElse) {
  const auto ana = member(kAna);
  const auto object = workspace_of(kAna);
  Cost cost;

  const auto may = Gate::judge<Action::update, Resource::workspace>(ana, cost, object);

  ASSERT_TRUE(may);
  EXPECT_EQ(may->id(), object.id);
  EXPECT_EQ(may->owner(), kAna);
  EXPECT_EQ(may->organization(), kHere);
  EXPECT_EQ(may->key(), "");
  EXPECT_EQ(cost.rbac, 1);
}

TEST(StorePermit, OfAKeyHoldsTheKeysText) {
  const auto ana = member(kAna);
  const std::string key = "abcdefghij";
  const rbac::Object object{.type = Resource::api_key, .owner = kAna, .text_id = key};
  Cost cost;

  const auto may = Gate::judge<Action::delete_, Resource::api_key>(ana, cost, object);

  ASSERT_TRUE(may);
  EXPECT_EQ(may->key(), key);
  EXPECT_TRUE(may->id().is_nil());
}

TEST(StorePermit, RefusedToReadIsNotThereRefusedToActIsForbidden) {
  const auto bo = member(kBo);
  const auto object = workspace_of(kAna);
  Cost cost;

  const auto read = Gate::judge<Action::read, Resource::workspace>(bo, cost, object);
  const auto update = Gate::judge<Action::update, Resource::workspace>(bo, cost, object);

  EXPECT_TRUE(!read && read.error().code == Code::not_found && read.error().say == not_found().error().say);
  EXPECT_TRUE(!update && update.error().code == Code::forbidden);
  EXPECT_EQ(cost.rbac, 2) << "a refusal is a decision too";
}

TEST(StorePermit, ADormantWorkspaceIsAWorkspaceThatThePolicyJudgesByItsOtherName) {
  const auto ana = member(kAna);
  Cost cost;

  const auto update = Gate::judge<Action::update, Resource::workspace>(ana, cost, workspace_of(kAna, Resource::workspace_dormant));
  const auto start = Gate::judge<Action::start, Resource::workspace>(ana, cost, workspace_of(kAna, Resource::workspace_dormant));

  EXPECT_TRUE(update);
  EXPECT_FALSE(start) << "which a workspace in use would have been permitted";
  EXPECT_TRUE((Gate::judge<Action::start, Resource::workspace>(ana, cost, workspace_of(kAna))));
}

TEST(StorePermitDeathTest, ForAnObjectOfAnotherTypeIsOurOwnMistake) {
  const auto ana = member(kAna);
  Cost cost;

  EXPECT_DEATH((void)(Gate::judge<Action::update, Resource::workspace>(ana, cost, workspace_of(kAna, Resource::template_))),
               "a permit was asked for an object of another type");
}

TEST(StorePermit, NobodyMayNothing) {
  const auto nobody = Db::nobody();
  Cost cost;

  int allowed = 0;
  rbac::for_each_pair([&](Resource type, Action action) {
    for (const UserId owner : {UserId(), nobody->user_id, kAna})
      for (const OrganizationId in : {OrganizationId(), kHere})
        if (Gate::decide(*nobody, cost, action, {.type = type, .id = Uuid::random(), .owner = owner, .organization = in})) ++allowed;
  });

  EXPECT_EQ(allowed, 0);
  EXPECT_EQ(nobody->kind, Actor::Kind::nobody);
}

TEST(StorePermit, OneOfManyNamesTheSameObject) {
  const auto ana = member(kAna);
  const auto object = workspace_of(kAna);
  Cost cost;
  const auto may = Gate::judge<Action::delete_, Resource::workspace>(ana, cost, object);
  ASSERT_TRUE(may);

  const OneOf<AskedToDelete> narrow(*may);
  const OneOf<Asked, AskedToDelete> wide(narrow);

  EXPECT_EQ(wide.id(), object.id);
  EXPECT_EQ(wide.owner(), kAna);
  EXPECT_EQ(wide.organization(), kHere);
}

// --- what a row is to the policy

TEST(StoreTarget, KeepsItsListsWhenItIsMoved) {
  const Uuid who = Uuid::random();
  const auto list = [&] { return parse_acl(R"({")" + who.str() + R"(": ["read"]})", AclShape::flat); };
  Target first(workspace_of(kAna), list(), {});

  Target second(std::move(first));
  Target third(rbac::Object{});
  third = std::move(second);

  ASSERT_EQ(third.object().user_acl.size(), 1U);
  EXPECT_EQ(third.object().user_acl[0].who, who);
  EXPECT_TRUE(rbac::decide(*member({who}).subject, Action::read, third));
}

TEST(StoreAcl, BothShapesGrantWhatTheyList) {
  const Uuid who = Uuid::random();
  const auto flat = parse_acl(R"({")" + who.str() + R"(": ["read", "use"]})", AclShape::flat);
  const auto nested = parse_acl(R"({")" + who.str() + R"(": {"permissions": ["read", "use"]}})", AclShape::nested);

  ASSERT_EQ(flat.size(), 1U);
  EXPECT_EQ(flat, nested);
  EXPECT_EQ(flat[0].actions, rbac::ActionSet({Action::read, Action::use}));
}

TEST(StoreAcl, WhatIsMalformedGrantsNothing) {
  const std::string who = Uuid::random().str();
  const auto granted = [](const std::string& json, AclShape shape) {
    rbac::ActionSet all;
    for (const auto& entry : parse_acl(json, shape)) all |= entry.actions;
    return all;
  };

  for (const auto& json : {std::string(), std::string("{}"), std::string("[]"), std::string("null"), std::string(R"({"ana": ["read"]})"), "{\"" + who,
                           "{\"" + who + R"(": "read"})", "{\"" + who + R"(": [1, null, "fly", "READ", ["read"]]})",
                           "{\"" + who + R"(": {"permissions": "read"}})", "{\"" + who + R"(": {"rights": ["read"]}})"})
    for (const auto shape : {AclShape::flat, AclShape::nested}) EXPECT_EQ(granted(json, shape), rbac::ActionSet()) << json;
  EXPECT_EQ(granted("{\"" + who + R"(": ["read"]})", AclShape::nested), rbac::ActionSet()) << "the other column's shape";
}

// --- the words for what PostgreSQL refused

pg::SqlFailure failure(std::string state, std::string constraint = {}) {
  return {.sqlstate = std::move(state), .constraint = std::move(constraint), .message = "tuple 42", .detail = "Key (email)=(ana@x)."};
}

TEST(StoreWords, ATakenNameSaysWhatIsTakenAndInWhichField) {
  const auto name = worded(failure("23505", "workspaces_name"));
  const auto build = worded(failure("23505", "workspace_builds_workspace_id_build_number_key"));

  EXPECT_EQ(name.code, Code::conflict);
  EXPECT_EQ(name.say, "A workspace with this name already exists.");
  EXPECT_EQ(name.fields, (std::vector<FieldError>{{"name", "This value is already in use and should be unique."}}));
  EXPECT_EQ(build.say, "A workspace build is already active.");
  EXPECT_TRUE(build.fields.empty());
}

TEST(StoreWords, AnUnknownConstraintIsStillAConflictAndNotTold) {
  const auto error = worded(failure("23505", "things_secret_key"));

  EXPECT_EQ(error.code, Code::conflict);
  EXPECT_EQ(error.say, "Something with the same value exists already.");
  EXPECT_EQ(error.why, "things_secret_key");
}

TEST(StoreWords, EachKindOfFailureHasItsCode) {
  const auto code = [](std::string state) { return worded(failure(std::move(state))).code; };

  EXPECT_EQ(code("22001"), Code::invalid) << "too long";
  EXPECT_EQ(code("22021"), Code::invalid) << "not UTF-8";
  EXPECT_EQ(code("22P05"), Code::invalid) << "a NUL in JSON";
  EXPECT_EQ(code("57014"), Code::unavailable) << "statement_timeout";
  EXPECT_EQ(code("55P03"), Code::unavailable) << "lock_timeout";
  EXPECT_EQ(code("53100"), Code::unavailable) << "disk full";
  EXPECT_EQ(code("40001"), Code::unavailable) << "serialization failure";
  EXPECT_EQ(code("40P01"), Code::unavailable) << "deadlock";
  for (const char* ours : {"23503", "23514", "23502", "42P01", "22P02", "25P02", "XX000"}) EXPECT_EQ(code(ours), Code::internal) << ours;
}

TEST(StoreWords, OfAConnectionSayWhatTheCallerCanDo) {
  const auto of = [](pg::Kind kind) { return worded({.kind = kind, .message = "connection refused"}); };

  EXPECT_EQ(of(pg::Kind::unavailable).code, Code::unavailable);
  EXPECT_EQ(of(pg::Kind::busy).code, Code::unavailable);
  EXPECT_EQ(of(pg::Kind::busy).say, "The database is busy. Try again.");
  EXPECT_EQ(of(pg::Kind::lost).code, Code::unavailable);
  EXPECT_EQ(of(pg::Kind::lost).say, "The database cannot be reached. Try again in a moment.");
  EXPECT_EQ(of(pg::Kind::cancelled).code, Code::cancelled);
}

TEST(StoreWords, NeverTellTheServersWordsOrTheRowsValues) {
  for (const char* state : {"23505", "23503", "22001", "22021", "57014", "55P03", "53100", "40001", "40P01", "42P01"}) {
    const auto error = worded(failure(state, "users_pkey"));
    for (const auto* text : {&error.say, &error.detail}) {
      EXPECT_EQ(text->find("tuple 42"), std::string::npos) << state;
      EXPECT_EQ(text->find("ana@x"), std::string::npos) << state;
      EXPECT_EQ(text->find("users_pkey"), std::string::npos) << state;
    }
    EXPECT_EQ(error.why.find("ana@x"), std::string::npos) << state << ": the log is read by others than the row's owner";
  }
}

TEST(StoreWords, OfOurOwnMistakeNameStateAndConstraintInTheLog) {
  const auto error = worded(failure("23503", "workspaces_owner_id_fkey"));

  EXPECT_EQ(error.say, "An internal error occurred.");
  EXPECT_NE(error.why.find("23503"), std::string::npos) << error.why;
  EXPECT_NE(error.why.find("workspaces_owner_id_fkey"), std::string::npos) << error.why;
}

}  // namespace
}  // namespace slipway::store
