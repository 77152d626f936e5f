// Tar and zip, read from memory under limits. An archive from outside is hostile: no links, devices, absolute or
// climbing paths, no name twice, bounded count, size and ratio. libarchive is seen only by archive.cpp.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::formats {

struct ArchiveLimits {
  std::size_t entries = 10000;
  std::uint64_t unpacked_bytes = 100ULL << 20;
  std::uint64_t ratio = 200;  // unpacked to packed, counted above the first 10 MiB unpacked
  std::size_t path_bytes = 1024;
  std::size_t depth = 64;
};

enum class ArchiveKind { tar, zip };

struct ArchiveEntry {
  std::string path;   // clean and relative: "modules/a/main.tf"
  std::string bytes;  // empty for a directory
  bool directory = false;
  bool executable = false;
};

// What the bytes are, by their first ones; nothing when neither. Gzipped tar is not taken.
Result<ArchiveKind> archive_kind(std::string_view bytes);

// Calls `each` in archive order; it may stop by returning an error. Errors: invalid with a sentence naming the entry,
// too_large when a limit is passed.
Result<void> read_archive(std::string_view bytes, const ArchiveLimits& limits, const std::function<Result<void>(ArchiveEntry)>& each);
Result<std::vector<ArchiveEntry>> read_archive(std::string_view bytes, const ArchiveLimits& limits = {});
Result<void> check_archive(std::string_view bytes, const ArchiveLimits& limits = {});

// One file's content, or nothing.
Result<std::optional<std::string>> file_in_archive(std::string_view bytes, std::string_view path, const ArchiveLimits& limits = {});

// Writes into an existing directory that is ours, never following a link; files 0600 (0700 when executable), folders 0700.
Result<void> extract_archive(std::string_view bytes, const std::string& directory, const ArchiveLimits& limits = {});

// Deterministic: entries in the order given, fixed times and owners.
Result<std::string> write_archive(ArchiveKind kind, const std::vector<ArchiveEntry>& entries);
Result<std::string> convert_archive(std::string_view bytes, ArchiveKind to, const ArchiveLimits& limits = {});

}  // namespace slipway::formats
