// A value that must not reach a log or an answer: no stream, no formatter, no conversion. reveal() is greppable.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace slipway {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace slipway
