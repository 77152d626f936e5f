// What this feature's rows are to the policy.
#pragma once

#include "features/scheduling/gen/scheduling_sql.hpp"
#include "store/target.hpp"
