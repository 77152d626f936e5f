#include "provisioner/plan_reader.hpp"

#include "provisioner/coder_values.hpp"
#include "provisioner/limits.hpp"
#include "provisioner/model.hpp"
#include "provisioner/references.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace slipway::provisioner {
namespace {

constexpr std::size_t kMostAgents = 256;

// An agent or a dev container inside one, as something that apps, scripts and variables name.
struct Holder {
  const Instance* instance;
  std::size_t agent;
  std::optional<std::size_t> devcontainer = {};
};

struct Documents {
  json::value plan;
  json::value state;
  std::vector<Instance> managed;
  std::vector<Instance> data;
  References references;
};

void keep(std::vector<Instance>& into, std::vector<Instance> from, bool data) {
  std::set<std::string> known;
  for (const auto& one : into) known.insert(one.address);
  for (auto& one : from)
    if (one.data == data && known.insert(one.address).second) into.push_back(std::move(one));
}

Result<void> load_plan(Documents& documents, std::string_view text, bool with_managed) {
  TRY(plan, parse_json(text, "Terraform's plan"));
  documents.plan = std::move(plan);
  const auto* object = documents.plan.if_object();
  if (!object || !field(*object, "format_version")) return fail(Code::invalid, "Terraform's plan has a form that this release cannot read.");
  if (const auto* prior = object_field(*object, "prior_state"))
    if (const auto* values = object_field(*prior, "values")) {
      TRY(found, instances_of_values(*values));
      keep(documents.data, std::move(found), true);
    }
  if (const auto* planned = object_field(*object, "planned_values")) {
    TRY(found, instances_of_values(*planned));
    keep(documents.data, found, true);
    if (with_managed) keep(documents.managed, std::move(found), false);
  }
  return {};
}

Result<Documents> load(const ReadInput& input) {
  Documents documents;
  if (!input.plan.empty()) TRY_OK(load_plan(documents, input.plan, input.state.empty()));
  if (const auto* root = root_configuration(documents.plan)) documents.references.add_configuration(*root);
  documents.references.add_graph(input.graph);
  if (!input.state.empty()) {
    TRY(state, parse_json(input.state, "Terraform's state"));
    documents.state = std::move(state);
    TRY(found, instances_of_state(documents.state));
    keep(documents.data, found, true);
    keep(documents.managed, std::move(found), false);
    documents.references.add_state(documents.managed);
  }
  return documents;
}

// Whether some string inside the value holds the text.
bool holds(const json::value& value, std::string_view needle) {
  if (const auto* word = value.if_string()) return std::string_view(word->data(), word->size()).find(needle) != std::string_view::npos;
  if (const auto* list = value.if_array()) return std::ranges::any_of(*list, [&](const json::value& v) { return holds(v, needle); });
  if (const auto* object = value.if_object()) return std::ranges::any_of(*object, [&](const auto& pair) { return holds(pair.value(), needle); });
  return false;
}

bool holds(const json::object& object, std::string_view needle) {
  return !needle.empty() && std::ranges::any_of(object, [&](const auto& pair) { return holds(pair.value(), needle); });
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) out += fmt::format("{}\"{}\"", i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
  return out;
}

template <class List, class Name>
Result<void> names_once(const List& list, Name name, std::string_view what) {
  std::map<std::string, int> seen;
  std::vector<std::string> twice;
  for (const auto& one : list)
    if (++seen[name(one)] == 2) twice.push_back(name(one));
  if (twice.empty()) return {};
  return fail(Code::invalid, fmt::format("{} must be unique but {} appear{} multiple times", what, listed(twice), twice.size() == 1 ? "s" : ""));
}

// One reading: the instances, and the outcome as far as it has been put together.
class Reading {
 public:
  Reading(const ReadInput& input, Documents& documents) : input_(input), documents_(documents) {}

  Result<Outcome> run() {
    read_data();
    read_configuration();
    TRY_OK(read_agents());
    TRY_OK(read_devcontainers());
    TRY_OK(read_parts());
    TRY_OK(merge_environment());
    place_agents();
    read_resource_metadata_if_unique();
    if (fault_) return std::unexpected(std::move(*fault_));
    if (input_.claim) read_replacements();
    TRY_OK(finish());
    return std::move(out_);
  }

