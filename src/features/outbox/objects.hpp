// No row of this feature is judged by itself: the outbox works by its duty.
#pragma once

#include "features/outbox/gen/outbox_sql.hpp"
