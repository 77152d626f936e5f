// Lists are filtered inside SQL by what the actor may read: equal to the single decision on every row (fact 30), whole pages
// (fact 31), and as cheap as what is shown, however large the table is.
#include "features/groups/objects.hpp"
#include "features/organizations/gen/organizations_sql.hpp"
#include "features/sessions/gen/sessions_sql.hpp"
#include "features/templates/objects.hpp"
#include "features/users/gen/users_sql.hpp"
#include "features/workspaces/objects.hpp"
#include "pg/statement.hpp"
#include "rbac/decide.hpp"
#include "rbac/dice_test.hpp"
#include "rbac/filter.hpp"
#include "store/db.hpp"
#include "support/test_server.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace slipway::test {
namespace {

using rbac::Action, rbac::Object, rbac::Resource;

constexpr const char* kSchema = SLIPWAY_SOURCE_DIR "/db/migrations";

// A database and the store's door to it, without a server.
struct Base {
  Base()
      : pool(loops.at(0), pg::PoolOptions{.connect = database.options()}),
        listener(loops.at(0), database.options()),
        db(pool, listener, system_clock()) {}
  ~Base() {
    auto end = [this]() -> Task<int> {
      co_await listener.stop();
      co_await pool.stop();
      co_return 0;
    };
    loops.run(end());
  }

  // The value of a read as this subject.
  template <class F>
  auto as(const rbac::SubjectPtr& subject, F read) {
    using Value = typename std::invoke_result_t<F&, store::Store&>::value_type::value_type;
    Value out;
    auto work = [&]() -> Task<int> {
      auto store = db.store_for(std::make_shared<store::Actor>(
          store::Actor{.kind = store::Actor::Kind::user, .user_id = subject->id(), .name = "test", .subject = subject}));
      auto got = co_await read(store);
      if (got)
        out = std::move(*got);
      else
        ADD_FAILURE() << got.error().say << " " << got.error().why;
      co_return 0;
    };
    loops.run(work());
    return out;
  }

  TestDatabase database{*pg::read_migrations(kSchema)};
  aio::Loops loops{1};
  pg::Pool pool;
  pg::Listener listener;
  store::Db db;
};

std::string json_of(const rbac::Acl& acl, bool nested) {
  std::string out = "{";
  for (const auto& entry : acl) {
    std::string actions;
    rbac::for_each_action(entry.actions,
                          [&](Action action) { actions += (actions.empty() ? "\"" : ",\"") + std::string(rbac::name_of(action)) + "\""; });
    out +=
        fmt::format("{}\"{}\":{}[{}]{}", out.size() > 1 ? "," : "", entry.who.str(), nested ? "{\"permissions\":" : "", actions, nested ? "}" : "");
  }
  return out + "}";
}

// The dice's people, organizations and groups as rows, and things of theirs: what the objects are, as the test made them.
struct Rows {
  struct Row {
    Object object;
    rbac::Acl users, groups;
    std::string key;  // of an API key
  };
  std::map<Resource, std::vector<Row>> by_type;  // dormant workspaces under workspace

