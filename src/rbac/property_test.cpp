// Random subjects, objects and actions: the engine, the naive evaluator, the filter and the explanation must agree.
// SLIPWAY_RBAC_DECISIONS sets how many: unless said, a million in an optimised build and as many as fit in seconds in a
// sanitized one.
#include "rbac/decide.hpp"
#include "rbac/explain.hpp"
#include "rbac/filter.hpp"
#include "rbac/naive_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace slipway::rbac {
namespace {

constexpr int kObjectsPerSubject = 100;

long decisions_wanted() {
  const char* text = std::getenv("SLIPWAY_RBAC_DECISIONS");
#ifdef NDEBUG
  constexpr long kUsual = 1'000'000;
#else
  constexpr long kUsual = 20'000;
#endif
  return text ? std::strtol(text, nullptr, 10) : kUsual;
}

// A small world, so that owners, organizations, groups and ids meet often.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {
    for (auto* list : {&users_, &orgs_, &groups_, &ids_})
      for (int i = 0; i < 4; ++i) list->push_back(uuid());
    groups_.push_back(orgs_[0]);  // Everyone, listed as a group of its own too
    for (auto* list : {&users_, &orgs_, &groups_, &ids_}) list->push_back(Uuid::nil());
  }

  SubjectPtr subject() {
    SubjectParts parts{.id = UserId{pick(users_)}};
    parts.roles.emplace();
    for (int i = below(6); i > 0; --i) parts.roles->push_back(held_role());
    for (int i = below(4); i > 0; --i) parts.groups.push_back(GroupId{pick(groups_)});
    parts.scope = scope();
    return *Subject::make(std::move(parts));
  }

  // Access lists live in the dice until the next object.
  Object object() {
    Object object{.type = type(), .id = pick(ids_), .owner = UserId{pick(users_)}};
    object.organization = OrganizationId{pick(orgs_)};
    if (chance(15)) {
      object.any_org = true;
      if (chance(80)) object.organization = {};
    }
    user_acl_ = acl(users_);
    group_acl_ = acl(chance(50) ? groups_ : orgs_);
    object.user_acl = user_acl_;
    object.group_acl = group_acl_;
    if (object.type == Resource::group && group_acl_.empty()) object.read_by_own_group = chance(50);
    if (object.read_by_own_group) object.id = pick(groups_);
    return object;
  }

  Action action() {
    constexpr Action kUsual[] = {Action::create, Action::read, Action::update, Action::delete_, Action::share, Action::ssh};
    if (chance(3)) return Action::unknown;
    if (chance(10)) return static_cast<Action>(below(kActions));
    return kUsual[below(std::size(kUsual))];
  }

  bool chance(int percent) { return below(100) < percent; }

 private:
  int below(std::size_t limit) { return static_cast<int>(random_() % limit); }
  Uuid uuid() {
    Uuid id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random_());
    return id;
  }
  template <class T>
  const T& pick(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(below(list.size()))];
  }

  Resource type() {
    constexpr Resource kUsual[] = {Resource::workspace, Resource::template_, Resource::user, Resource::group, Resource::license};
    if (chance(3)) return Resource::unknown;
    if (chance(10)) return static_cast<Resource>(below(kResources));
    return kUsual[below(std::size(kUsual))];
  }

  Permissions permissions(int percent_negative) {
    Permissions list;
    for (int i = below(4); i > 0; --i) {
      Permission p{chance(percent_negative), type(), action()};
      if (chance(12)) p.type = Resource::any;
      if (chance(15)) p.action = Action::any;
      list.push_back(p);
    }
    return list;
  }

  HeldRole held_role() {
    OrganizationId organization{chance(70) ? pick(orgs_) : Uuid::nil()};
    if (chance(35)) {
      const auto& fixed = organization.is_nil() ? book_.site_roles() : book_.organization_roles();
      return {pick(fixed), organization};
    }
    if (!organization.is_nil() && chance(30)) return {book_.system(static_cast<Sharing>(below(3)), chance(30)), organization};
    Role role{.name = "random"};
    if (chance(30)) role.site = permissions(20);
    role.user = permissions(20);
    role.org = permissions(20);
    role.member = permissions(20);
    return {share(std::move(role)), organization};
  }

  ScopePtr scope() {
    if (chance(40)) return scope_all();
    Scope scope{.name = "random", .site = {}};
    if (chance(50)) scope.site = expand_scope(pick(public_scopes()))->site;
    if (chance(40)) scope.site.push_back({false, Resource::any, Action::any});
    if (chance(30)) {
      scope.site = permissions(20);
      scope.user = permissions(20);
      for (int i = below(3); i > 0; --i) scope.by_org[OrganizationId{pick(orgs_)}] = {permissions(20), permissions(20)};
    }
    if (chance(50)) scope.allow_list = allow_list();
    return std::make_shared<const Scope>(std::move(scope));
  }

  AllowList allow_list() {
    std::vector<AllowEntry> entries;
    for (int i = below(5); i > 0; --i) {
      AllowEntry entry{chance(20) ? Resource::any : type(), pick(ids_)};
      if (chance(20)) entry.id.reset();
      if (entry.type != Resource::unknown) entries.push_back(entry);
    }
    return AllowList(std::move(entries));
  }

  Acl acl(const std::vector<Uuid>& whom) {
    Acl list;
    for (int i = below(3); i > 0; --i) {
      AclEntry entry{pick(whom), action()};
      if (chance(20)) entry.actions |= Action::any;
      bool known = std::ranges::any_of(list, [&](const AclEntry& other) { return other.who == entry.who; });
      if (!entry.who.is_nil() && !known) list.push_back(entry);
    }
    return list;
  }

  std::mt19937_64 random_;
  RoleBook book_{Switches{.no_workspace_sharing = true}};
  std::vector<Uuid> users_, orgs_, groups_, ids_;
  Acl user_acl_, group_acl_;
};

