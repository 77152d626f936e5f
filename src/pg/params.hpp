// The values of a statement's parameters, in binary format, in one buffer.
#pragma once

#include "pg/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::pg {

class Params {
 public:
  Params() = default;
  // Params::of(id, name, limit): all at once.
  template <class... T>
  static Params of(const T&... values) {
    Params made;
    made.ends_.reserve(sizeof...(T));
    (made.add(values), ...);
    return made;
  }

  template <class T>
  Params& add(const T& value) {
    Codec<T>::encode(bytes_, value);
    return close();
  }
  template <std::size_t N>
  Params& add(const char (&value)[N]) {
    return add(std::string_view(value));
  }
  template <class T>
  Params& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }
  Params& add(std::nullopt_t) { return add_null(); }
  Params& add_null() {
    ends_.push_back(kNull);
    return *this;
  }

  std::size_t size() const { return ends_.size(); }
  // For libpq: value i, null for SQL null. Valid until the next add().
  const char* data(std::size_t i) const { return ends_[i] == kNull ? nullptr : bytes_.data() + begin_of(i); }
  int length(std::size_t i) const { return ends_[i] == kNull ? 0 : static_cast<int>(ends_[i] - begin_of(i)); }

 private:
  static constexpr std::int64_t kNull = -1;
  Params& close() {
    ends_.push_back(static_cast<std::int64_t>(bytes_.size()));
    return *this;
  }
  std::int64_t begin_of(std::size_t i) const;

  std::string bytes_;
  std::vector<std::int64_t> ends_;
};

}  // namespace slipway::pg