  Row& add(Resource list, Object object, rbac::Dice& dice) {
    auto& rows = by_type[list];
    rows.push_back({.object = object, .users = {}, .groups = {}, .key = {}});
    auto& row = rows.back();
    if (object.type != Resource::workspace && object.type != Resource::template_) return row;
    for (int i = dice.below(3); i > 0; --i) put(row.users, dice.pick(dice.users()), dice);
    for (int i = dice.below(3); i > 0; --i) put(row.groups, dice.pick(dice.chance(70) ? dice.groups() : dice.organizations()), dice);
    return row;
  }
  static void put(rbac::Acl& acl, Uuid who, rbac::Dice& dice) {
    if (std::ranges::any_of(acl, [&](const auto& entry) { return entry.who == who; })) return;
    constexpr Action kSome[] = {Action::read, Action::ssh, Action::update, Action::any};
    acl.push_back({who, kSome[dice.below(std::size(kSome))]});
  }
  // The object with its lists, as a decision takes it.
  static Object whole(const Row& row) {
    Object object = row.object;
    if (object.type == Resource::workspace || object.type == Resource::template_) {
      object.user_acl = row.users;
      object.group_acl = row.groups;
    }
    return object;
  }
};

std::string people_and_places(const rbac::Dice& dice) {
  std::string sql;
  int n = 0;
  for (const auto& id : dice.organizations())
    sql += fmt::format("insert into organizations (id, name, created_at, updated_at) values ('{}', 'o{}', now(), now());", id.str(), ++n);
  for (const auto& id : dice.users())
    sql += fmt::format(
        "insert into users (id, email, username, login_type, created_at, updated_at) values ('{0}', 'u{1}@example.com', 'u{1}', 'password', now(), "
        "now());",
        id.str(), ++n);
  return sql;
}

std::string job_of(const std::string& id, Uuid organization, Uuid user, const std::string& file) {
  return fmt::format(
      "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at, "
      "completed_at)"
      " values ('{}', '{}', '{}', 'workspace_build', 'replay', '{}', '{{}}', '{{}}', now(), now(), now(), now());",
      id, organization.str(), user.str(), file);
}

Rows fill(const Base& base, rbac::Dice& dice) {
  Rows rows;
  std::string sql = people_and_places(dice);
  const auto users = dice.users(), organizations = dice.organizations(), groups = dice.groups();
  const auto file = Uuid::random().str();
  sql += fmt::format("insert into files (id, hash, created_by, mimetype, data, created_at) values ('{0}', '{0}', '{1}', 'x', '', now());", file,
                     users[0].str());
  for (const auto& id : organizations) rows.add(Resource::organization, {.type = Resource::organization, .id = id, .organization = {id}}, dice);
  for (const auto& id : users) rows.add(Resource::user, {.type = Resource::user, .id = id, .owner = {id}}, dice);
  for (const auto& id : groups) {
    const auto organization = dice.pick(organizations);
    rows.add(Resource::group, {.type = Resource::group, .id = id, .organization = {organization}, .read_by_own_group = true}, dice);
    sql +=
        fmt::format("insert into groups (id, organization_id, name, created_at) values ('{0}', '{1}', '{0}', now());", id.str(), organization.str());
  }
  std::vector<std::pair<Uuid, Uuid>> templates;  // its organization
  for (int i = 0; i < 12; ++i) {
    const auto id = Uuid::random(), organization = dice.pick(organizations);
    const auto& row = rows.add(Resource::template_, {.type = Resource::template_, .id = id, .organization = {organization}}, dice);
    const auto job = Uuid::random().str(), version = Uuid::random().str();
    sql += job_of(job, organization, users[0], file);
    sql += fmt::format(
        "insert into templates (id, organization_id, name, active_version_id, created_by, user_acl, group_acl, created_at, updated_at)"
        " values ('{0}', '{1}', '{0}', '{2}', '{3}', '{4}', '{5}', now(), now());"
        "insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
        " values ('{2}', '{0}', '{1}', 'v', '{6}', '{3}', now(), now());",
        id.str(), organization.str(), version, users[0].str(), json_of(row.users, false), json_of(row.groups, false), job);
    templates.emplace_back(id, organization);
  }
  for (int i = 0; i < 60; ++i) {
    const auto id = Uuid::random(), owner = dice.pick(users);
    const auto [from, organization] = dice.pick(templates);
    const bool dormant = dice.chance(25);
    Object object{.type = Resource::workspace, .id = id, .owner = {owner}, .organization = {organization}};
    auto& row = rows.add(Resource::workspace, object, dice);  // stored lists of a dormant one stay, and are ignored
    if (dormant) row.object.type = Resource::workspace_dormant;
    const auto job = Uuid::random().str();
    sql += job_of(job, organization, owner, file);
    sql += fmt::format(
        "insert into workspaces (id, owner_id, organization_id, template_id, name, user_acl, group_acl, dormant_at, last_used_at, created_at, "
        "updated_at)"
        " values ('{0}', '{1}', '{2}', '{3}', '{0}', '{4}', '{5}', {6}, now(), now(), now());"
        "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
        " select gen_random_uuid(), '{0}', active_version_id, 1, 'start', '{1}', '{7}', now(), now() from templates where id = '{3}';",
        id.str(), owner.str(), organization.str(), from.str(), json_of(row.users, true), json_of(row.groups, true), dormant ? "now()" : "null", job);
  }
  for (int i = 0; i < 12; ++i) {
    const auto owner = dice.pick(users);
    auto& row = rows.add(Resource::api_key, {.type = Resource::api_key, .owner = {owner}}, dice);
    row.key = fmt::format("key{:07}", i);
    sql += fmt::format(
        "insert into api_keys (id, hashed_secret, user_id, login_type, token_name, lifetime_seconds, last_used, expires_at, created_at, updated_at)"
        " values ('{0}', '', '{1}', 'token', '{0}', 60, now(), now() + interval '1 day', now(), now());",
        row.key, owner.str());
  }
  base.database.sql(sql);
  std::vector<Uuid> named;
  for (const auto& [type, list] : rows.by_type)
    for (const auto& row : list)
      if (!row.object.id.is_nil() && dice.chance(30)) named.push_back(row.object.id);
  dice.name_ids(std::move(named));
  return rows;
}

// Whom a list showed, and whom the single decisions and the filter in memory let through.
std::set<std::string> shown_by_sql(Base& base, const rbac::SubjectPtr& subject, Resource type) {
  std::set<std::string> out;
  if (type == Resource::workspace) {
    workspaces::sql::ListArgs args;
    args.viewer = subject->id().uuid;
    for (const auto& row : base.as(subject, [&](store::Store& s) { return workspaces::sql::list(s, args); })) out.insert(row.id.str());
    std::set<std::string> listed;
    for (const auto& row : base.as(subject, [&](store::Store& s) { return workspaces::sql::listed(s, args.viewer, 0, 0, false); }))
      if (row.kind == 0) listed.insert(row.id.str());
    EXPECT_EQ(listed, out) << "the quick way of the list shows others";
  } else if (type == Resource::template_) {
    const templates::sql::ListArgs args;
    for (const auto& row : base.as(subject, [&](store::Store& s) { return templates::sql::list(s, args); })) out.insert(row.id.str());
  } else if (type == Resource::user) {
    const users::sql::ListArgs args;
    for (const auto& row : base.as(subject, [&](store::Store& s) { return users::sql::list(s, args); })) out.insert(row.id.str());
  } else if (type == Resource::group) {
    const groups::sql::ListArgs args;
    for (const auto& row : base.as(subject, [&](store::Store& s) { return groups::sql::list(s, args); })) out.insert(row.id.str());
  } else if (type == Resource::organization) {
    for (const auto& row : base.as(subject, [&](store::Store& s) { return organizations::sql::list(s); })) out.insert(row.id.str());
  } else if (type == Resource::api_key) {
    for (const auto& row :
         base.as(subject, [&](store::Store& s) { return sessions::sql::tokens(s, false, std::nullopt, true, system_clock().now()); }))
      out.insert(row.id);
  }
  return out;
}

TEST(ListFacts, F30_DecisionFilterInMemoryAndSqlAgree) {
  const auto seed = rbac::seed_of_run();
  SCOPED_TRACE("SLIPWAY_RBAC_SEED=" + std::to_string(seed));
  RecordProperty("seed", std::to_string(seed));
  Base base;
  rbac::Dice dice(seed, true);
  const auto rows = fill(base, dice);
  long triples = 0, shown = 0;

  while (triples < 10'000) {
    const auto subject = dice.subject();
    for (const auto& [type, list] : rows.by_type) {
      std::set<std::string> decided, filtered;
      const auto ways = rbac::filter(*subject, Action::read, type), dormant = rbac::filter(*subject, Action::read, Resource::workspace_dormant);
      for (const auto& row : list) {
        const auto object = Rows::whole(row);
        const auto name = row.key.empty() ? object.id.str() : row.key;
        if (rbac::decide(*subject, Action::read, object)) decided.insert(name);
        if (rbac::passes(object.type == Resource::workspace_dormant ? dormant : ways, object)) filtered.insert(name);
        ++triples;
      }
      EXPECT_EQ(filtered, decided) << rbac::name_of(type);
      auto listed = shown_by_sql(base, subject, type);
      if (type == Resource::organization || type == Resource::user || type == Resource::group)  // those that the schema brings along
        std::erase_if(listed, [&rows, t = type](const std::string& id) {
          return std::ranges::none_of(rows.by_type.at(t), [&](const auto& row) { return row.object.id.str() == id; });
        });
      ASSERT_EQ(listed, decided) << rbac::name_of(type) << " for " << subject->id().str();
      shown += static_cast<long>(decided.size());
    }
  }

  EXPECT_GT(shown, 100) << "too little was visible for the test to mean anything";
}

// --- a large table ---

std::string migration(const std::string& name) {
  for (const auto& one : *pg::read_migrations(kSchema))
    if (one.name == name) return one.text;
  ADD_FAILURE() << "there is no migration " << name;
  return {};
}

// 100,000 workspaces in 200 organizations, 5 of each of 20,000 people, two builds each.
void fill_large(const TestDatabase& database) {
  database.sql(
      "set session_replication_role = replica;"  // without triggers: their listings are made below, as for what was there before
      "insert into organizations (id, name, created_at, updated_at) select ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'o' || i, "
      "now(), now() from generate_series(1, 200) i;"
      "insert into users (id, email, username, login_type, created_at, updated_at)"
      " select ('00000000-0000-4000-8001-' || lpad(to_hex(i), 12, '0'))::uuid, 'u' || i || '@example.com', 'u' || i, 'password', now(), now() from "
      "generate_series(1, 20000) i;"
      "insert into organization_members (organization_id, user_id, created_at, updated_at)"
      " select ('00000000-0000-4000-8000-' || lpad(to_hex(i % 200 + 1), 12, '0'))::uuid, ('00000000-0000-4000-8001-' || lpad(to_hex(i), 12, "
      "'0'))::uuid, now(), now() from generate_series(1, 20000) i;"
      "insert into files (id, hash, created_by, mimetype, data, created_at) select gen_random_uuid(), 'h', id, 'x', '', now() from users where "
      "username = 'u1';"
      "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at)"
      " select gen_random_uuid(), o.id, f.created_by, 'template_version_import', 'replay', f.id, '{}', '{}', now(), now() from organizations o, "
      "files f where not o.is_default;"
      "insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)"
      " select gen_random_uuid(), j.organization_id, 't', j.id, j.initiator_id, now(), now() from provisioner_jobs j;"
      "insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
      " select t.active_version_id, t.id, t.organization_id, 'v', t.active_version_id, t.created_by, now(), now() from templates t;"
      "insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)"
      " select gen_random_uuid(), m.user_id, m.organization_id, t.id, 'w' || k, now(), now(), now()"
      " from organization_members m join templates t on t.organization_id = m.organization_id, generate_series(1, 5) k;"
      "create temp table made as select w.id as workspace, gen_random_uuid() as job, n from workspaces w, generate_series(1, 2) n;"
      "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at, started_at, "
      "completed_at)"
      " select m.job, w.organization_id, w.owner_id, 'workspace_build', 'replay', f.id, '{}', '{}', now(), now(), now(), now() from made m join "
      "workspaces w on w.id = m.workspace, files f;"
      "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
      " select gen_random_uuid(), w.id, t.active_version_id, m.n, 'start', w.owner_id, m.job, now(), now() from made m join workspaces w on w.id = "
      "m.workspace join templates t on t.id = w.template_id;"
      "drop table made; set session_replication_role = origin;" +
      migration("listings_of_before") + "; analyze");
}

// The statement that `act` sends last.
const pg::Statement* sent = nullptr;
template <class F>
const pg::Statement& sent_by(F act) {
  pg::observe_statements([](const pg::Statement& one) { sent = &one; });
  act();
  pg::observe_statements(nullptr);
  return *sent;
}

enum class Plan { shown, run };

// The plan of a statement with these values, as text; `run`: with what it really touched. `mode`: a plan for any values, or
// for these.
std::string plan_of(const TestDatabase& database, const pg::Statement& statement, const std::vector<std::string>& values, const std::string& mode,
                    Plan how = Plan::run) {
  std::string types, all;
  for (auto oid : statement.parameter_types) types += (types.empty() ? "" : ", ") + database.sql(fmt::format("select format_type({}, null)", oid));
  for (const auto& value : values) all += (all.empty() ? "" : ", ") + value;
  // EXPLAIN gives rows; a function gathers them into one text.
  return database.sql(fmt::format(
      "set plan_cache_mode = {}; prepare asked ({}) as {};"
      "create function pg_temp.plan() returns text language plpgsql as $f$ declare line text; all_lines text := ''; begin"
      " for line in execute $e$explain ({}) execute asked({})$e$ loop all_lines := all_lines || line || E'\\n'; end loop; return all_lines; end $f$;"
      "select pg_temp.plan()",
      mode, types, statement.text, how == Plan::run ? "analyze, buffers, timing off" : "costs off", all));
}

// The values that a statement of the list binds for a subject without any filter: who looks, or that no filter asks of builds,
// if the statement wants to know; what the actor may read; and then nothing, for as many parameters as there are.
std::vector<std::string> values_for(const rbac::Subject& subject, const pg::Statement& statement) {
  constexpr std::uint32_t kBoolean = 16, kUuid = 2950, kInteger = 23, kUuids = 2951, kTexts = 1009;
  const auto text = [](const auto& ids) {
    std::string out = "'{";
    for (const auto& id : ids) out += (out.size() > 2 ? "," : "") + id.str();
    return out + "}'";
  };
  const auto allowed = [&](const rbac::ReadFilter& filter) { return filter.allowed_ids ? text(*filter.allowed_ids) : std::string("null"); };
  const auto w = rbac::filter(subject, Action::read, Resource::workspace), d = rbac::filter(subject, Action::read, Resource::workspace_dormant);
  const auto me = "'" + subject.id().str() + "'";
  std::vector<std::string> values;
  if (statement.parameter_types[0] == kUuid) values.push_back(me);
  if (statement.parameter_types[0] == kBoolean && statement.parameter_types[1] == kBoolean) values.push_back("false");
  for (const auto& value :
       {std::string(w.everything ? "true" : "false"), text(w.organizations), me, text(w.owner_organizations), text(w.acl_organizations), me,
        text(w.acl_groups), std::string(d.everything ? "true" : "false"), text(d.organizations), text(d.owner_organizations), allowed(w), allowed(d)})
    values.push_back(value);
  int integers = 0;
  while (values.size() < statement.parameter_types.size()) {
    const auto type = statement.parameter_types[values.size()];
    if (type == kInteger)
      values.push_back(integers++ == 0 ? "25" : "0");
    else
      values.push_back(type == kUuids || type == kTexts ? "'{}'" : "null");
  }
  return values;
}

rbac::SubjectPtr member_of(const TestDatabase& database, const std::string& username) {
  static const rbac::RoleBook book;
  const auto id = *UserId::parse(database.sql("select id from users where username = '" + username + "'"));
  const auto organization =
      *OrganizationId::parse(database.sql("select organization_id from organization_members where user_id = '" + id.str() + "'"));
  std::vector<rbac::HeldRole> roles{{book.site(rbac::roles::kMember), {}},
                                    {book.system(rbac::Sharing::everyone, false), organization},
                                    {book.organization(rbac::roles::kOrgWorkspaceAccess), organization}};
  return *rbac::Subject::make({.id = id, .roles = std::move(roles), .groups = {GroupId::random(), GroupId::random()}, .scope = rbac::scope_all()});
}

// Whether the plan read the whole table; what a filter that nobody asked for would read does not count.
bool read_whole(const std::string& plan, const std::string& table) {
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);)
    if (line.find("Seq Scan on " + table) != line.npos && line.find("never executed") == line.npos) return true;
  return false;
}

