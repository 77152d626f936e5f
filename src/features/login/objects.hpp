// Nobody acts yet where somebody signs in: this feature's rows are read before anyone is known, or written by the system.
#pragma once
