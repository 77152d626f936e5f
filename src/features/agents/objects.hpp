// What this feature's rows are to the policy: an agent's own right to its workspace opens them.
#pragma once

#include "features/agents/gen/agents_sql.hpp"
