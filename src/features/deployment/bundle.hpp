// The dashboard's files in the forms that the build made of each: compressed where that is worth it, and then not plain too. Any loop.
#pragma once

#include "base/assets.hpp"
#include "http/coding.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace slipway::deployment {

class Bundle {
 public:
  // "x.js.gz" and "x.js.br" among them are forms of x.js. The bytes are the program's own.
  explicit Bundle(Assets files);

  struct File {
    std::string path;
    std::string_view plain, gzip, brotli;  // one at least; plain is empty where gzip is not
    std::string tag;                       // its name where that changes with its content, else a digest of it
  };
  // Null: there is none of that name.
  const File* find(std::string_view path) const;

  // One form of a file, as it goes out.
  struct Form {
    std::string_view bytes;
    http::Coding coding = http::Coding::plain;
    std::string etag;                            // each form has its own
    std::shared_ptr<const std::string> plain{};  // what bytes look into, where that had to be made
  };
  // By what the caller takes. Unpacking, for callers that take nothing compressed, takes milliseconds: `is_ready` is false then, and
  // form() belongs on a pool. All who ask at the same time share what was unpacked.
  static bool is_ready(const File& file, const net::Headers& asked);
  Result<Form> form(const File& file, const net::Headers& asked);
  // Are there forms of it to choose from?
  static bool varies(const File& file) { return !file.gzip.empty() || !file.brotli.empty(); }

 private:
  std::map<std::string, File, std::less<>> files_;
  std::mutex lock_;
  std::map<std::string_view, std::weak_ptr<const std::string>> unpacked_;
};

}  // namespace slipway::deployment
