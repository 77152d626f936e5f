// What the agent keeps in memory while it waits.
#pragma once

namespace slipway::agent {

// Lets go of the program's own pages: what is needed again comes back from the page cache as it is touched. Nearly all of the
// code runs only at start-up (name resolution, TLS handshake, manifest, scripts), and most agents then idle for hours.
void let_go_of_start_up_code() noexcept;

}  // namespace slipway::agent
