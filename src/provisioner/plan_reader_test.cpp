// The recordings in tests/golden/provisioner/everything are what the real tool printed for the template beside them.
#include "provisioner/plan_reader.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace slipway::provisioner {
namespace {

std::string golden(const std::string& name) {
  std::ifstream in(std::string(SLIPWAY_SOURCE_DIR "/tests/golden/provisioner/everything/") + name);
  std::ostringstream out;
  out << in.rdbuf();
  EXPECT_FALSE(out.str().empty()) << name;
  return out.str();
}

// The templates of these tests: only the parts of a plan that matter to one question.
std::string small_plan(const std::string& planned, const std::string& configuration, const std::string& more = "") {
  return R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[)" + planned + R"(]}},"configuration":{"root_module":{)" +
         configuration + "}}" + more + "}";
}

std::string instance(const std::string& address, const std::string& type, const std::string& name, const std::string& values = "{}",
                     const std::string& index = "") {
  return fmt::format(R"({{"address":"{}","mode":"managed","type":"{}","name":"{}",{}"values":{}}})", address, type, name,
                     index.empty() ? "" : R"("index":)" + index + ",", values);
}

const Agent* agent_named(const Outcome& outcome, std::string_view name) {
  for (const auto& resource : outcome.resources)
    for (const auto& agent : resource.agents)
      if (agent.name == name) return &agent;
  return nullptr;
}

const Resource* resource_at(const Outcome& outcome, std::string_view address) {
  const auto found = std::ranges::find(outcome.resources, address, &Resource::address);
  return found == outcome.resources.end() ? nullptr : &*found;
}

std::string said(const Result<Outcome>& result) { return result ? "read" : result.error().say; }

struct Recorded : ::testing::Test {
  const std::string plan = golden("plan.json");
  const std::string graph = golden("graph.dot");
};

TEST_F(Recorded, ParametersKeepEveryAttribute) {
  const auto outcome = read({.plan = plan, .graph = graph}).value();

  std::string order;
  for (const auto& p : outcome.parameters) order += p.name + " ";
  ASSERT_EQ(order, "flag list needed only_max repo cpus size ");
  const auto& size = outcome.parameters[6];
  EXPECT_EQ(size.display_name, "Size");
  EXPECT_EQ(size.description, "How **big**.");
  EXPECT_EQ(size.form_type, "dropdown");
  EXPECT_EQ(size.default_value, "small");
  EXPECT_TRUE(size.mutable_);
  EXPECT_FALSE(size.required);
  ASSERT_EQ(size.options.size(), 2U);
  EXPECT_EQ(size.options[0].description, "1 cpu");
  EXPECT_EQ(size.options[0].icon, "/icon/a.svg");
  const auto& cpus = outcome.parameters[5];
  EXPECT_EQ(cpus.validation_min, 0);
  EXPECT_EQ(cpus.validation_max, 8);
  EXPECT_EQ(cpus.validation_monotonic, "increasing");
  EXPECT_EQ(cpus.validation_error, "{value} not in {min}..{max}");
  EXPECT_TRUE(outcome.parameters[2].required);
  EXPECT_EQ(outcome.parameters[2].styling, R"({"placeholder":"p"})");
  EXPECT_EQ(outcome.parameters[4].validation_regex, "^https://");
  EXPECT_FALSE(outcome.parameters[4].validation_min);
  EXPECT_TRUE(outcome.parameters[0].ephemeral);
  EXPECT_EQ(outcome.parameters[1].type, "list(string)");
  EXPECT_EQ(outcome.parameters[1].default_value, R"(["a","b"])");
}

