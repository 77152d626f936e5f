// A deployment with somebody of every built-in role, and something of every kind for each of them: in the default organization
// ("here"), in another one ("there"). Straight into the database, so that it costs a second and no rights.
#pragma once

#include "support/proof.hpp"
#include "support/test_server.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::test {

// What one person has; ids as text.
struct Belongings {
  std::string organization, workspace, workspace_name, build, job, resource, agent, agent_token, app, script, source;
  std::string token_id, token_name, key_id, chat;
};

// What one organization has.
struct Shared {
  std::string organization, name, template_id, template_name, version, version_name, old_version, loose, file, import, dry_run, group, group_name,
      daemon, provisioner_key, role, preset;
};

struct Actor {
  std::string column;  // the head of its column in the matrix
  Person person;       // its token is the credential; empty: none
  std::string home;    // the organization it belongs to: "here" or "there"
};

class World {
 public:
  explicit World(TestServer& server);

  TestServer& server;
  Shared here, there;
  std::map<std::string, Belongings> of;  // by username
  std::vector<Actor> actors;             // the columns, in their order
  Person ana, bo;                        // whose things "other" and "foreign" are
  std::string proxy;                     // the workspace proxy "far", which belongs to nobody

  // Further ones, for requests that use up what they are about.
  Shared add_organization(const std::string& id, const std::string& name);
  Person add_person(const std::string& name, const std::string& site_roles, const Shared& home, const std::string& roles);

  // Values for the statements that read as one actor: ana's things.
  proof::Arguments arguments() const;

 private:
  Person narrow(const Person& who, const std::string& scope);
  std::string add_key(const Person& who, const std::string& login_type, const std::string& name, const std::string& scope, std::string* id);
  void add_belongings(const Person& who, const Shared& home);
};

}  // namespace slipway::test
