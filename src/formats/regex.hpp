// Regular expressions from people: matched in linear time, whatever they write. re2 is seen only by regex.cpp.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace slipway::formats {

class Regex {
 public:
  // Errors: invalid, naming what is wrong with the expression.
  static Result<Regex> compile(std::string_view expression);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  bool found_in(std::string_view text) const;  // anywhere, as parameter validation means it
  bool whole(std::string_view text) const;     // the whole text

 private:
  struct Impl;
  explicit Regex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::formats
