#include "formats/archive.hpp"

#include "base/descriptor.hpp"
#include "base/system_error.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <unordered_map>

namespace slipway::formats {
namespace {

constexpr std::uint64_t kFreeOfRatio = 10ULL << 20;

struct ReadEnd {
  void operator()(::archive* a) const { ::archive_read_free(a); }
};
struct WriteEnd {
  void operator()(::archive* a) const { ::archive_write_free(a); }
};
struct EntryEnd {
  void operator()(::archive_entry* e) const { ::archive_entry_free(e); }
};
using Reader = std::unique_ptr<::archive, ReadEnd>;
using Writer = std::unique_ptr<::archive, WriteEnd>;

// libarchive turns names into the thread's multibyte form, and crashes where that cannot say them: make it UTF-8.
class Utf8Names {
 public:
  Utf8Names() : names_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(names_ ? ::uselocale(names_) : nullptr) {}
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (before_) ::uselocale(before_);
    if (names_) ::freelocale(names_);
  }

 private:
  ::locale_t names_;
  ::locale_t before_;
};

std::string problem(::archive* a) {
  const char* text = ::archive_error_string(a);
  return text ? text : "unknown";
}

std::string shown(std::string_view path) {
  std::string out;
  for (const char c : path.substr(0, 200)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

std::unexpected<Error> refuse(std::string_view path, std::string_view why) {
  return fail(Code::invalid, fmt::format("The archive's entry \"{}\" is refused: {}.", shown(path), why));
}

std::unexpected<Error> too_large(std::string_view what) { return fail(Code::too_large, fmt::format("The archive is too large: {}.", what)); }

std::unexpected<Error> broken(::archive* a) {
  auto error = fail(Code::invalid, "The archive cannot be read: it is damaged or not a plain tar or zip file.");
  error.error().why = problem(a);
  return error;
}

// The clean relative form of an entry's path; empty for the root itself.
Result<std::string> clean_path(std::string_view raw, const ArchiveLimits& limits) {
  if (raw.size() > limits.path_bytes) return refuse(raw, "its path is too long");
  if (raw.starts_with('/')) return refuse(raw, "its path is absolute");
  if (raw.find('\\') != std::string_view::npos) return refuse(raw, "its path has a backslash");
  if (raw.size() > 1 && raw[1] == ':') return refuse(raw, "its path names a drive");
  if (std::ranges::any_of(raw, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return refuse(raw, "its path has control characters");
  std::string out;
  std::size_t depth = 0;
  while (!raw.empty()) {
    const auto end = std::min(raw.find('/'), raw.size());
    const auto part = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse(out + "/..", "its path climbs out");
    if (part.size() > 255) return refuse(part, "a name in its path is too long");
    if (++depth > limits.depth) return refuse(out, "it lies too deep");
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

// Every path seen, files and the folders they imply, so that no name has two meanings.
class Names {
 public:
  Result<void> add(const std::string& path, bool directory) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) TRY_OK(note(path.substr(0, slash), true));
    return note(path, directory);
  }

 private:
  Result<void> note(std::string path, bool directory) {
    const auto [found, fresh] = directories_.try_emplace(std::move(path), directory);
    if (fresh || (directory && found->second)) return {};
    return refuse(found->first, "its name comes twice");
  }
  std::unordered_map<std::string, bool> directories_;
};

Result<std::string> read_bytes(::archive* a, std::uint64_t packed, std::uint64_t& total, const ArchiveLimits& limits) {
  std::string bytes;
  std::vector<char> buffer(64 << 10);
  while (true) {
    const auto got = ::archive_read_data(a, buffer.data(), buffer.size());
    if (got == 0) return bytes;
    if (got < 0) return broken(a);
    total += static_cast<std::uint64_t>(got);
    if (total > limits.unpacked_bytes) return too_large(fmt::format("its files add up to more than {} MiB", limits.unpacked_bytes >> 20));
    if (total > kFreeOfRatio && total / std::max<std::uint64_t>(packed, 1) > limits.ratio)
      return too_large("its files are far larger than the archive");
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

const char* path_of(::archive_entry* entry) {
  if (const char* utf8 = ::archive_entry_pathname_utf8(entry)) return utf8;
  return ::archive_entry_pathname(entry);
}

Result<void> check_type(::archive_entry* entry, std::string_view path) {
  if (::archive_entry_hardlink(entry) || ::archive_entry_hardlink_utf8(entry)) return refuse(path, "it is a link");
  const auto type = ::archive_entry_filetype(entry);
  if (type == AE_IFLNK || ::archive_entry_symlink(entry)) return refuse(path, "it is a link");
  if (type != AE_IFREG && type != AE_IFDIR) return refuse(path, "it is neither a file nor a folder");
  if (::archive_entry_is_encrypted(entry) > 0) return refuse(path, "it is encrypted");
  return {};
}

Result<Reader> open_reader(std::string_view bytes) {
  TRY(kind, archive_kind(bytes));
  Reader reader(::archive_read_new());
  if (kind == ArchiveKind::tar)
    ::archive_read_support_format_tar(reader.get());
  else
    ::archive_read_support_format_zip_seekable(reader.get());
  if (::archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return broken(reader.get());
  return reader;
}

}  // namespace

Result<ArchiveKind> archive_kind(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return ArchiveKind::zip;
  if (bytes.size() >= 512 && bytes.substr(257, 5) == "ustar") return ArchiveKind::tar;
  // An empty tar is blocks of zeros.
  if (bytes.size() >= 1024 && bytes.size() % 512 == 0 && bytes.find_first_not_of('\0') == std::string_view::npos) return ArchiveKind::tar;
  return fail(Code::invalid, "The file is neither a tar nor a zip archive.");
}

Result<void> read_archive(std::string_view bytes, const ArchiveLimits& limits, const std::function<Result<void>(ArchiveEntry)>& each) {
  const Utf8Names utf8;
  TRY(reader, open_reader(bytes));
  Names names;
  std::uint64_t total = 0;
  std::size_t count = 0;
  while (true) {
    ::archive_entry* header = nullptr;
    const int status = ::archive_read_next_header(reader.get(), &header);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return broken(reader.get());
    if (++count > limits.entries) return too_large(fmt::format("it has more than {} entries", limits.entries));

    const char* raw = path_of(header);
    if (!raw) return refuse("", "its name cannot be read");
    TRY_OK(check_type(header, raw));
    ArchiveEntry entry;
    TRY(path, clean_path(raw, limits));
    entry.directory = ::archive_entry_filetype(header) == AE_IFDIR;
    if (path.empty() && entry.directory) continue;
    if (path.empty()) return refuse(raw, "it has no name");
    entry.path = std::move(path);
    TRY_OK(names.add(entry.path, entry.directory));
    entry.executable = !entry.directory && (::archive_entry_perm(header) & 0100) != 0;
    if (!entry.directory) {
      TRY(content, read_bytes(reader.get(), bytes.size(), total, limits));
      entry.bytes = std::move(content);
    }
    TRY_OK(each(std::move(entry)));
  }
}

Result<std::vector<ArchiveEntry>> read_archive(std::string_view bytes, const ArchiveLimits& limits) {
  std::vector<ArchiveEntry> out;
  TRY_OK(read_archive(bytes, limits, [&](ArchiveEntry entry) -> Result<void> {
    out.push_back(std::move(entry));
    return {};
  }));
  return out;
}

Result<void> check_archive(std::string_view bytes, const ArchiveLimits& limits) {
  return read_archive(bytes, limits, [](const ArchiveEntry&) -> Result<void> { return {}; });
}

Result<std::optional<std::string>> file_in_archive(std::string_view bytes, std::string_view path, const ArchiveLimits& limits) {
  std::optional<std::string> found;
  TRY_OK(read_archive(bytes, limits, [&](ArchiveEntry entry) -> Result<void> {
    if (!entry.directory && entry.path == path) found = std::move(entry.bytes);
    return {};
  }));
  return found;
}

namespace {

std::unexpected<Error> io_failure(std::string_view what, std::string_view path) { return fail_system(fmt::format("{} {}", what, path), errno); }

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Opens the folder `path` below `root`, making what is missing; a link on the way is an error.
Result<Descriptor> enter(int root, std::string_view path) {
  Descriptor at(::fcntl(root, F_DUPFD_CLOEXEC, 3));
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const std::string part(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    if (::mkdirat(at.get(), part.c_str(), 0700) != 0 && errno != EEXIST) return io_failure("mkdir", part);
    Descriptor next(::openat(at.get(), part.c_str(), kFolderFlags));
    if (next.get() < 0) return io_failure("open folder", part);
    at = std::move(next);
  }
  return at;
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_failure("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> place(int root, const ArchiveEntry& entry) {
  if (entry.directory) {
    TRY(made, enter(root, entry.path));
    return {};
  }
  const auto slash = entry.path.rfind('/');
  const auto name = slash == std::string::npos ? entry.path : entry.path.substr(slash + 1);
  TRY(folder, enter(root, slash == std::string::npos ? std::string_view() : std::string_view(entry.path).substr(0, slash)));
  const Descriptor file(::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.executable ? 0700 : 0600));
  if (file.get() < 0) return io_failure("create", entry.path);
  return write_all(file.get(), entry.bytes, entry.path);
}

}  // namespace

Result<void> extract_archive(std::string_view bytes, const std::string& directory, const ArchiveLimits& limits) {
  const Descriptor root(::open(directory.c_str(), kFolderFlags));
  if (root.get() < 0) return io_failure("open", directory);
  return read_archive(bytes, limits, [&](const ArchiveEntry& entry) { return place(root.get(), entry); });
}

namespace {

la_ssize_t append(::archive*, void* into, const void* bytes, std::size_t count) {
  static_cast<std::string*>(into)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

Result<void> add_entry(::archive* writer, const ArchiveEntry& entry) {
  const std::unique_ptr<::archive_entry, EntryEnd> header(::archive_entry_new());
  ::archive_entry_set_pathname(header.get(), entry.directory ? (entry.path + "/").c_str() : entry.path.c_str());
  ::archive_entry_set_filetype(header.get(), entry.directory ? AE_IFDIR : AE_IFREG);
  ::archive_entry_set_perm(header.get(), entry.directory || entry.executable ? 0755 : 0644);
  ::archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.bytes.size()));
  ::archive_entry_set_mtime(header.get(), 315532800, 0);  // 1980-01-01, the oldest that zip can say
  if (::archive_write_header(writer, header.get()) < ARCHIVE_WARN) return fail_internal("archive header: " + problem(writer));
  if (!entry.bytes.empty() && ::archive_write_data(writer, entry.bytes.data(), entry.bytes.size()) < 0)
    return fail_internal("archive data: " + problem(writer));
  return {};
}

}  // namespace

Result<std::string> write_archive(ArchiveKind kind, const std::vector<ArchiveEntry>& entries) {
  const Utf8Names utf8;
  std::string out;
  const Writer writer(::archive_write_new());
  if (kind == ArchiveKind::tar)
    ::archive_write_set_format_pax_restricted(writer.get());
  else
    ::archive_write_set_format_zip(writer.get());
  ::archive_write_set_options(writer.get(), "hdrcharset=UTF-8");
  ::archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (::archive_write_open(writer.get(), &out, nullptr, append, nullptr) != ARCHIVE_OK)
    return fail_internal("archive open: " + problem(writer.get()));
  for (const auto& entry : entries) TRY_OK(add_entry(writer.get(), entry));
  if (::archive_write_close(writer.get()) != ARCHIVE_OK) return fail_internal("archive close: " + problem(writer.get()));
  return out;
}

Result<std::string> convert_archive(std::string_view bytes, ArchiveKind to, const ArchiveLimits& limits) {
  TRY(entries, read_archive(bytes, limits));
  return write_archive(to, entries);
}

}  // namespace slipway::formats
