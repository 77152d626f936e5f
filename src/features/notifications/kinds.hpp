// The kinds of notification there are: one table, kinds.cpp, which the database is given at each start.
#pragma once

#include "base/ids.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace slipway::notifications {

enum class Kind {
  workspace_deleted,
  workspace_autobuild_failed,
  workspace_manual_build_failed,
  workspace_dormant,
  workspace_marked_for_deletion,
  workspace_updated_automatically,
  workspace_autostop_reminder,
  workspace_out_of_memory,
  workspace_out_of_disk,
  workspace_created,
  workspace_manually_updated,
  user_created,
  user_deleted,
  user_suspended,
  user_activated,
  your_account_suspended,
  your_account_activated,
  one_time_passcode,
  template_deleted,
  template_deprecated,
  builds_failed_report,
  prebuild_resource_replaced,
  prebuild_failure_limit,
  test,
  custom,
};

struct Action {
  std::string_view label, url;  // the address is a template that begins with {{base_url}}/
};

// Templates are written as render.hpp says.
struct KindRow {
  Kind kind;
  std::string_view id, name, group;
  std::string_view title, body;
  std::vector<Action> actions = {};
  bool on = true;       // for whoever did not say otherwise
  bool custom = false;  // people make them up
  bool urgent = false;  // is not held back for a digest or for quiet hours
};

// In the order of Kind.
std::span<const KindRow> kinds();
const KindRow& row_of(Kind kind);
Uuid id_of(Kind kind);
// Null: none of them.
const KindRow* kind_with(const Uuid& id);

}  // namespace slipway::notifications
