// No row of this feature is judged by itself: it deletes, by the duty that may.
#pragma once

#include "features/retention/gen/retention_sql.hpp"