// The number that first follows `word` in a plan: of its top node.
long number_after(const std::string& plan, const std::string& word) {
  const auto at = plan.find(word);
  return at == plan.npos ? 0 : std::strtol(plan.c_str() + at + word.size(), nullptr, 10);
}

TEST(Lists, ThreeOfAHundredThousandWorkspacesAreFoundByIndexes) {
  Base base;
  fill_large(base.database);
  base.database.sql(
      "delete from workspace_builds b using workspaces w, users u where w.id = b.workspace_id and u.id = w.owner_id and u.username = 'u77' and "
      "w.name in ('w4', 'w5');"
      "delete from workspaces w using users u where u.id = w.owner_id and u.username = 'u77' and w.name in ('w4', 'w5')");
  const auto one = member_of(base.database, "u77"), other = member_of(base.database, "u1234");
  workspaces::sql::ListArgs args;
  args.viewer = one->id().uuid;
  args.most = 25;
  args.now = system_clock().now();
  std::size_t seen = 0;
  const auto& list = sent_by([&] { seen = base.as(one, [&](store::Store& s) { return workspaces::sql::list(s, args); }).size(); });
  workspaces::sql::CountArgs counting;
  counting.now = args.now;
  std::int64_t number = 0;
  const auto& count = sent_by([&] { number = base.as(one, [&](store::Store& s) { return workspaces::sql::count(s, counting); }); });
  EXPECT_EQ(seen, 3U);
  EXPECT_EQ(number, 3);

  for (const std::string mode : {"force_generic_plan", "force_custom_plan"}) {
    SCOPED_TRACE(mode);
    const auto plan = plan_of(base.database, list, values_for(*one, list), mode);
    for (const char* table : {"workspaces", "workspace_builds", "provisioner_jobs", "users"})
      EXPECT_FALSE(read_whole(plan, table)) << table << "\n" << plan;
    EXPECT_NE(plan.find("rows=3 "), plan.npos) << plan;
    EXPECT_LT(number_after(plan, "Buffers: shared hit=") + number_after(plan, " read="), 300) << plan;
    const auto counted = plan_of(base.database, count, values_for(*one, count), mode);
    EXPECT_FALSE(read_whole(counted, "workspace")) << counted;
    EXPECT_LT(number_after(counted, "Buffers: shared hit=") + number_after(counted, " read="), 300) << counted;
  }
  EXPECT_EQ(plan_of(base.database, list, values_for(*one, list), "force_generic_plan", Plan::shown),
            plan_of(base.database, list, values_for(*other, list), "force_generic_plan", Plan::shown));
}

