// Whatever the bytes: an answer within the limits, and what was accepted survives a rewrite in either form.
#include "base/check.hpp"
#include "formats/archive.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  formats::ArchiveLimits limits;
  limits.entries = 100;
  limits.unpacked_bytes = 1 << 20;
  const auto entries = formats::read_archive(bytes, limits);
  if (!entries) return 0;
  for (const auto& entry : *entries) {
    check(!entry.path.empty() && !entry.path.starts_with('/'), "a relative path");
    check(("/" + entry.path + "/").find("/../") == std::string::npos, "a path that stays inside");
  }
  const auto again = formats::convert_archive(bytes, formats::ArchiveKind::tar, limits);
  if (again) check(formats::read_archive(*again, limits).has_value(), "our own tar is readable");
  return 0;
}
