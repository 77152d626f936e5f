// Template archives: uploaded once per person and content, read by their uploader and by whoever may change the template.
#pragma once

#include "base/ids.hpp"
#include "http/call.hpp"

namespace slipway::http {
class Routes;
}

namespace slipway::files {

// Stores an archive as the call's actor, or finds the same one stored before. `fresh` tells which. Errors: too_large beyond what one
// person may have lying unused.
struct Upload {
  FileId id;
  bool fresh = false;
};
Task<Result<Upload>> keep(http::Call& call, std::string mimetype, std::string data);
// The bytes of a file. Errors: not_found unless this actor uploaded it.
Task<Result<std::string>> read(http::Call& call, FileId id);

// Deletes archives of before that nothing was made of, so many at once; how many it were.
Task<Result<std::int64_t>> purge(http::Home& home, Time before, std::int32_t most);

void add_routes(http::Routes& routes);

}  // namespace slipway::files
