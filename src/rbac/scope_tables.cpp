#include "rbac/scope_tables.hpp"
#include "rbac/role_tables.hpp"

#include <algorithm>
#include <array>

namespace slipway::rbac {
namespace {

using A = Action;
using R = Resource;

struct Composite {
  std::string_view name;
  std::array<Line, 3> lines;
};
constexpr Composite kComposites[] = {
    {"coder:workspaces.create",
     {{{R::template_, {A::read, A::use}}, {R::workspace, {A::create, A::read, A::update, A::start, A::stop}}, {R::organization_member, A::read}}}},
    {"coder:workspaces.operate",
     {{{R::template_, A::read}, {R::workspace, {A::read, A::update, A::start, A::stop}}, {R::organization_member, A::read}}}},
    {"coder:workspaces.delete", {{{R::template_, {A::read, A::use}}, {R::workspace, {A::read, A::delete_}}, {R::organization_member, A::read}}}},
    {"coder:workspaces.access",
     {{{R::template_, A::read}, {R::workspace, {A::read, A::ssh, A::application_connect}}, {R::organization_member, A::read}}}},
    {"coder:templates.build", {{{R::template_, A::read}, {R::file, {A::create, A::read}}, {R::provisioner_jobs, A::read}}}},
    {"coder:templates.author", {{{R::template_, kCrud | A::view_insights}, {R::file, {A::create, A::read}}, {}}}},
    {"coder:apikeys.manage_self", {{{R::api_key, kCrud}, {}, {}}}},
};

// The low-level names anyone may request; "*" where the whole type may be asked for too.
constexpr Line kLowLevel[] = {
    {R::workspace, kCrud | ActionSet{A::ssh, A::start, A::stop, A::application_connect, A::any}},
    {R::template_, kCrud | ActionSet{A::use, A::any}},
    {R::api_key, kCrud | A::any},
    {R::file, {A::read, A::create, A::any}},
    {R::user, {A::read, A::read_personal, A::update_personal, A::any}},
    {R::user_secret, kCrud | A::any},
    {R::user_skill, kCrud | A::any},
    {R::organization, {A::read, A::update, A::delete_, A::any}},
    {R::inbox_notification, {A::read, A::update}},
    {R::chat_model_config, {A::read, A::share}},
};

void add_line(Permissions& out, const Line& line) {
  for_each_action(line.actions, [&](Action action) { out.push_back({false, line.type, action}); });
}

}  // namespace

bool special_scope(std::string_view name, Permissions& out) {
  if (name == "coder:all") {
    out.push_back({false, R::any, A::any});
    return true;
  }
  if (name == "coder:application_connect") {
    out.push_back({false, R::workspace, A::application_connect});
    return true;
  }
  if (name == "no_user_data") {
    add_all_except(out, {R::user});
    return true;
  }
  auto found = std::ranges::find(kComposites, name, &Composite::name);
  if (found == std::end(kComposites)) return false;
  for (const auto& line : found->lines) add_line(out, line);
  return true;
}

std::vector<std::string> catalogue() {
  std::vector<std::string> names{"coder:all", "coder:application_connect"};
  for (const auto& composite : kComposites) names.emplace_back(composite.name);
  for (const auto& line : kLowLevel) {
    Permissions permissions;
    add_line(permissions, line);
    for (const auto& permission : permissions) names.push_back(to_text(permission));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace slipway::rbac