 private:
  void read_data();
  void read_configuration();
  Result<void> read_agents();
  Result<void> read_devcontainers();
  Result<void> read_parts();
  Result<void> add_app(const Instance& one);
  Result<void> merge_environment();
  void place_agents();
  void read_resource_metadata_if_unique();
  void read_replacements();
  Result<void> finish();

  const Holder* holder_of(const Instance& part, bool with_devcontainers) const;
  const Instance* machine_of(const Instance& agent, const Agent& read) const;
  const Instance* pick(const std::vector<std::string>& configs, const Instance& near, const Agent* agent,
                       const std::optional<std::string>& index) const;
  void identify(Agent& agent, const Instance& from, const Instance* machine) const;

  const ReadInput& input_;
  Documents& documents_;
  Outcome out_;
  std::vector<Agent> agents_;
  std::vector<Holder> holders_;
  std::optional<Error> fault_;
};

void Reading::read_data() {
  std::map<std::string, ExternalAuth> external;
  for (const auto& one : documents_.data) {
    if (one.type == "coder_parameter") out_.parameters.push_back(parameter_of(*one.values));
    if (one.type == "coder_workspace_preset") out_.presets.push_back(preset_of(*one.values));
    if (one.type == "coder_external_auth" || one.type == "coder_git_auth") {
      const auto id = text(*one.values, "id");
      const bool optional = truth(*one.values, "optional");
      const auto [found, fresh] = external.try_emplace(id, ExternalAuth{id, optional});
      if (!fresh && !optional) found->second.optional = false;  // needed somewhere is needed
    }
    if (one.type == "coder_workspace_tags")
      if (const auto* tags = object_field(*one.values, "tags"))
        for (const auto& [key, value] : *tags) out_.workspace_tags.push_back({std::string(key), as_text(value)});
  }
  for (auto& [id, auth] : external) out_.external_auth.push_back(std::move(auth));
  std::ranges::sort(out_.parameters, {}, [](const Parameter& p) { return std::pair(p.order, p.name); });
  std::ranges::sort(out_.presets, {}, &Preset::name);
  std::ranges::sort(out_.workspace_tags, {}, &NamedValue::name);
}

void Reading::read_configuration() {
  const auto* root = root_configuration(documents_.plan);
  if (!root) return;
  if (const auto* variables = object_field(*root, "variables"))
    for (const auto& [name, declared] : *variables)
      if (const auto* object = declared.if_object()) out_.variables.push_back(variable_of(std::string(name), *object));
  if (const auto* calls = object_field(*root, "module_calls"))
    for (const auto& [name, value] : *calls)
      if (const auto* call = value.if_object()) out_.modules.push_back({text(*call, "source"), text(*call, "version_constraint"), std::string(name)});
}

Result<void> Reading::read_agents() {
  std::set<std::string> taken;
  for (const auto& one : documents_.managed) {
    if (one.type == "coder_ai_task") {
      out_.has_ai_task = true;
      out_.ai_task_app_id = text(*one.values, "app_id");
      if (const auto* sidebar = block(*one.values, "sidebar_app"); sidebar && out_.ai_task_app_id.empty()) out_.ai_task_app_id = text(*sidebar, "id");
    }
    out_.has_external_agent = out_.has_external_agent || one.type == "coder_external_agent";
    if (one.type != "coder_agent") continue;
    if (agents_.size() >= kMostAgents) return fail(Code::too_large, fmt::format("The template makes more than {} agents.", kMostAgents));
    auto agent = agent_of(*one.values, one.name);
    if (agent.name.find('_') != std::string::npos)
      return fail(Code::invalid, fmt::format("The agent name \"{}\" has an underscore: use hyphens instead, as in \"{}\".", agent.name, [&] {
                    auto fixed = agent.name;
                    std::ranges::replace(fixed, '_', '-');
                    return fixed;
                  }()));
    // With count or for_each the first keeps the plain name; the others are told apart by their index.
    if (!taken.insert(agent.name).second) {
      agent.name += "-" + one.index.value_or(std::to_string(agents_.size()));
      if (!taken.insert(agent.name).second)
        return fail(Code::invalid, fmt::format("The agent name \"{}\" appears more than once: give each agent its own.", agent.name));
    }
    holders_.push_back({&one, agents_.size()});
    agents_.push_back(std::move(agent));
  }
  return {};
}

Result<void> Reading::read_devcontainers() {
  for (const auto& one : documents_.managed) {
    if (one.type != "coder_devcontainer") continue;
    const auto* holder = holder_of(one, false);
    if (!holder) continue;
    auto& list = agents_[holder->agent].devcontainers;
    holders_.push_back({&one, holder->agent, list.size()});
    list.push_back(devcontainer_of(*one.values, one.name));
  }
  return {};
}

// The holder whose id the part names, or, before ids exist, the one that its expression refers to.
const Holder* Reading::holder_of(const Instance& part, bool with_devcontainers) const {
  const auto wanted = text(*part.values, "agent_id");
  for (const auto& holder : holders_) {
    if (wanted.empty() || (holder.devcontainer && !with_devcontainers)) continue;
    if (text(*holder.instance->values, holder.devcontainer ? "subagent_id" : "id") == wanted) return &holder;
  }
  const Holder* best = nullptr;
  int best_score = -1;
  for (const auto& target : documents_.references.targets(part.config, "agent_id")) {
    for (const auto& holder : holders_) {
      if (holder.instance->config != target.node || (holder.devcontainer && !with_devcontainers)) continue;
      const int score = (target.index && target.index == holder.instance->index ? 4 : 0) + (part.module == holder.instance->module ? 2 : 0) +
                        (part.index && part.index == holder.instance->index ? 1 : 0);
      if (score > best_score) {
        best = &holder;
        best_score = score;
      }
    }
  }
  return best;
}

Result<void> Reading::add_app(const Instance& one) {
  const auto* holder = holder_of(one, true);
  if (!holder) return {};
  auto app = app_of(*one.values, one.name);
  if (!valid_slug(app.slug))
    return fail(Code::invalid,
                fmt::format("The app slug \"{}\" is not valid: use lower-case letters, digits and single hyphens between them.", app.slug));
  auto& agent = agents_[holder->agent];
  (holder->devcontainer ? agent.devcontainers[*holder->devcontainer].apps : agent.apps).push_back(std::move(app));
  return {};
}

Result<void> Reading::read_parts() {
  for (const auto& one : documents_.managed) {
    if (one.type == "coder_app") TRY_OK(add_app(one));
    if (one.type == "coder_script") {
      const auto* holder = holder_of(one, true);
      if (!holder) continue;
      auto& agent = agents_[holder->agent];
      (holder->devcontainer ? agent.devcontainers[*holder->devcontainer].scripts : agent.scripts).push_back(script_of(*one.values));
    }
  }
  return {};
}

// coder_env in order of address; the agent's own `env` is the start.
Result<void> Reading::merge_environment() {
  std::vector<const Instance*> all;
  for (const auto& one : documents_.managed)
    if (one.type == "coder_env") all.push_back(&one);
  std::ranges::sort(all, {}, [](const Instance* i) { return i->address; });
  std::set<std::pair<const std::vector<NamedValue>*, std::string>> given;
  for (const auto* one : all) {
    const auto* holder = holder_of(*one, true);
    if (!holder) continue;
    auto& agent = agents_[holder->agent];
    auto& into = holder->devcontainer ? agent.devcontainers[*holder->devcontainer].environment : agent.environment;
    const auto name = text(*one->values, "name");
    const auto value = text(*one->values, "value");
    const auto strategy = text(*one->values, "merge_strategy", "replace");
    const bool again = !given.emplace(&into, name).second;
    if (again && strategy == "error")
      return fail(Code::invalid,
                  fmt::format("The environment variable \"{}\" is defined by more than one coder_env, and {} forbids that.", name, one->address));
    auto found = std::ranges::find(into, name, &NamedValue::name);
    if (found == into.end())
      into.push_back({name, value});
    else if (strategy == "append")
      found->value += ":" + value;
    else if (strategy == "prepend")
      found->value = value + ":" + found->value;
    else
      found->value = value;
  }
  return {};
}

// Among the instances of these resources, the one most plainly tied to the agent.
const Instance* Reading::pick(const std::vector<std::string>& configs, const Instance& near, const Agent* agent,
                              const std::optional<std::string>& index) const {
  const Instance* best = nullptr;
  int best_score = -1;
  for (const auto& one : documents_.managed) {
    if (std::ranges::find(configs, one.config) == configs.end()) continue;
    const bool carries = agent && (holds(*one.values, agent->token.reveal()) || holds(*one.values, agent->id));
    const int score = (carries ? 8 : 0) + (one.module == near.module ? 4 : 0) + (index && index == one.index ? 2 : 0) +
                      (near.index && near.index == one.index ? 1 : 0);
    if (score > best_score) {
      best = &one;
      best_score = score;
    }
  }
  return best;
}

const Instance* Reading::machine_of(const Instance& agent, const Agent& read) const {
  const auto users = documents_.references.nearest_users(agent.config);
  if (!users.empty()) {
    // On a stop the first by name decides even when it is gone; else a leftover, say a secret, would keep the agent
    // shown.
    if (input_.transition != Transition::start) return pick({users.front()}, agent, &read, {});
    for (const auto& user : users)
      if (const auto* found = pick({user}, agent, &read, {})) return found;
    return nullptr;
  }
  for (const auto& one : documents_.managed) {
    if (one.type != "coder_agent_instance") continue;
    const auto* holder = holder_of(one, false);
    if (!holder || holder->instance != &agent) continue;
    for (const auto& target : documents_.references.targets(one.config, "instance_id"))
      if (const auto* found = pick({target.node}, agent, &read, target.index)) return found;
  }
  return input_.transition == Transition::start ? &agent : nullptr;  // nothing uses it: it stands for itself
}

void Reading::identify(Agent& agent, const Instance& from, const Instance* machine) const {
  if (agent.auth == "token") return;
  for (const auto& one : documents_.managed) {
    if (one.type != "coder_agent_instance") continue;
    const auto* holder = holder_of(one, false);
    if (holder && holder->instance == &from) agent.instance_id = text(*one.values, "instance_id");
  }
  if (agent.instance_id.empty() && machine) agent.instance_id = instance_id_of(machine->type, *machine->values);
}

void Reading::place_agents() {
  std::map<const Instance*, std::vector<Agent>> placed;
  for (const auto& holder : holders_) {
    if (holder.devcontainer) continue;
    auto& agent = agents_[holder.agent];
    const auto* machine = machine_of(*holder.instance, agent);
    identify(agent, *holder.instance, machine);
    std::ranges::sort(agent.apps, {}, [](const App& a) { return std::pair(a.order, a.slug); });
    std::ranges::sort(agent.environment, {}, &NamedValue::name);
    if (machine) placed[machine].push_back(std::move(agent));
  }
  for (const auto& one : documents_.managed) {
    const auto mine = placed.find(&one);
    if (is_virtual(one.type) && mine == placed.end()) continue;
    Resource resource;
    resource.address = one.address;
    resource.type = one.type;
    resource.name = one.name;
    resource.module_path = one.module;
    resource.instance_type = instance_type_of(one.type, *one.values);
    if (mine != placed.end()) resource.agents = std::move(mine->second);
    std::ranges::sort(resource.agents, {}, [](const Agent& a) { return std::pair(a.order, a.name); });
    out_.resources.push_back(std::move(resource));
  }
}

void Reading::read_resource_metadata_if_unique() {
  std::set<std::string> taken;
  for (const auto& one : documents_.managed) {
    if (one.type != "coder_metadata") continue;
    const auto wanted = text(*one.values, "resource_id");
    const Instance* about = nullptr;
    for (const auto& other : documents_.managed)
      if (!wanted.empty() && &other != &one && text(*other.values, "id") == wanted) about = about && !is_virtual(about->type) ? about : &other;
    for (const auto& target : documents_.references.targets(one.config, "resource_id"))
      if (!about) about = pick({target.node}, one, nullptr, target.index);
    if (!about) continue;
    const auto resource = std::ranges::find(out_.resources, about->address, &Resource::address);
    if (resource == out_.resources.end()) continue;
    if (!taken.insert(about->address).second) {
      fault_ = fail(Code::invalid, fmt::format("The resource {} has more than one coder_metadata: keep one.", about->address)).error();
      return;
    }
    resource->hide = truth(*one.values, "hide");
    resource->icon = text(*one.values, "icon");
    resource->daily_cost = small(*one.values, "daily_cost");
    if (const auto* items = array_field(*one.values, "item"))
      for (const auto& item : *items)
        if (const auto* pair = item.if_object())
          resource->metadata.push_back({text(*pair, "key"), text(*pair, "value"), truth(*pair, "sensitive"), truth(*pair, "is_null")});
  }
}

void Reading::read_replacements() {
  const auto* plan = documents_.plan.if_object();
  const auto* changes = plan ? array_field(*plan, "resource_changes") : nullptr;
  if (!changes) return;
  for (const auto& item : *changes) {
    const auto* entry = item.if_object();
    const auto* change = entry ? object_field(*entry, "change") : nullptr;
    const auto type = entry ? text(*entry, "type") : std::string();
    if (!change || (type.starts_with("coder_") && !(input_.agents && type == "coder_agent"))) continue;
    const auto* actions = array_field(*change, "actions");
    if (!actions || (actions->size() == 1 && as_text(actions->front()) == "no-op")) continue;
    Replacement found{text(*entry, "address"), {}};
    if (const auto* paths = array_field(*change, "replace_paths")) {
      for (const auto& path : *paths) {
        std::string joined;
        if (const auto* parts = path.if_array()) {
          for (const auto& part : *parts) joined += (joined.empty() ? "" : ".") + as_text(part);
        } else {
          joined = as_text(path);
        }
        found.paths.push_back(std::move(joined));
      }
    }
    const bool renewed = actions->size() == 2 && found.paths.empty();  // tainted: replaced without a path to blame
    if (renewed) found.paths.push_back(text(*entry, "action_reason", "replace"));
    if (!found.paths.empty()) out_.replacements.push_back(std::move(found));
  }
}

Result<void> Reading::finish() {
  TRY_OK(names_once(out_.parameters, [](const Parameter& p) { return p.name; }, "coder_parameter names"));
  TRY_OK(names_once(out_.presets, [](const Preset& p) { return p.name; }, "coder_workspace_preset names"));
  const auto defaults = std::ranges::count(out_.presets, true, &Preset::is_default);
  if (defaults > 1)
    return fail(Code::invalid, fmt::format("a maximum of 1 coder_workspace_preset can be marked as default, but {} are set", defaults));
  std::set<std::string> slugs;
  for (const auto& resource : out_.resources)
    for (const auto& agent : resource.agents)
      for (const auto& app : agent.apps)
        if (!slugs.insert(app.slug).second)
          return fail(Code::invalid, fmt::format("The app slug \"{}\" appears more than once: slugs must be unique in a template.", app.slug));
  return storable(out_);
}

}  // namespace

Result<Outcome> read(const ReadInput& input) {
  TRY(documents, load(input));
  return Reading(input, documents).run();
}

bool needs_graph(std::string_view plan) {
  const auto parsed = parse_json(plan, "Terraform's plan");
  if (!parsed) return false;
  References references;
  if (const auto* root = root_configuration(*parsed)) references.add_configuration(*root);
  return references.has_open_locals();
}

Result<std::vector<Variable>> read_variables(std::string_view text) {
  TRY(document, parse_json(text, "Terraform's configuration"));
  const auto* object = document.if_object();
  const auto* root = object ? object_field(*object, "root_module") : nullptr;
  if (!root) root = root_configuration(document);
  std::vector<Variable> out;
  if (root)
    if (const auto* variables = object_field(*root, "variables"))
      for (const auto& [name, declared] : *variables)
        if (const auto* one = declared.if_object()) out.push_back(variable_of(std::string(name), *one));
  return out;
}

}  // namespace slipway::provisioner