TEST_F(Recorded, PresetsVariablesTagsAndExternalAuthentication) {
  const auto outcome = read({.plan = plan, .graph = graph}).value();

  ASSERT_EQ(outcome.presets.size(), 1U);
  const auto& preset = outcome.presets[0];
  EXPECT_TRUE(preset.is_default);
  EXPECT_EQ(preset.parameters, (std::vector<NamedValue>{{"cpus", "4"}, {"size", "large"}}));
  EXPECT_EQ(preset.prebuild_instances, 2);
  EXPECT_EQ(preset.prebuild_ttl_seconds, 86400);
  EXPECT_EQ(preset.schedule_timezone, "Europe/Berlin");
  ASSERT_EQ(preset.schedules.size(), 1U);
  EXPECT_EQ(preset.schedules[0].cron, "* 8-18 * * 1-5");
  EXPECT_EQ(preset.schedules[0].instances, 5);
  std::string variables;
  for (const auto& v : outcome.variables)
    variables += fmt::format("{}:{}={}{}{};", v.name, v.type, v.default_value, v.required ? " required" : "", v.sensitive ? " sensitive" : "");
  EXPECT_EQ(variables, R"(count_of:number=2;password:string= required sensitive;region:string=eu;tags:map(string)={"a":"b"};)");
  ASSERT_EQ(outcome.external_auth.size(), 2U);
  EXPECT_EQ(outcome.external_auth[0].id, "github");
  EXPECT_TRUE(outcome.external_auth[1].optional);
  EXPECT_EQ(outcome.workspace_tags, (std::vector<NamedValue>{{"region", "eu"}, {"size", "small"}}));
  EXPECT_TRUE(outcome.has_ai_task);
  EXPECT_FALSE(outcome.has_external_agent);
  ASSERT_EQ(outcome.modules.size(), 1U);
  EXPECT_EQ(outcome.modules[0].source, "./machine");
}

TEST_F(Recorded, AgentsBelongToTheResourceThatUsesThem) {
  EXPECT_TRUE(needs_graph(plan));  // terraform_data.box takes the script through a local
  const auto planned = read({.plan = plan, .graph = graph}).value();
  const auto state = golden("state.json");
  const auto applied = read({.plan = plan, .state = state}).value();
  const auto file = golden("state_file.json");
  const auto from_file = read({.plan = plan, .state = file}).value();

  for (const auto* outcome : {&planned, &applied, &from_file}) {
    std::string shown;
    for (const auto& resource : outcome->resources) {
      shown += resource.address + ":";
      for (const auto& agent : resource.agents) shown += " " + agent.name;
      shown += "\n";
    }
    EXPECT_EQ(shown,
              "terraform_data.box[0]: main\n"
              "terraform_data.vm:\n"
              "module.machine.terraform_data.host[0]: second\n"
              "module.machine.terraform_data.host[1]: second-1\n");
  }
}

TEST_F(Recorded, AgentKeepsEveryAttributeInPlanAndState) {
  const auto state = golden("state.json");
  const auto planned = read({.plan = plan, .graph = graph}).value();
  const auto applied = read({.plan = plan, .state = state}).value();

  for (const auto* outcome : {&planned, &applied}) {
    const auto* main = agent_named(*outcome, "main");
    ASSERT_TRUE(main);
    EXPECT_EQ(main->operating_system, "linux");
    EXPECT_EQ(main->directory, "$HOME");
    EXPECT_EQ(main->connection_timeout_seconds, 60);
    EXPECT_EQ(main->api_key_scope, "no_user_data");
    EXPECT_EQ(main->order, 3);
    EXPECT_EQ(main->display_apps, (std::vector<std::string>{"web_terminal", "ssh_helper", "port_forwarding_helper"}));
    EXPECT_EQ(main->environment, (std::vector<NamedValue>{{"FOO", "bar"}, {"PATH", "/x"}, {"SECRET", "hunter2"}}));
    ASSERT_EQ(main->metadata.size(), 1U);
    EXPECT_EQ(main->metadata[0].interval_seconds, 10);
    ASSERT_EQ(main->scripts.size(), 3U);
    EXPECT_EQ(main->scripts[0].display_name, "Startup Script");
    EXPECT_TRUE(main->scripts[0].start_blocks_login);
    EXPECT_TRUE(main->scripts[1].run_on_stop);
    EXPECT_EQ(main->scripts[2].cron, "0 */5 * * * *");
    ASSERT_EQ(main->apps.size(), 3U);
    EXPECT_EQ(main->apps[0].slug, "cmd");
    EXPECT_EQ(main->apps[0].display_name, "cmd");
    EXPECT_TRUE(main->apps[1].external);
    const auto& web = main->apps[2];
    EXPECT_EQ(web.share, "authenticated");
    EXPECT_EQ(web.open_in, "tab");
    EXPECT_EQ(web.group, "G");
    EXPECT_EQ(web.tooltip, "tip");
    EXPECT_TRUE(web.hidden);
    ASSERT_TRUE(web.healthcheck);
    EXPECT_EQ(web.healthcheck->threshold, 6);
    ASSERT_EQ(main->devcontainers.size(), 1U);
    ASSERT_EQ(main->devcontainers[0].apps.size(), 1U);
    EXPECT_EQ(main->devcontainers[0].apps[0].slug, "indev");
    ASSERT_TRUE(main->memory_monitor);
    EXPECT_EQ(main->memory_monitor->threshold, 80);
    ASSERT_EQ(main->volume_monitors.size(), 1U);
    EXPECT_EQ(main->volume_monitors[0].path, "/home");
  }
  EXPECT_TRUE(agent_named(planned, "main")->token.empty());
  EXPECT_EQ(agent_named(applied, "main")->token.reveal().size(), 36U);
  EXPECT_EQ(agent_named(applied, "second")->instance_id, "i-abc");
  EXPECT_TRUE(agent_named(applied, "second")->token.empty());
  EXPECT_EQ(agent_named(applied, "second-1")->instance_id, "");
}

