// Every (type, action) pair for every fixed role in every kind of place: against the naive evaluator fed with the prose of the
// tables (fact 34), and against the reviewed texts tests/golden/roles.txt and authz_matrix.txt.
#include "rbac/golden_test.hpp"
#include "rbac/naive_test.hpp"
#include "rbac/prose_test.hpp"
#include "rbac/world_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace slipway::rbac {
namespace {

constexpr std::array kRoleNames{roles::kOwner,
                                roles::kMember,
                                roles::kAuditor,
                                roles::kTemplateAdmin,
                                roles::kUserAdmin,
                                roles::kOrgAdmin,
                                roles::kOrgAuditor,
                                roles::kOrgUserAdmin,
                                roles::kOrgTemplateAdmin,
                                roles::kOrgWorkspaceCreationBan,
                                roles::kOrgWorkspaceAccess,
                                roles::kOrgMember,
                                roles::kOrgServiceAccount};

// Where an object may be, seen from the subject: outside organizations, in its own, in a foreign one; another's or its own.
struct Place {
  char letter;
  OrganizationId organization;
  UserId owner;
};

std::vector<Place> places(const World& w) {
  return {{'d', {}, w.bo}, {'D', {}, w.ana}, {'h', w.here, w.bo}, {'H', w.here, w.ana}, {'t', w.there, w.bo}, {'T', w.there, w.ana}};
}

// A role as the tables' prose has it, for the naive evaluator.
naive::Role from_prose(const std::string& name, const std::string& org) {
  auto rows = prose::role_rows();
  auto system = prose::system_rows(Sharing::everyone);
  rows.insert(rows.end(), system.begin(), system.end());
  auto list = [&](const std::string& level) {
    naive::List out;
    for (auto text : prose::expected(rows, name, level)) {
      bool negate = text[0] == '!';
      if (negate) text.erase(0, 1);
      auto colon = text.find(':');
      out.push_back({negate, text.substr(0, colon), text.substr(colon + 1)});
    }
    return out;
  };
  naive::Role role{.site = list("site"), .user = list("user"), .by_org_id = {}};
  if (name.starts_with("organization-")) role.by_org_id[org] = {list("org"), list("member")};
  return role;
}

TEST(Facts, F34_EveryPairForEveryRoleIsWhatTheTablesSay) {
  World w;
  long assertions = 0;
  for (auto name : kRoleNames) {
    auto subject = w.with({name});
    naive::Subject told{.id = w.ana.str(), .allow_list = {"*:*"}};
    told.roles.push_back(from_prose(std::string(name), w.here.str()));
    told.member_of = naive::memberships(told);
    told.scopes.push_back({.site = {{false, "*", "*"}}, .user = {}, .by_org_id = {}});
    for_each_pair([&](Resource type, Action action) {
      for (const auto& place : places(w)) {
        auto object = w.in(place.organization, type, place.owner);
        ++assertions;
        EXPECT_EQ(decide(*subject, action, object), naive::authorize(told, naive::text(action), naive::of(object)))
            << name << " " << name_of(type) << ":" << name_of(action) << " at " << place.letter;
      }
    });
  }
  EXPECT_GE(assertions, 2'700);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string shortened(std::string_view name) { return name.starts_with("organization-") ? "o-" + std::string(name.substr(13)) : std::string(name); }
std::size_t width_of(const std::string& title) { return std::max<std::size_t>(title.size(), 6) + 2; }

TEST(Matrix, RecordedMatrix) {
  World w;
  std::string text =
      "# Who may do what: one line a pair, one column a role held alone, with the scope coder:all.\n"
      "# d: objects outside organizations; h: in the organization the role is held in; t: in another organization.\n"
      "# Small letter: another user's object; capital: the subject's own. Written by rbac_test with SLIPWAY_GOLDEN=write.\n";
  std::string head = padded("", 48);
  for (auto name : kRoleNames) {
    auto title = shortened(name);
    head += padded(title, width_of(title));
  }
  text += head.substr(0, head.find_last_not_of(' ') + 1) + "\n";
  std::vector<SubjectPtr> subjects;
  for (auto name : kRoleNames) subjects.push_back(w.with({name}));
  for_each_pair([&](Resource type, Action action) {
    auto line = padded(std::string(name_of(type)) + ":" + std::string(name_of(action)), 48);
    for (std::size_t column = 0; column < subjects.size(); ++column) {
      std::string cell;
      for (const auto& place : places(w)) cell += decide(*subjects[column], action, w.in(place.organization, type, place.owner)) ? place.letter : '.';
      line += padded(cell == "......" ? "-" : cell, width_of(shortened(kRoleNames[column])));
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  });

  expect_golden("authz_matrix.txt", text);
}

// One line a triple, so that a change of a role shows as lines added and removed.
void write_role(std::string& text, const Role& role, const std::string& title) {
  auto level = [&](const char* name, const Permissions& list) {
    std::vector<std::string> lines;
    for (const auto& p : list)
      lines.push_back(title + " " + name + " " + (p.negate ? "deny " : "") + std::string(name_of(p.type)) + " " + std::string(name_of(p.action)) +
                      "\n");
    std::ranges::sort(lines);
    for (const auto& line : lines) text += line;
  };
  level("site", role.site);
  level("user", role.user);
  level("org", role.org);
  level("member", role.member);
}

TEST(Matrix, RecordedRoles) {
  RoleBook book;
  std::string text = "# Every fixed role: role, level, type, action. Written by rbac_test with SLIPWAY_GOLDEN=write.\n";
  for (const auto& role : book.site_roles()) write_role(text, *role, role->name);
  for (const auto& role : book.organization_roles()) write_role(text, *role, role->name);
  for (auto mode : {Sharing::everyone, Sharing::service_accounts, Sharing::none})
    for (bool service_account : {false, true}) {
      const auto& role = *book.system(mode, service_account);
      write_role(text, role, role.name + "/" + std::string(name_of(mode)));
    }

  expect_golden("roles.txt", text);
}

TEST(Golden, DifferenceNamesAddedAndRemovedLines) {
  EXPECT_EQ(difference("a\nb\n", "b\nc\n"), "- a\n+ c\n");
  EXPECT_EQ(difference("a\n", "a\n"), "");
}

}  // namespace
}  // namespace slipway::rbac
