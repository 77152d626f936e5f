// For tests: what people were told, as the database has it, and people of every sort who might be.
#pragma once

#include "support/test_server.hpp"

#include <string>
#include <vector>

namespace slipway::test {

using Labels = std::map<std::string, std::string>;
using Targets = std::vector<std::string>;

struct Told {
  Labels labels;
  boost::json::value data;
  std::string people;        // who has it in their inbox: names in their order, with commas
  Targets targets;           // ids, as they were given
  std::string organization;  // empty: none
  std::string urls;          // of the actions as one of them has them, with blanks
};
// Of this kind (its name), in the order in which it happened. What nobody was to be told is not there.
std::vector<Told> told(TestServer& server, const std::string& kind);
// Likewise, once there are at least so many; a fault when they do not come.
std::vector<Told> await_told(TestServer& server, const std::string& kind, std::size_t count);
// The only one of its kind; a fault when there are more, or none.
Told told_once(TestServer& server, const std::string& kind);
// How many events of all kinds.
std::string count_told(TestServer& server);
// What the server's transactions failed to tell: nothing, unless there is a fault.
std::uint64_t untold();

// Turns a kind on for them that is off for whoever said nothing.
void wants(TestServer& server, const Person& who, const std::string& kind);

// In the default organization: who is told of its templates, who of its accounts, and those that never are.
struct Cast {
  explicit Cast(TestServer& server);

  Person tess;  // template admin of the site
  Person otto;  // template admin of the organization
  Person dora;  // as tess, dormant
  Person uma;   // user admin of the site
  Person ana;   // nothing of that
};
// Of a Cast, as Told has them: those who are told of templates, and of accounts.
inline constexpr const char* kTemplateAdmins = "dora,otto,tess";
inline constexpr const char* kUserAdmins = "owner,uma";

}  // namespace slipway::test
