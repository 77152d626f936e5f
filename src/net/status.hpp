// What a server of our API means by an HTTP status: the other way round from http/status.cpp, for those who ask.
#pragma once

#include "base/result.hpp"

namespace slipway::net {

// Of a status that is no success. What stands for no Code of its own is the asker's fault below 500 (invalid) and the server's state from
// there on (unavailable): a proxy between the two has many numbers for that.
Code code_of(int status);

}  // namespace slipway::net
