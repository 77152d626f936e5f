// Inside tunnel only: what nghttp2 allocates with.
#pragma once

#include <nghttp2/nghttp2.h>

namespace slipway::tunnel {

// A session sets 16 KiB aside for frames on their way out, of which one that idles never uses more than the first bytes.
// From the heap those would be pages that are in memory already; large blocks are mapped on their own instead, so that an
// agent costs what its tunnel has touched. home: any.
nghttp2_mem page_memory();

}  // namespace slipway::tunnel
