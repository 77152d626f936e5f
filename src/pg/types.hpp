// PostgreSQL's binary format to and from C++ types. Codec<T> names the type's OID and the OID of its array, appends the
// value to a buffer, and reads it back; decode() is false when the bytes cannot be a T.
// text, varchar, name, enums and json are std::string; jsonb is Json; bytea is Bytes; timestamptz is Time, where Time::max()
// is infinity and Time::min() is -infinity; an array is a std::vector, of std::optional where it may hold nulls.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::pg {

// The text of a jsonb value.
struct Json {
  std::string text;
  bool operator==(const Json&) const = default;
};
// The octets of a bytea value.
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};
using Date = std::chrono::sys_days;

namespace wire {

template <class U>
void put(std::string& out, U value) {
  if constexpr (std::endian::native == std::endian::little && sizeof(U) > 1) value = std::byteswap(value);
  char raw[sizeof(U)];
  std::memcpy(raw, &value, sizeof(U));
  out.append(raw, sizeof(U));
}

// Precondition: in.size() >= sizeof(U).
template <class U>
U get(std::string_view in) {
  U value;
  std::memcpy(&value, in.data(), sizeof(U));
  if constexpr (std::endian::native == std::endian::little && sizeof(U) > 1) value = std::byteswap(value);
  return value;
}

// One-dimensional arrays: the frame around the elements.
void set_length(std::string& out, std::size_t at);  // writes at `at` how many bytes follow its own four
void put_array_head(std::string& out, std::uint32_t element_type, std::size_t count, bool has_null);
struct ArrayReader {
  std::string_view rest;
  std::size_t count = 0;

  bool open(std::string_view in);                       // false: malformed, or not one-dimensional
  bool next(std::optional<std::string_view>& element);  // nothing in `element` is a null
};

}  // namespace wire

template <class T>
struct Codec;

template <class T, std::uint32_t Oid, std::uint32_t ArrayOid>
struct IntegerCodec {
  static constexpr std::uint32_t oid = Oid, array_oid = ArrayOid;
  static void encode(std::string& out, T value) { wire::put(out, value); }
  static bool decode(std::string_view in, T& value) {
    if (in.size() != sizeof(T)) return false;
    value = wire::get<T>(in);
    return true;
  }
};
template <>
struct Codec<std::int16_t> : IntegerCodec<std::int16_t, 21, 1005> {};
template <>
struct Codec<std::int32_t> : IntegerCodec<std::int32_t, 23, 1007> {};
template <>
struct Codec<std::int64_t> : IntegerCodec<std::int64_t, 20, 1016> {};

template <>
struct Codec<bool> {
  static constexpr std::uint32_t oid = 16, array_oid = 1000;
  static void encode(std::string& out, bool value) { out.push_back(value ? '\1' : '\0'); }
  static bool decode(std::string_view in, bool& value) {
    value = in == std::string_view("\1", 1);
    return in.size() == 1;
  }
};

template <>
struct Codec<double> {
  static constexpr std::uint32_t oid = 701, array_oid = 1022;
  static void encode(std::string& out, double value) { wire::put(out, std::bit_cast<std::uint64_t>(value)); }
  static bool decode(std::string_view in, double& value);  // reads float4 too
};

template <>
struct Codec<std::string_view> {  // parameters only
  static constexpr std::uint32_t oid = 25, array_oid = 1009;
  static void encode(std::string& out, std::string_view value) { out.append(value); }
};
template <>
struct Codec<const char*> : Codec<std::string_view> {};
template <>
struct Codec<std::string> : Codec<std::string_view> {
  static bool decode(std::string_view in, std::string& value) {
    value.assign(in);
    return true;
  }
};

template <>
struct Codec<Json> {
  static constexpr std::uint32_t oid = 3802, array_oid = 3807;
  static void encode(std::string& out, const Json& value) { out.push_back('\1'), out.append(value.text); }
  static bool decode(std::string_view in, Json& value);
};

template <>
struct Codec<Bytes> {
  static constexpr std::uint32_t oid = 17, array_oid = 1001;
  static void encode(std::string& out, const Bytes& value) { out.append(value.data); }
  static bool decode(std::string_view in, Bytes& value) {
    value.data.assign(in);
    return true;
  }
};

template <>
struct Codec<Uuid> {
  static constexpr std::uint32_t oid = 2950, array_oid = 2951;
  static void encode(std::string& out, const Uuid& value) { out.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()); }
  static bool decode(std::string_view in, Uuid& value) {
    if (in.size() != value.bytes.size()) return false;
    std::memcpy(value.bytes.data(), in.data(), in.size());
    return true;
  }
};
template <class Noun>
struct Codec<Id<Noun>> {
  static constexpr std::uint32_t oid = Codec<Uuid>::oid, array_oid = Codec<Uuid>::array_oid;
  static void encode(std::string& out, const Id<Noun>& value) { Codec<Uuid>::encode(out, value.uuid); }
  static bool decode(std::string_view in, Id<Noun>& value) { return Codec<Uuid>::decode(in, value.uuid); }
};

template <>
struct Codec<Time> {
  static constexpr std::uint32_t oid = 1184, array_oid = 1185;
  static void encode(std::string& out, Time value);
  static bool decode(std::string_view in, Time& value);
};
template <>
struct Codec<Date> {
  static constexpr std::uint32_t oid = 1082, array_oid = 1182;
  static void encode(std::string& out, Date value);
  static bool decode(std::string_view in, Date& value);
};

template <class T>
struct Codec<std::vector<T>> {
  static constexpr std::uint32_t oid = Codec<T>::array_oid;
  static void encode(std::string& out, const std::vector<T>& values) {
    wire::put_array_head(out, Codec<T>::oid, values.size(), false);
    for (const T& value : values) {
      const std::size_t at = out.size();
      wire::put<std::int32_t>(out, 0);
      Codec<T>::encode(out, value);
      wire::set_length(out, at);
    }
  }
  static bool decode(std::string_view in, std::vector<T>& values) {
    wire::ArrayReader reader;
    if (!reader.open(in)) return false;
    values.clear();
    values.reserve(reader.count);
    for (std::size_t i = 0; i < reader.count; ++i) {
      std::optional<std::string_view> element;
      T value{};
      if (!reader.next(element) || !element || !Codec<T>::decode(*element, value)) return false;
      values.push_back(std::move(value));
    }
    return true;
  }
};

template <class T>
struct Codec<std::vector<std::optional<T>>> {
  static constexpr std::uint32_t oid = Codec<T>::array_oid;
  static void encode(std::string& out, const std::vector<std::optional<T>>& values) {
    bool has_null = false;
    for (const auto& value : values) has_null = has_null || !value;
    wire::put_array_head(out, Codec<T>::oid, values.size(), has_null);
    for (const auto& value : values) {
      std::string element;
      if (value) Codec<T>::encode(element, *value);
      wire::put<std::int32_t>(out, value ? static_cast<std::int32_t>(element.size()) : -1);
      out.append(element);
    }
  }
  static bool decode(std::string_view in, std::vector<std::optional<T>>& values) {
    wire::ArrayReader reader;
    if (!reader.open(in)) return false;
    values.clear();
    values.reserve(reader.count);
    for (std::size_t i = 0; i < reader.count; ++i) {
      std::optional<std::string_view> element;
      if (!reader.next(element)) return false;
      auto& value = values.emplace_back();
      if (element && !Codec<T>::decode(*element, value.emplace())) return false;
    }
    return true;
  }
};

}  // namespace slipway::pg
