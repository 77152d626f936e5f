// No row of this feature is judged by itself: keys are read and made by the duties that may.
#pragma once

#include "features/keys/gen/keys_sql.hpp"