TEST_F(Recorded, MetadataDressesItsResource) {
  const auto state = golden("state.json");
  const auto planned = read({.plan = plan, .graph = graph}).value();
  const auto applied = read({.state = state}).value();

  for (const auto* outcome : {&planned, &applied}) {
    const auto* box = resource_at(*outcome, "terraform_data.box[0]");
    ASSERT_TRUE(box);
    EXPECT_EQ(box->icon, "/icon/m.svg");
    EXPECT_EQ(box->daily_cost, 7);
    ASSERT_EQ(box->metadata.size(), 3U);
    EXPECT_EQ(box->metadata[0].value, "small");
    EXPECT_TRUE(box->metadata[1].sensitive);
    EXPECT_EQ(outcome->daily_cost(), 7);
  }
}

TEST_F(Recorded, SecretsAreFound) {
  const auto in_plan = secrets_in(plan);
  const auto in_state = secrets_in(golden("state.json"));
  const auto token = agent_named(read({.state = golden("state.json")}).value(), "main")->token.reveal();

  EXPECT_TRUE(std::ranges::count(in_plan, "hunter2"));
  EXPECT_TRUE(std::ranges::count(in_state, token));
}

TEST(PlanReader, StoppedWorkspaceShowsNoAgent) {
  const auto plan = small_plan(
      instance("coder_agent.main", "coder_agent", "main", R"({"os":"linux"})") + "," + instance("docker_volume.home", "docker_volume", "home"),
      R"("resources":[{"address":"docker_container.c","expressions":{"env":{"references":["coder_agent.main.token","coder_agent.main"]}}},
                                  {"address":"kept_secret.s","expressions":{"v":{"references":["coder_agent.main.token"]}}}])");

  const auto outcome = read({.plan = plan, .transition = Transition::stop}).value();

  ASSERT_EQ(outcome.resources.size(), 1U);
  EXPECT_EQ(outcome.resources[0].type, "docker_volume");
  EXPECT_TRUE(outcome.resources[0].agents.empty());
}

TEST(PlanReader, AgentThatNothingUsesStandsForItself) {
  const auto plan = small_plan(instance("coder_agent.main", "coder_agent", "main"), R"("resources":[{"address":"coder_agent.main"}])");

  const auto outcome = read({.plan = plan}).value();

  ASSERT_EQ(outcome.resources.size(), 1U);
  EXPECT_EQ(outcome.resources[0].address, "coder_agent.main");
  EXPECT_EQ(outcome.resources[0].agents.size(), 1U);
}

