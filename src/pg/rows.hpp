// What a statement returned. Owns libpq's result; get<T>() decodes a value from it. A value that is not what the generated
// code was made for (type, null) is our own bug and throws.
#pragma once

#include "pg/types.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

struct pg_result;

namespace slipway::pg {

class Rows {
 public:
  Rows() = default;
  explicit Rows(pg_result* owned);

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::size_t columns() const;
  std::size_t affected() const;  // rows inserted, updated, deleted or selected

  bool is_null(std::size_t row, std::size_t column) const;
  // The value's bytes, valid as long as this object; throws on null.
  std::string_view raw(std::size_t row, std::size_t column) const;
  // T may be std::optional<U>: nothing stands for null.
  template <class T>
  T get(std::size_t row, std::size_t column) const {
    if constexpr (requires { typename OptionalOf<T>::type; }) {
      if (is_null(row, column)) return std::nullopt;
      return get<typename OptionalOf<T>::type>(row, column);
    } else {
      T value{};
      if (!Codec<T>::decode(raw(row, column), value)) mismatch(row, column);
      return value;
    }
  }
  std::string_view name(std::size_t column) const;

 private:
  template <class T>
  struct OptionalOf {};
  template <class U>
  struct OptionalOf<std::optional<U>> {
    using type = U;
  };
  [[noreturn]] void mismatch(std::size_t row, std::size_t column) const;

  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace slipway::pg
