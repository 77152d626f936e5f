// What this feature's rows are to the policy: a monitor follows its agent's workspace.
#pragma once

#include "features/monitors/gen/monitors_sql.hpp"
