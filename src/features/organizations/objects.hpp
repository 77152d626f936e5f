// What this feature's rows are to the policy.
#pragma once

#include "features/organizations/gen/organizations_sql.hpp"
#include "store/target.hpp"
