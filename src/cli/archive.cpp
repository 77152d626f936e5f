#include "cli/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <fstream>
#include <sstream>

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

struct ReadFree {
  void operator()(archive* a) const { archive_read_free(a); }
};
struct WriteFree {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct EntryFree {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

bool is_left_out(const fs::path& name) {
  const auto text = name.string();
  return text == ".terraform" || text == ".git" || text == ".terragrunt-cache" || text.ends_with(".tfstate") ||
         text.find(".tfstate.") != std::string::npos;
}

Result<std::vector<fs::path>> files_below(const fs::path& folder, std::vector<std::string>& skipped) {
  std::error_code error;
  std::vector<fs::path> out;
  auto at = fs::recursive_directory_iterator(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (is_left_out(at->path().filename())) {
      at.disable_recursion_pending();
    } else if (at->is_symlink(error) || (!at->is_regular_file(error) && !at->is_directory(error))) {
      skipped.push_back(at->path().lexically_relative(folder).generic_string());
      at.disable_recursion_pending();
    } else if (at->is_regular_file(error)) {
      out.push_back(at->path().lexically_relative(folder));
    }
  }
  if (error) return fail(Code::invalid, fmt::format("Cannot read the folder {}.", folder.string()), error.message());
  std::ranges::sort(out);
  return out;
}

la_ssize_t append(archive*, void* out, const void* bytes, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Result<std::string> file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", path.string()));
  return std::move(text).str();
}

std::unexpected<Error> refused(const std::string& name, const char* why) {
  return fail(Code::invalid, fmt::format("The archive holds \"{}\", which {}.", name, why), "Nothing of it was written.");
}

struct Member {
  fs::path path;
  std::string text;
  bool executable = false;
};

Result<void> add_member(archive* to, const std::string& name, const std::string& text, bool executable) {
  std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
  archive_entry_set_pathname_utf8(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), executable ? 0755 : 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(to, entry.get()) != ARCHIVE_OK || archive_write_data(to, text.data(), text.size()) < 0)
    return fail(Code::invalid, fmt::format("Cannot pack {}.", name), archive_error_string(to));
  return {};
}

Result<std::vector<Member>> members_of(std::string_view tar) {
  std::unique_ptr<archive, ReadFree> in(archive_read_new());
  archive_read_support_format_tar(in.get());
  if (archive_read_open_memory(in.get(), tar.data(), tar.size()) != ARCHIVE_OK) return fail(Code::invalid, "The server's answer is no tar.");
  std::vector<Member> out;
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = archive_read_next_header(in.get(), &entry)) == ARCHIVE_OK) {
    const std::string name = archive_entry_pathname(entry) ? archive_entry_pathname(entry) : "";
    const auto path = fs::path(name).lexically_normal();
    if (path.empty() || path.is_absolute() || *path.begin() == "..") return refused(name, "would land outside the folder");
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) return refused(name, "is a link or a device");
    std::string text(static_cast<std::size_t>(std::max<la_int64_t>(0, archive_entry_size(entry))), '\0');
    if (archive_read_data(in.get(), text.data(), text.size()) != static_cast<la_ssize_t>(text.size())) break;
    out.push_back({path, std::move(text), (archive_entry_perm(entry) & 0100) != 0});
  }
  if (status != ARCHIVE_EOF) return fail(Code::invalid, "The archive is damaged.");
  return out;
}

}  // namespace

Result<Packed> pack_folder(const fs::path& folder) {
  Packed out;
  TRY(files, files_below(folder, out.skipped));
  if (std::ranges::none_of(
          files, [](const fs::path& file) { return !file.has_parent_path() && (file.extension() == ".tf" || file.string().ends_with(".tf.json")); }))
    return fail(Code::invalid, fmt::format("{} holds no template: there is no .tf file in it.", folder.string()),
                "Give the folder with --directory, or start with: slipway templates init");
  std::unique_ptr<archive, WriteFree> tar(archive_write_new());
  archive_write_set_format_pax_restricted(tar.get());
  archive_write_set_bytes_per_block(tar.get(), 0);
  archive_write_open(tar.get(), &out.tar, nullptr, append, nullptr);
  for (const auto& file : files) {
    TRY(text, file_text(folder / file));
    std::error_code ignored;
    const bool executable = (fs::status(folder / file, ignored).permissions() & fs::perms::owner_exec) != fs::perms::none;
    TRY_OK(add_member(tar.get(), file.generic_string(), text, executable));
    ++out.files;
  }
  archive_write_close(tar.get());
  return out;
}

Result<std::string> zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out;
  std::unique_ptr<archive, WriteFree> zip(archive_write_new());
  archive_write_set_format_zip(zip.get());
  archive_write_set_bytes_per_block(zip.get(), 0);
  archive_write_open(zip.get(), &out, nullptr, append, nullptr);
  for (const auto& [name, text] : files) TRY_OK(add_member(zip.get(), name, text, false));
  archive_write_close(zip.get());
  return out;
}

Result<std::size_t> unpack_tar(std::string_view tar, const fs::path& folder, bool overwrite) {
  TRY(members, members_of(tar));
  std::error_code error;
  for (const auto& member : members)
    if (!overwrite && fs::exists(folder / member.path, error))
      return fail(Code::conflict, fmt::format("{} exists already.", (folder / member.path).string()),
                  "Choose another folder, or overwrite with --yes.");
  for (const auto& member : members) {
    const auto path = folder / member.path;
    fs::create_directories(path.parent_path(), error);
    if (fs::is_symlink(path, error)) return refused(member.path.string(), "is a link in that folder");
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << member.text;
    out.close();
    if (!out) return fail(Code::invalid, fmt::format("Cannot write {}.", path.string()));
    if (member.executable)
      fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add, error);
  }
  return members.size();
}

}  // namespace slipway::cli
