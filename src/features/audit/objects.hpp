// This feature's rows are lists only: nothing of them is judged one by one.
#pragma once

#include "features/audit/gen/audit_sql.hpp"
