// Where the program keeps what it must remember: $XDG_CONFIG_HOME/slipway (else ~/.config/slipway), or as the face has it, one small file a
// value. The token is readable by its owner only.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/face.hpp"

namespace slipway::cli {

class Config {
 public:
  explicit Config(std::filesystem::path folder, const Face& face = kSlipway) : folder_(std::move(folder)), face_(face) {}
  // The usual place, from the environment.
  static std::filesystem::path usual_folder(const Face& face = kSlipway);

  std::optional<std::string> read(std::string_view name) const;  // "url", "token"; trimmed
  Result<void> write(std::string_view name, std::string_view value) const;
  void forget(std::string_view name) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path file(std::string_view name) const;

  std::filesystem::path folder_;
  Face face_;
};

// The value of the first of these variables that is set and not empty.
std::optional<std::string> environment(std::initializer_list<const char*> names);

// What a person typed as the server's address: https:// is added (http:// for this machine), the end is trimmed.
// Errors: invalid.
Result<std::string> server_url(std::string_view typed);

}  // namespace slipway::cli
