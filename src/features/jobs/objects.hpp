// What this feature's rows are to the policy.
#pragma once

#include "features/jobs/gen/jobs_sql.hpp"
#include "store/target.hpp"
