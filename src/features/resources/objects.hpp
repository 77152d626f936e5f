// What this feature's rows are to the policy: they are read by the right to their workspace or template, or by a list of those.
#pragma once

#include "features/resources/gen/resources_sql.hpp"
