// Random subjects, objects and actions: the engine, the naive evaluator, the filter and the explanation must agree. This
// file is a program of its own, optimised and without sanitizers in every preset, so that millions of decisions fit in
// seconds. SLIPWAY_RBAC_DECISIONS sets how many, SLIPWAY_RBAC_SEED repeats a run.
#include "rbac/decide.hpp"
#include "rbac/dice_test.hpp"
#include "rbac/explain.hpp"
#include "rbac/filter.hpp"
#include "rbac/naive_test.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace slipway::rbac {
namespace {

constexpr int kObjectsPerSubject = 100;

long decisions_wanted() {
  const char* text = std::getenv("SLIPWAY_RBAC_DECISIONS");
  return text ? std::strtol(text, nullptr, 10) : 2'000'000;
}

std::string describe(const Subject& subject, Action action, const Object& object) {
  auto e = explain(subject, action, object);
  return e.summary + " | roles: " + e.roles.because + " | scope: " + e.scope.because + " | acl: " + e.acl + " | allow list: " + e.allow_list;
}

TEST(Property, EngineAgreesWithTheNaiveEvaluatorFilterAndExplanation) {
  const auto seed = seed_of_run();
  SCOPED_TRACE("SLIPWAY_RBAC_SEED=" + std::to_string(seed));
  RecordProperty("seed", std::to_string(seed));
  Dice dice(seed);
  long allowed = 0, filtered = 0;
  const long wanted = decisions_wanted();

  for (long done = 0; done < wanted; done += kObjectsPerSubject) {
    auto subject = dice.subject();
    auto naive_subject = naive::of(*subject);
    for (int i = 0; i < kObjectsPerSubject; ++i) {
      auto object = dice.object();
      auto action = dice.action();
      bool got = decide(*subject, action, object);

      ASSERT_EQ(got, naive::authorize(naive_subject, naive::text(action), naive::of(object))) << describe(*subject, action, object);
      allowed += got;
      if (i == 0) {  // it tries out remedies: a hundred times a decision
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
  const auto seed = seed_of_run();
  SCOPED_TRACE("SLIPWAY_RBAC_SEED=" + std::to_string(seed));
  Dice dice(seed);
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

// The best of many, so that a busy machine does not fail it: 100 groups, 10 organizations, 128 entries of an allow list.
TEST(Compile, ALargeSubjectTakesLessThanFiftyMicroseconds) {
  static const RoleBook book;
  std::vector<HeldRole> held{{book.site(roles::kMember), {}}};
  for (int i = 0; i < 10; ++i) {
    const auto organization = OrganizationId::random();
    held.push_back({book.system(Sharing::everyone, false), organization});
    held.push_back({book.organization(roles::kOrgWorkspaceAccess), organization});
  }
  std::vector<GroupId> groups(100);
  for (auto& group : groups) group = GroupId::random();
  std::vector<AllowEntry> entries;
  for (int i = 0; i < 128; ++i) entries.push_back({Resource::workspace, Uuid::random()});
  const std::vector<std::string> names{"workspace:read"};
  const auto scope = *scope_of_key(names, AllowList(entries));

  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 2'000; ++round) {
    const auto start = std::chrono::steady_clock::now();
    auto subject = Subject::make({.id = UserId::random(), .roles = held, .groups = groups, .scope = scope});
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
    ASSERT_TRUE(subject.has_value());
  }

  RecordProperty("best_ns", std::to_string(best.count()));
  EXPECT_LT(best, std::chrono::microseconds(50)) << best.count() << " ns";
}

}  // namespace
}  // namespace slipway::rbac