TEST(PlanReader, CountedAgentsGoToTheMachineOfTheirIndex) {
  const auto plan =
      small_plan(instance("coder_agent.a[0]", "coder_agent", "a", "{}", "0") + "," + instance("coder_agent.a[1]", "coder_agent", "a", "{}", "1") +
                     "," + instance("vm.m[0]", "vm", "m", "{}", "0") + "," + instance("vm.m[1]", "vm", "m", "{}", "1"),
                 R"("resources":[{"address":"vm.m","expressions":{"u":{"references":["coder_agent.a","count.index"]}}}])");

  const auto outcome = read({.plan = plan}).value();

  ASSERT_TRUE(resource_at(outcome, "vm.m[1]"));
  ASSERT_EQ(resource_at(outcome, "vm.m[1]")->agents.size(), 1U);
  EXPECT_EQ(resource_at(outcome, "vm.m[1]")->agents[0].name, "a-1");
}

TEST(PlanReader, ReferencesRunThroughModulesAndProvisioners) {
  const auto plan = small_plan(
      instance("coder_agent.main", "coder_agent", "main") + "," + instance("terraform_data.run", "terraform_data", "run"),
      R"("resources":[{"address":"terraform_data.run","provisioners":[{"type":"local-exec","expressions":{"command":{"references":["module.wrap.out","module.wrap"]}}}]}],
         "module_calls":{"wrap":{"source":"./w","expressions":{"s":{"references":["coder_agent.main.init_script"]}},
           "module":{"outputs":{"out":{"expression":{"references":["var.s"]}}},"variables":{"s":{}}}}})");

  const auto outcome = read({.plan = plan}).value();

  ASSERT_TRUE(resource_at(outcome, "terraform_data.run"));
  EXPECT_EQ(resource_at(outcome, "terraform_data.run")->agents.size(), 1U);
  EXPECT_FALSE(needs_graph(plan));
}

TEST(PlanReader, AppOfAModuleFindsTheAgentOfItsVariable) {
  const auto plan = small_plan(instance("coder_agent.main", "coder_agent", "main") + "," + instance("box.b", "box", "b"),
                               R"("resources":[{"address":"box.b","expressions":{"t":{"references":["coder_agent.main.token"]}}}],
      "module_calls":{"ide":{"expressions":{"agent_id":{"references":["coder_agent.main.id","coder_agent.main"]}},"module":{
        "resources":[{"address":"coder_app.ide","type":"coder_app","expressions":{"agent_id":{"references":["var.agent_id"]}}}]}}})");
  auto with_module = plan;
  const std::string root = R"(]}},"configuration")";
  with_module.replace(with_module.find(root), 2,
                      R"(],"child_modules":[{"address":"module.ide[0]","resources":[)" +
                          instance("module.ide[0].coder_app.ide", "coder_app", "ide", R"({"slug":"ide"})") + "]}]}");

  const auto outcome = read({.plan = with_module}).value();

  ASSERT_TRUE(agent_named(outcome, "main"));
  ASSERT_EQ(agent_named(outcome, "main")->apps.size(), 1U);
  EXPECT_EQ(agent_named(outcome, "main")->apps[0].slug, "ide");
}

TEST(PlanReader, CloudMachineLendsItsId) {
  const auto plan =
      small_plan(instance("coder_agent.main", "coder_agent", "main", R"({"auth":"aws-instance-identity"})") + "," +
                     instance("aws_instance.dev", "aws_instance", "dev", R"({"id":"i-1","instance_type":"t3.micro"})"),
                 R"("resources":[{"address":"aws_instance.dev","expressions":{"user_data":{"references":["coder_agent.main.init_script"]}}}])");

  const auto outcome = read({.plan = plan}).value();

  EXPECT_EQ(outcome.resources[0].instance_type, "t3.micro");
  ASSERT_EQ(outcome.resources[0].agents.size(), 1U);
  EXPECT_EQ(outcome.resources[0].agents[0].instance_id, "i-1");
}

