// Files that hold secrets: who else may read one, and what is in it.
#pragma once

#include "base/result.hpp"

#include <sys/stat.h>
#include <string>
#include <vector>

namespace slipway::server {

struct Reader {
  unsigned user = 0;
  std::vector<unsigned> groups;
};
// Whether a file of this owner and mode may hold a secret. `mounted`: its place says that nobody else gets there.
bool may_hold_secret(const struct stat& file, const Reader& reader, bool mounted);

// A relative name is looked up in $CREDENTIALS_DIRECTORY, where there is one.
std::string secret_path(const std::string& name);
// Errors: a sentence with the command that mends it. Files of a projected volume (behind its "..data" link) and of
// $CREDENTIALS_DIRECTORY may be readable by all: whoever mounted them closed the folder.
Result<void> check_secret_file(const std::string& path);
// The text of any file. Errors: a sentence; never an exception, whatever is there.
Result<std::string> text_of_file(const std::string& path);
// Its text without the line's end. Errors: as above, and for a file that is not there or empty.
Result<std::string> read_secret(const std::string& name);

}  // namespace slipway::server