TEST(Lists, TheQuickWayLooksAtNoMoreThanItShows) {
  Base base;
  fill_large(base.database);
  const auto one = member_of(base.database, "u77"), other = member_of(base.database, "u1234");
  std::size_t seen = 0;
  const auto& listed = sent_by([&] {
    for (const auto& row : base.as(one, [&](store::Store& s) { return workspaces::sql::listed(s, one->id().uuid, 25, 0, true); }))
      if (row.kind == 0) ++seen;
  });
  EXPECT_EQ(seen, 5U);

  for (const std::string mode : {"force_generic_plan", "force_custom_plan"}) {
    SCOPED_TRACE(mode);
    const auto plan = plan_of(base.database, listed, values_for(*one, listed), mode);
    for (const char* table : {"workspace_listings", "workspaces", "workspace_agents", "users"})
      EXPECT_FALSE(read_whole(plan, table)) << table << "\n" << plan;
    EXPECT_LT(number_after(plan, "Buffers: shared hit=") + number_after(plan, " read="), 300) << plan;
  }
  EXPECT_EQ(plan_of(base.database, listed, values_for(*one, listed), "force_generic_plan", Plan::shown),
            plan_of(base.database, listed, values_for(*other, listed), "force_generic_plan", Plan::shown));
}

// --- pages ---

