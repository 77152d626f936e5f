// What this feature's rows are to the policy: nobody's but the server's own.
#pragma once

#include "features/tunnels/gen/tunnels_sql.hpp"