std::string describe(const Subject& subject, Action action, const Object& object) {
  auto e = explain(subject, action, object);
  return e.summary + " | roles: " + e.roles.because + " | scope: " + e.scope.because + " | acl: " + e.acl +
         " | allow list: " + e.allow_list;
}

TEST(Property, EngineAgreesWithTheNaiveEvaluatorFilterAndExplanation) {
  Dice dice(20240611);
  long allowed = 0, filtered = 0;
  const long wanted = decisions_wanted();

  for (long done = 0; done < wanted; done += kObjectsPerSubject) {
    auto subject = dice.subject();
    auto naive_subject = naive::of(*subject);
    for (int i = 0; i < kObjectsPerSubject; ++i) {
      auto object = dice.object();
      auto action = dice.action();
      bool got = decide(*subject, action, object);

      ASSERT_EQ(got, naive::authorize(naive_subject, naive::text(action), naive::of(object)))
          << describe(*subject, action, object);
      allowed += got;
      if (i % 10 == 0) {
        ASSERT_EQ(got, explain(*subject, action, object).allowed) << describe(*subject, action, object);
      }
      if (i % 4 == 0 && !object.any_org && valid(object.type, action)) {
        auto rows = filter(*subject, action, object.type);
        ASSERT_EQ(got, passes(rows, object)) << describe(*subject, action, object);
        ++filtered;
      }
    }
  }

  EXPECT_GT(allowed, wanted / 50) << "too few allowed for the test to mean anything";
  EXPECT_LT(allowed, wanted - wanted / 50);
  EXPECT_GT(filtered, wanted / 20);
}

// Where ACLs are left out of the filter, rows that only an ACL opens are gone and no others.
TEST(Property, FilterWithoutAclIsTheDecisionWithoutAcl) {
  Dice dice(77);
  for (int round = 0; round < 2'000; ++round) {
    auto subject = dice.subject();
    auto object = dice.object();
    if (object.any_org || !valid(object.type, Action::read)) continue;
    auto bare = object;
    bare.user_acl = bare.group_acl = {};
    bare.read_by_own_group = false;

    auto rows = filter(*subject, Action::read, object.type, false);

    ASSERT_EQ(passes(rows, object), decide(*subject, Action::read, bare));
    ASSERT_FALSE(rows.acl_user.has_value());
  }
}

}  // namespace
}  // namespace slipway::rbac
