// How the fixed roles are written down: lines of "type: actions", as prose_test.hpp reads them once more from words.
#pragma once

#include "rbac/permission.hpp"

#include <initializer_list>
#include <span>

namespace slipway::rbac {

struct Line {
  Resource type = Resource::unknown;
  ActionSet actions = {};
};
inline constexpr ActionSet kEvery{Action::any};  // the wildcard, future actions included
// What a dormant workspace still allows.
inline constexpr ActionSet kDormant{Action::read, Action::delete_,      Action::create,       Action::update,
                                    Action::stop, Action::create_agent, Action::delete_agent, Action::update_agent};

// Every action the type has today, by name.
constexpr Line every_action(Resource type) { return {type, actions_of(type)}; }

// Positive permissions of the lines, then of `*` on every type but the braces' ones.
void add(Permissions& to, std::initializer_list<Line> lines);
void add_read(Permissions& to, std::initializer_list<Resource> types);
void add_all_except(Permissions& to, std::initializer_list<Resource> types);
void add_negative(Permissions& to, std::initializer_list<Line> lines);

}  // namespace slipway::rbac