TEST(PlanReader, EnvironmentMergesInOrderOfAddress) {
  const auto env = [](const std::string& name, const std::string& values) { return instance("coder_env." + name, "coder_env", name, values); };
  const auto config = [](const std::string& name) {
    return R"({"address":"coder_env.)" + name + R"(","type":"coder_env","expressions":{"agent_id":{"references":["coder_agent.main.id"]}}})";
  };
  const auto configuration = R"("resources":[)" + config("a") + "," + config("b") + "]";
  const auto agent = instance("coder_agent.main", "coder_agent", "main", R"({"env":{"P":"1"}})");
  const auto merged = small_plan(agent + "," + env("b", R"({"name":"P","value":"3","merge_strategy":"prepend"})") + "," +
                                     env("a", R"({"name":"P","value":"2","merge_strategy":"append"})"),
                                 configuration);
  const auto clash = small_plan(
      agent + "," + env("a", R"({"name":"Q","value":"2"})") + "," + env("b", R"({"name":"Q","value":"3","merge_strategy":"error"})"), configuration);

  EXPECT_EQ(agent_named(read({.plan = merged}).value(), "main")->environment, (std::vector<NamedValue>{{"P", "3:1:2"}}));
  EXPECT_NE(said(read({.plan = clash})).find("more than one coder_env"), std::string::npos);
}

TEST(PlanReader, ReplacementsOfAClaimNameTheirPaths) {
  const auto change = [](const std::string& type, const std::string& actions, const std::string& more) {
    return fmt::format(R"({{"address":"{}.x","type":"{}","change":{{"actions":{}{}}}}})", type, type, actions, more);
  };
  const auto plan = small_plan("", "",
                               R"(,"resource_changes":[)" + change("a", R"(["delete","create"])", R"(,"replace_paths":[["env",0],["image"]])") + "," +
                                   change("b", R"(["no-op"])", R"(,"replace_paths":[["x"]])") + "," +
                                   change("coder_agent", R"(["delete","create"])", R"(,"replace_paths":[["x"]])") + "," +
                                   change("c", R"(["update"])", "") + R"(,{"address":"d.x","type":"d"}])");

  const auto claim = read({.plan = plan, .claim = true}).value();
  const auto other = read({.plan = plan}).value();

  ASSERT_EQ(claim.replacements.size(), 1U);
  EXPECT_EQ(claim.replacements[0].resource, "a.x");
  EXPECT_EQ(claim.replacements[0].paths, (std::vector<std::string>{"env.0", "image"}));
  EXPECT_TRUE(other.replacements.empty());
}

TEST(PlanReader, ReplacementsNameAgentsWhereTheyAreAskedFor) {
  const std::string plan = R"({"format_version":"1.2","resource_changes":[
    {"address":"coder_agent.main","type":"coder_agent","change":{"actions":["delete","create"],"replace_paths":[["env"]]}},
    {"address":"coder_env.e","type":"coder_env","change":{"actions":["delete","create"],"replace_paths":[["value"]]}}]})";

  const auto found = read({.plan = plan, .claim = true, .agents = true}).value();

  ASSERT_EQ(found.replacements.size(), 1U);
  EXPECT_EQ(found.replacements[0].resource, "coder_agent.main");
  EXPECT_EQ(found.replacements[0].paths, std::vector<std::string>{"env"});
  EXPECT_TRUE(read({.plan = plan, .claim = true}).value().replacements.empty());
}

