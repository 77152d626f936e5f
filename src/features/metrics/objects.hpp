// Numbers of the deployment are judged as a whole (debug_info), never row by row.
#pragma once
