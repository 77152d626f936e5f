// How many files, connections among them, the process may have open.
#pragma once

#include <cstdint>

namespace slipway {

// Raises the limit to what the machine allows: a server holds two descriptors for each connected agent, and shells give 1024.
// Once, before threads are started. Where that is refused the limit stays.
void raise_open_files();

// What the limit was before: for programs that we start, which may be slow, or use select(2), where it is high. 0: never raised.
std::uint64_t open_files_before();

}  // namespace slipway