TEST(PlanReader, ReplacementsOfEveryShape) {
  const auto of = [](const std::string& changes) {
    const auto plan = small_plan("", "", R"(,"resource_changes":[)" + changes + "]");
    std::string out;
    const auto outcome = read({.plan = plan, .claim = true}).value();
    for (const auto& one : outcome.replacements) {
      out += one.resource + ":";
      for (const auto& path : one.paths) out += " " + path;
      out += ";";
    }
    return out;
  };
  const std::string replaces = R"("actions":["delete","create"])";

  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of(R"({"address":"a.x","type":"a","change":null})"), "");
  EXPECT_EQ(of(R"({"address":"a.x","type":"a","change":{"actions":["update"],"replace_paths":[]}})"), "");
  EXPECT_EQ(of(R"({"address":"a.x","type":"a","change":{)" + replaces + R"(,"replace_paths":["name"]}})"), "a.x: name;");
  EXPECT_EQ(of(R"({"address":"a.x","type":"a","change":{)" + replaces + R"(,"replace_paths":[["disk",0,"size"]]}})"), "a.x: disk.0.size;");
  EXPECT_EQ(of(R"({"address":"a.x","type":"a","action_reason":"replace_because_tainted","change":{)" + replaces + "}}"),
            "a.x: replace_because_tainted;");
  EXPECT_EQ(of(R"({"address":"a.x[0]","type":"a","change":{)" + replaces + R"(,"replace_paths":[["p"],["q"]]}},)" +
               R"({"address":"module.m.b.y","type":"b","change":{)" + replaces + R"(,"replace_paths":[["r"]]}})"),
            "a.x[0]: p q;module.m.b.y: r;");
}

TEST(PlanReader, NamesThatCollideOrCannotWorkAreRefused) {
  const auto parameter = [](const std::string& address) {
    return R"({"address":")" + address + R"(","mode":"data","type":"coder_parameter","name":"p","values":{"name":"size"}})";
  };
  const auto twice =
      small_plan(parameter("data.coder_parameter.a") + "," + R"({"mode":"data","type":"coder_parameter","name":"q","values":{"name":"size"}})", "");
  const auto underscore = small_plan(instance("coder_agent.my_agent", "coder_agent", "my_agent"), "");
  const auto app = [](const std::string& name, const std::string& slug) {
    return instance("coder_app." + name, "coder_app", name, R"({"agent_id":"A","slug":")" + slug + "\"}");
  };
  const auto agent = instance("coder_agent.main", "coder_agent", "main", R"({"id":"A"})");

  EXPECT_EQ(said(read({.plan = twice})), "coder_parameter names must be unique but \"size\" appears multiple times");
  EXPECT_NE(said(read({.plan = underscore})).find("my-agent"), std::string::npos);
  EXPECT_NE(said(read({.plan = small_plan(agent + "," + app("a", "x") + "," + app("b", "x"), "")})).find("more than once"), std::string::npos);
  EXPECT_NE(said(read({.plan = small_plan(agent + "," + app("a", "No_Good"), "")})).find("not valid"), std::string::npos);
}

TEST(PlanReader, WrongShapesAreErrorsOrNothingNeverACrash) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');

  EXPECT_EQ(read({.plan = "{"}).error().code, Code::invalid);
  EXPECT_EQ(read({.plan = "[]"}).error().code, Code::invalid);
  EXPECT_EQ(read({.plan = deep}).error().code, Code::invalid);
  EXPECT_EQ(read({.state = R"({"version":3})"}).error().code, Code::invalid);
  EXPECT_TRUE(read(
      {.plan = R"({"format_version":1,"planned_values":[],"configuration":{"root_module":{"resources":[1,{"address":5}],"module_calls":[]}}})"}));
  EXPECT_TRUE(read({.state = R"({"format_version":"1.0"})"}));
  EXPECT_TRUE(read({}).has_value());
}

TEST(PlanReader, VariablesOfAConfigurationHaveReadableTypes) {
  const auto read_back = read_variables(
                             R"({"root_module":{"variables":{"a":{"type":["list","string"],"required":true},"b":{"default":true},
      "c":{"type":["object",{"x":"number"}],"default":{"x":1}},"d":{"type":["tuple",["string","bool"]],"sensitive":true}}}})")
                             .value();

  std::string shown;
  for (const auto& v : read_back) shown += fmt::format("{}:{}={};", v.name, v.type, v.default_value);
  EXPECT_EQ(shown, R"(a:list(string)=;b:bool=true;c:object({x = number})={"x":1};d:tuple([string, bool])=;)");
}

}  // namespace
}  // namespace slipway::provisioner
