// What this feature's rows are to the policy.
#pragma once

#include "features/provisioning/gen/provisioning_sql.hpp"
#include "store/target.hpp"
