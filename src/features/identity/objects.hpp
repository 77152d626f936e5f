// Whoever proves to be a machine is no actor yet: its rows are read by the system, under one decision about the whole of it.
#pragma once
