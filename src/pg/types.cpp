#include "pg/types.hpp"

#include <limits>

namespace slipway::pg {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr sys_days kEpoch = sys_days(std::chrono::year(2000) / 1 / 1);

}  // namespace

namespace wire {

void put_array_head(std::string& out, std::uint32_t element_type, std::size_t count, bool has_null) {
  put<std::int32_t>(out, count == 0 ? 0 : 1);
  put<std::int32_t>(out, has_null ? 1 : 0);
  put<std::uint32_t>(out, element_type);
  if (count == 0) return;
  put<std::int32_t>(out, static_cast<std::int32_t>(count));
  put<std::int32_t>(out, 1);
}

void set_length(std::string& out, std::size_t at) {
  const auto length = std::byteswap(static_cast<std::int32_t>(out.size() - at - 4));
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out.data() + at, &length, 4);
}

bool ArrayReader::open(std::string_view in) {
  if (in.size() < 12) return false;
  const auto dimensions = get<std::int32_t>(in);
  rest = in.substr(12);
  count = 0;
  if (dimensions == 0) return rest.empty();
  if (dimensions != 1 || rest.size() < 8) return false;
  const auto length = get<std::int32_t>(rest);
  rest.remove_prefix(8);
  // Every element takes at least the four bytes of its length.
  if (length < 0 || static_cast<std::size_t>(length) > rest.size() / 4) return false;
  count = static_cast<std::size_t>(length);
  return true;
}

bool ArrayReader::next(std::optional<std::string_view>& element) {
  if (rest.size() < 4) return false;
  const auto length = get<std::int32_t>(rest);
  rest.remove_prefix(4);
  element.reset();
  if (length < 0) return length == -1;
  if (static_cast<std::size_t>(length) > rest.size()) return false;
  element = rest.substr(0, static_cast<std::size_t>(length));
  rest.remove_prefix(static_cast<std::size_t>(length));
  return true;
}

}  // namespace wire

bool Codec<double>::decode(std::string_view in, double& value) {
  if (in.size() == 8) {
    value = std::bit_cast<double>(wire::get<std::uint64_t>(in));
    return true;
  }
  if (in.size() != 4) return false;
  value = std::bit_cast<float>(wire::get<std::uint32_t>(in));
  return true;
}

bool Codec<Json>::decode(std::string_view in, Json& value) {
  if (in.empty() || in.front() != '\1') return false;
  value.text.assign(in.substr(1));
  return true;
}

void Codec<Time>::encode(std::string& out, Time value) {
  std::int64_t micros;
  if (value == Time::max())
    micros = std::numeric_limits<std::int64_t>::max();
  else if (value == Time::min())
    micros = std::numeric_limits<std::int64_t>::min();
  else if (__builtin_sub_overflow(value.time_since_epoch().count(), Time(kEpoch).time_since_epoch().count(), &micros))
    micros = std::numeric_limits<std::int64_t>::min();
  wire::put(out, micros);
}

bool Codec<Time>::decode(std::string_view in, Time& value) {
  if (in.size() != 8) return false;
  const auto micros = wire::get<std::int64_t>(in);
  if (micros == std::numeric_limits<std::int64_t>::max())
    value = Time::max();
  else if (micros == std::numeric_limits<std::int64_t>::min())
    value = Time::min();
  else {
    // The server's years go some thirty beyond what fits after the change of epoch.
    std::int64_t since_1970;
    const bool beyond = __builtin_add_overflow(micros, Time(kEpoch).time_since_epoch().count(), &since_1970);
    value = beyond ? Time::max() : Time(Microseconds(since_1970));
  }
  return true;
}

void Codec<Date>::encode(std::string& out, Date value) { wire::put(out, static_cast<std::int32_t>((value - kEpoch).count())); }

bool Codec<Date>::decode(std::string_view in, Date& value) {
  if (in.size() != 4) return false;
  value = kEpoch + days(wire::get<std::int32_t>(in));
  return true;
}

}  // namespace slipway::pg
