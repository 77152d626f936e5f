// Nobody acts yet where a password was forgotten: this feature's rows are read before anyone is known, or written by the system.
#pragma once