TEST(ListFacts, F31_EveryPageButTheLastIsFull) {
  TestServer server;
  server.owner();
  const auto alice = server.member("alice"), bob = server.member("bob");
  server.database().sql(fmt::format(
      "insert into files (id, hash, created_by, mimetype, data, created_at) values (gen_random_uuid(), 'h', '{0}', 'x', '', now());"
      "insert into provisioner_jobs (id, organization_id, initiator_id, type, provisioner, file_id, input, tags, created_at, updated_at)"
      " select gen_random_uuid(), o.id, '{0}', 'workspace_build', 'replay', f.id, '{{}}', '{{}}', now(), now() from organizations o, files f, "
      "generate_series(1, 1201) where o.is_default;"
      "insert into templates (id, organization_id, name, active_version_id, created_by, created_at, updated_at)"
      " select gen_random_uuid(), id, 't', gen_random_uuid(), '{0}', now(), now() from organizations where is_default;"
      "insert into template_versions (id, template_id, organization_id, name, job_id, created_by, created_at, updated_at)"
      " select active_version_id, id, organization_id, 'v', (select id from provisioner_jobs limit 1), created_by, now(), now() from templates;"
      "insert into workspaces (id, owner_id, organization_id, template_id, name, last_used_at, created_at, updated_at)"
      " select j.id, case when j.n % 10 = 0 then '{0}'::uuid else '{1}'::uuid end, t.organization_id, t.id, 'w' || j.n, now(), now(), now()"
      " from (select id, row_number() over () as n from provisioner_jobs offset 1) j, templates t;"
      "insert into workspace_builds (id, workspace_id, template_version_id, build_number, transition, initiator_id, job_id, created_at, updated_at)"
      " select gen_random_uuid(), w.id, t.active_version_id, 1, 'start', w.owner_id, w.id, now(), now() from workspaces w join templates t on t.id = "
      "w.template_id",
      alice.id, bob.id));
  const auto all = std::stol(server.database().sql("select count(*) from workspaces where owner_id = '" + alice.id + "'"));
  ASSERT_EQ(all, 120);

  std::set<std::string> seen;
  for (long offset = 0; offset < all; offset += 50) {
    const auto page = server.get(fmt::format("/api/v2/workspaces?limit=50&offset={}", offset), alice).json();
    const auto& rows = page.at("workspaces").as_array();
    EXPECT_EQ(page.at("count").as_int64(), all);
    EXPECT_EQ(static_cast<long>(rows.size()), std::min(50L, all - offset));
    for (const auto& row : rows) {
      EXPECT_EQ(row.at("owner_id").as_string(), alice.id);
      seen.insert(std::string(row.at("id").as_string()));
    }
  }
  EXPECT_EQ(static_cast<long>(seen.size()), all);
}

}  // namespace
}  // namespace slipway::test
