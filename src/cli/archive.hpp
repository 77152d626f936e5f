// A template's folder as the tar that the server takes, and back; and a zip for people.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace slipway::cli {

struct Packed {
  std::string tar;
  std::size_t files = 0;
  std::vector<std::string> skipped;  // links and the like, which the server would refuse
};

// Every regular file below `folder`, in order of path, without .terraform, .git and state files. Equal folders give
// equal bytes. Errors: invalid when the folder cannot be read or has no .tf file at its top.
Result<Packed> pack_folder(const std::filesystem::path& folder);

// A zip of these texts by name.
Result<std::string> zip_of(const std::vector<std::pair<std::string, std::string>>& files);

// Writes the files of a tar below `folder`; nothing ever lands outside it. Errors: invalid for an absolute path, "..",
// a link, or a file that exists already unless `overwrite`.
Result<std::size_t> unpack_tar(std::string_view tar, const std::filesystem::path& folder, bool overwrite);

}  // namespace slipway::cli
