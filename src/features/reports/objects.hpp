// What this feature's rows are to the policy.
#pragma once

#include "features/reports/gen/reports_sql.hpp"
#include "store/target.hpp"
