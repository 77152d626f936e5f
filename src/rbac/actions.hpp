// The closed lists of the policy: resource types, actions, and which action a type knows.
// Every valid (type, action) pair has a number below 256, so that a set of pairs is four machine words.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace slipway::rbac {

// In the byte order of their names. `any` is the wildcard "*"; `unknown` is a name of no type of ours: only wildcards match it.
enum class Resource : std::uint8_t {
  ai_gateway_key,
  ai_model_price,
  ai_provider,
  ai_seat,
  aibridge_interception,
  api_key,
  assign_org_role,
  assign_role,
  audit_log,
  boundary_log,
  boundary_usage,
  chat,
  chat_model_config,
  chat_project,
  connection_log,
  crypto_key,
  debug_info,
  deployment_config,
  deployment_stats,
  file,
  group,
  group_member,
  idpsync_settings,
  inbox_notification,
  license,
  mcp_server_config,
  notification_message,
  notification_preference,
  notification_template,
  oauth2_app,
  oauth2_app_code_token,
  oauth2_app_secret,
  organization,
  organization_member,
  prebuilt_workspace,
  provisioner_daemon,
  provisioner_jobs,
  replicas,
  system,
  tailnet_coordinator,
  template_,
  usage_event,
  user,
  user_secret,
  user_skill,
  webpush_subscription,
  workspace,
  workspace_agent_devcontainers,
  workspace_agent_resource_monitor,
  workspace_build_orchestration,
  workspace_dormant,
  workspace_proxy,
  any,
  unknown,
};
inline constexpr std::size_t kResources = static_cast<std::size_t>(Resource::any);

enum class Action : std::uint8_t {
  create,
  read,
  update,
  delete_,
  share,
  use,
  view_insights,
  read_personal,
  update_personal,
  assign,
  unassign,
  start,
  stop,
  ssh,
  application_connect,
  create_agent,
  delete_agent,
  update_agent,
  any,
  unknown,
};
inline constexpr std::size_t kActions = static_cast<std::size_t>(Action::any);

// The name on the wire; "*" for any, "" for unknown.
std::string_view name_of(Resource type);
std::string_view name_of(Action action);
// Exact and case-sensitive; "*" gives any, a name not in the list gives unknown.
Resource resource_named(std::string_view name);
Action action_named(std::string_view name);

// A set of actions, the wildcard among them if wanted.
struct ActionSet {
  std::uint32_t bits = 0;

  constexpr ActionSet() = default;
  // An unknown action is in no set.
  constexpr ActionSet(Action action) : bits(action == Action::unknown ? 0 : std::uint32_t{1} << static_cast<unsigned>(action)) {}
  constexpr ActionSet(std::initializer_list<Action> actions) {
    for (auto action : actions) bits |= ActionSet(action).bits;
  }
  constexpr bool has(Action action) const { return (bits & ActionSet(action).bits) != 0; }
  // As an access list means it: the action itself or the wildcard is listed.
  constexpr bool grants(Action action) const { return (bits & (ActionSet(action).bits | ActionSet(Action::any).bits)) != 0; }
  constexpr bool empty() const { return bits == 0; }
  constexpr ActionSet without(ActionSet other) const {
    ActionSet left;
    left.bits = bits & ~other.bits;
    return left;
  }
  constexpr ActionSet& operator|=(ActionSet other) {
    bits |= other.bits;
    return *this;
  }
  friend constexpr ActionSet operator|(ActionSet a, ActionSet b) { return a |= b; }
  friend constexpr bool operator==(ActionSet, ActionSet) = default;
};

inline constexpr ActionSet kCrud{Action::create, Action::read, Action::update, Action::delete_};

