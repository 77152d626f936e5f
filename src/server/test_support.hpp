// What tests of settings need: variables and files for as long as a test runs, and programs parsed as from a command line.
#pragma once

#include "base/ids.hpp"
#include "server/config.hpp"
#include "server/provisioner_daemon.hpp"

#include <sys/stat.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace slipway::server {

// Sets variables for as long as it lives; the test's own environment is left out of it.
class Variables {
 public:
  explicit Variables(const std::vector<std::pair<std::string, std::string>>& all) {
    for (const auto& [name, value] : all) {
      ::setenv(name.c_str(), value.c_str(), 1);
      names_.push_back(name);
    }
  }
  ~Variables() {
    for (const auto& name : names_) ::unsetenv(name.c_str());
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::vector<std::string> names_;
};

class File {
 public:
  File(const std::string& name, const std::string& text, unsigned mode)
      : path_(std::filesystem::temp_directory_path() / (Uuid::random().str() + name)) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <class Parse>
auto parsed(Parse parse, std::vector<std::string> words) {
  std::vector<const char*> argv = {"slipwayd"};
  for (const auto& word : words) argv.push_back(word.c_str());
  return parse(static_cast<int>(argv.size()), argv.data());
}
inline auto server_with(std::vector<std::string> words) { return parsed(parse_config, std::move(words)); }
inline auto daemon_with(std::vector<std::string> words) { return parsed(parse_daemon_config, std::move(words)); }

}  // namespace slipway::server
