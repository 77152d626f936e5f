// What this feature's rows are to the policy.
#pragma once

#include "features/notifications/gen/notifications_sql.hpp"
