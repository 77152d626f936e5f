// No row of this feature is judged by itself: a quota follows its user.
#pragma once

#include "features/quotas/gen/quotas_sql.hpp"
