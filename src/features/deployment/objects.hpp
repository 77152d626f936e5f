// Settings of the deployment have no rows that are judged one by one.
#pragma once