namespace detail {

constexpr std::array<ActionSet, kResources> table_of_actions() {
  using R = Resource;
  using A = Action;
  std::array<ActionSet, kResources> table{};
  auto set = [&table](std::initializer_list<Resource> types, ActionSet actions) {
    for (auto type : types) table[static_cast<std::size_t>(type)] = actions;
  };
  set({R::ai_gateway_key, R::ai_provider, R::api_key, R::crypto_key, R::group, R::notification_message, R::oauth2_app, R::oauth2_app_secret,
       R::organization, R::organization_member, R::provisioner_daemon, R::system, R::tailnet_coordinator, R::user_secret, R::user_skill,
       R::workspace_build_orchestration, R::workspace_proxy},
      kCrud);
  set({R::chat, R::chat_model_config, R::chat_project, R::mcp_server_config}, kCrud | A::share);
  set({R::template_}, kCrud | A::use | A::view_insights);
  set({R::user}, kCrud | A::read_personal | A::update_personal);
  set({R::assign_org_role}, kCrud | A::assign | A::unassign);
  set({R::workspace, R::workspace_dormant},
      kCrud | ActionSet{A::start, A::stop, A::ssh, A::application_connect, A::create_agent, A::delete_agent, A::update_agent, A::share});
  set({R::aibridge_interception, R::inbox_notification, R::provisioner_jobs, R::usage_event, R::workspace_agent_resource_monitor},
      {A::create, A::read, A::update});
  set({R::boundary_log, R::license, R::oauth2_app_code_token, R::webpush_subscription}, {A::create, A::read, A::delete_});
  set({R::boundary_usage}, {A::read, A::update, A::delete_});
  set({R::assign_role}, {A::assign, A::unassign, A::read});
  set({R::ai_seat, R::audit_log, R::file}, {A::create, A::read});
  set({R::ai_model_price, R::connection_log, R::deployment_config, R::idpsync_settings, R::notification_preference, R::notification_template},
      {A::read, A::update});
  set({R::prebuilt_workspace}, {A::update, A::delete_});
  set({R::debug_info, R::deployment_stats, R::group_member, R::replicas}, A::read);
  set({R::workspace_agent_devcontainers}, A::create);
  return table;
}
inline constexpr auto kTable = table_of_actions();

constexpr std::array<std::uint8_t, kResources + 1> first_pairs() {
  std::array<std::uint8_t, kResources + 1> first{};
  unsigned next = 0;
  for (std::size_t i = 0; i < kResources; ++i) {
    first[i] = static_cast<std::uint8_t>(next);
    next += static_cast<unsigned>(std::popcount(kTable[i].bits));
  }
  first[kResources] = static_cast<std::uint8_t>(next);
  return first;
}
inline constexpr auto kFirstPair = first_pairs();

}  // namespace detail

inline constexpr std::size_t kPairs = detail::kFirstPair[kResources];
static_assert(kResources == 52 && kActions == 18 && kPairs == 188);

// Every action of a type; none for the two pseudo types.
constexpr ActionSet actions_of(Resource type) { return type < Resource::any ? detail::kTable[static_cast<std::size_t>(type)] : ActionSet{}; }
constexpr bool valid(Resource type, Action action) { return action < Action::any && actions_of(type).has(action); }

// The number of a valid pair, 0 to 187. Ask valid() first.
constexpr unsigned pair_number(Resource type, Action action) {
  auto below = ActionSet(action).bits - 1;
  return detail::kFirstPair[static_cast<std::size_t>(type)] + static_cast<unsigned>(std::popcount(actions_of(type).bits & below));
}

// `license:update` does not compile where this is required.
template <Resource R, Action A>
concept ValidPair = valid(R, A);

// Calls f(type) for each of the 52, f(type, action) for each of the 188.
template <class F>
constexpr void for_each_type(F&& f) {
  for (std::size_t i = 0; i < kResources; ++i) f(static_cast<Resource>(i));
}
template <class F>
constexpr void for_each_action(ActionSet set, F&& f) {
  for (std::size_t i = 0; i <= kActions; ++i)
    if (set.has(static_cast<Action>(i))) f(static_cast<Action>(i));
}
template <class F>
constexpr void for_each_pair(F&& f) {
  for_each_type([&](Resource type) { for_each_action(actions_of(type), [&](Action action) { f(type, action); }); });
}

}  // namespace slipway::rbac
