#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/archive.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/config.hpp"
#include "cli/config_ssh.hpp"
#include "cli/parameters.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

// A folder of its own that goes with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("slipway-cli-" + Uuid::random().str());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST(Table, ColumnsAlignWhateverTheirLetters) {
  Table table({"name", "last built", "id"}, 2);
  table.add({"zoë", "1m ago", "a"});
  table.add({"漢字", "", "b"});
  table.add({"plain-name", "now", "c"});

  EXPECT_EQ(*table.text(), "NAME        LAST BUILT\nzoë         1m ago\n漢字\nplain-name  now\n");
}

TEST(Table, AskedColumnsComeInTheirOrderAndUnknownOnesAreNamed) {
  Table table({"name", "last built", "id"}, 2);
  table.add({"dev", "now", "7"});

  EXPECT_EQ(*table.text({"id,LAST_BUILT"}), "ID  LAST BUILT\n7   now\n");
  const auto wrong = table.text({"id,colour"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields.at(0).detail, "is one of: name, last built, id");
}

TEST(Table, ControlCharactersOfOthersDoNotReachTheTerminal) {
  Table table({"name"});
  table.add({"a\x1b]0;evil\x07\rb"});

  EXPECT_EQ(*table.text(), "NAME\na\\x1b]0;evil\\x07\\x0db\n");
}

TEST(Harmless, KeepsColoursOnlyWhenAsked) {
  EXPECT_EQ(harmless("\x1b[31mred\x1b[0m", true), "\x1b[31mred\x1b[0m");
  EXPECT_EQ(harmless("\x1b[31mred", true), "\x1b[31mred\x1b[0m");
  EXPECT_EQ(harmless("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(harmless("\x1b[2Jgone", true), "\\x1b[2Jgone");
  EXPECT_EQ(harmless("a\xc2\x9b"
                     "31m"),
            "a\\x9b31m");
  EXPECT_EQ(harmless("Zoë\t✔\n"), "Zoë\t✔\n");
}

TEST(Duration, HasTheTwoLargestUnits) {
  EXPECT_EQ(duration(Milliseconds(850)), "850ms");
  EXPECT_EQ(duration(Milliseconds(1250)), "1.2s");
  EXPECT_EQ(duration(Milliseconds(61000)), "1m1s");
  EXPECT_EQ(duration(Milliseconds(3600000)), "1h0m");
  EXPECT_EQ(duration(Milliseconds(90000000)), "1d1h");
  EXPECT_EQ(ago(kUnsetTime, system_clock().now()), "never");
}

TEST(ServerUrl, IsCompletedAndChecked) {
  EXPECT_EQ(*server_url("slipway.example.com/"), "https://slipway.example.com");
  EXPECT_EQ(*server_url("localhost:7080"), "http://localhost:7080");
  EXPECT_EQ(*server_url("http://10.0.0.1/base/"), "http://10.0.0.1/base");
  for (const char* wrong : {"", "ftp://x", "https://", "https://user:pw@host", "https://host?x=1", "two words"})
    EXPECT_FALSE(server_url(wrong)) << wrong;
}

TEST(Config, TheTokenIsForItsOwnerOnly) {
  Folder folder;
  const Config config(folder.path / "deep" / "slipway");
  folder.write("deep/slipway/token", "old");
  chmod((folder.path / "deep/slipway/token").c_str(), 0644);

  ASSERT_TRUE(config.write("token", "abc-secret"));

  EXPECT_EQ(config.read("token"), "abc-secret");
  EXPECT_EQ(fs::status(folder.path / "deep/slipway/token").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(folder.path / "deep/slipway").permissions(), fs::perms::owner_all);
  config.forget("token");
  EXPECT_EQ(config.read("token"), std::nullopt);
}

TEST(Parameters, FlagsAndFiles) {
  EXPECT_EQ(parse_parameter("a=b=c")->value, "b=c");
  EXPECT_FALSE(parse_parameter("novalue"));
  EXPECT_FALSE(parse_parameter("=x"));

  const auto file = parse_parameter_file("# sizes\ncpus: 4\nname: \"a: b\"\r\n\n---\nempty:\ncpus: 8\n");
  ASSERT_TRUE(file);
  EXPECT_EQ(*file, (std::vector<api::WorkspaceBuildParameter>{{"cpus", "8"}, {"name", "a: b"}, {"empty", ""}}));
  EXPECT_EQ(parse_parameter_file("ok: 1\nwhat\n").error().say, "Line 2 of the parameter file is not understood.");
}

TEST(Archive, PacksAFolderWithoutWhatIsNoSource) {
  Folder from, to;
  from.write("main.tf", "resource {}");
  from.write("build/run.sh", "#!/bin/sh\n");
  chmod((from.path / "build/run.sh").c_str(), 0755);
  for (const char* left_out : {".terraform/plugin", ".git/HEAD", "terraform.tfstate", "terraform.tfstate.backup"}) from.write(left_out, "x");
  fs::create_symlink("/etc/passwd", from.path / "link");

  const auto packed = pack_folder(from.path);
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->files, 2U);
  EXPECT_EQ(packed->skipped, std::vector<std::string>{"link"});
  EXPECT_EQ(pack_folder(from.path)->tar, packed->tar);

  ASSERT_TRUE(unpack_tar(packed->tar, to.path, false));
  EXPECT_EQ(to.read("main.tf"), "resource {}");
  EXPECT_NE(fs::status(to.path / "build/run.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
  EXPECT_EQ(unpack_tar(packed->tar, to.path, false).error().code, Code::conflict);
  EXPECT_TRUE(unpack_tar(packed->tar, to.path, true));
}

TEST(Archive, AFolderWithoutTemplateSaysWhatToDo) {
  Folder empty;
  empty.write("readme.md", "x");

  EXPECT_NE(pack_folder(empty.path).error().detail.find("--directory"), std::string::npos);
  EXPECT_FALSE(pack_folder(empty.path / "nowhere"));
}

std::string tar_with(const std::string& name, bool link) {
  std::string out;
  auto* tar = archive_write_new();
  archive_write_set_format_ustar(tar);
  archive_write_open(
      tar, &out, nullptr,
      [](archive*, void* to, const void* bytes, size_t size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
  auto* entry = archive_entry_new();
  archive_entry_set_pathname(entry, name.c_str());
  archive_entry_set_filetype(entry, link ? AE_IFLNK : AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  if (link) archive_entry_set_symlink(entry, "/etc");
  archive_entry_set_size(entry, link ? 0 : 1);
  archive_write_header(tar, entry);
  if (!link) archive_write_data(tar, "x", 1);
  archive_entry_free(entry);
  archive_write_close(tar);
  archive_write_free(tar);
  return out;
}

TEST(Archive, NothingLandsOutsideTheFolder) {
  Folder to;

  for (const char* name : {"../evil", "/evil", "a/../../evil", ".."}) EXPECT_FALSE(unpack_tar(tar_with(name, false), to.path / "in", true)) << name;
  EXPECT_FALSE(unpack_tar(tar_with("link", true), to.path / "in", true));
  EXPECT_FALSE(unpack_tar("no tar at all", to.path / "in", true));
  EXPECT_FALSE(fs::exists(to.path / "evil"));

  fs::create_directories(to.path / "in");
  fs::create_symlink(to.path / "target", to.path / "in/file");
  EXPECT_FALSE(unpack_tar(tar_with("file", false), to.path / "in", true));
  EXPECT_FALSE(fs::exists(to.path / "target"));
}

TEST(SshBlock, ComesGoesAndLeavesTheRestAlone) {
  const std::string own = "Host home\n  User me\n";
  const auto block = ssh_block(proxy_command("/opt/my tools/slipway", "", "ssh --stdio '%n'"), {}, {"ForwardAgent=yes"});
  EXPECT_NE(block.find("Host slipway.*\n  ForwardAgent yes\n  ProxyCommand '/opt/my tools/slipway' ssh --stdio '%n'\n"), std::string::npos);

  constexpr Markers kMarkers{.start = "# ------------START-SLIPWAY------------", .end = "# ------------END-SLIPWAY------------"};
  const auto with = with_block(own, block, kMarkers);
  ASSERT_TRUE(with);
  EXPECT_EQ(*with, own + "\n" + block);
  EXPECT_EQ(*with_block(*with, block, kMarkers), *with);
  EXPECT_EQ(*with_block(*with + "Host last\n", "", kMarkers), own + "Host last\n");
  EXPECT_EQ(*with_block("", block, kMarkers), block);
  EXPECT_FALSE(with_block("# ------------START-SLIPWAY------------\n", block, kMarkers));
  EXPECT_FALSE(with_block(block + block, block, kMarkers)) << "there twice";
}

TEST(Completion, OffersCommandsAndFlagsOfThePlaceItIsAt) {
  Program program;
  add_commands(program);

  EXPECT_EQ(program.complete({"templates", "versions", "p"}).words, std::vector<std::string>{"promote"});
  EXPECT_EQ(program.complete({"delete", "--or"}).words, std::vector<std::string>{"--orphan"});
  EXPECT_EQ(program.complete({"sho"}).words, std::vector<std::string>{"show"});
  EXPECT_EQ(program.complete({"rename", ""}).argument, "workspace");
  EXPECT_EQ(program.complete({"rename", "dev", ""}).argument, "new-name");
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_NE(completion_script(shell)->find("slipway __complete"), std::string::npos);
  EXPECT_FALSE(completion_script("tcsh"));
}

TEST(Help, OfEveryCommandIsReviewed) {
  Program program;
  add_commands(program);
  const auto path = fs::path(SLIPWAY_SOURCE_DIR) / "tests/golden/cli_help.txt";
  const auto help = program.all_help();
  if (const char* mode = std::getenv("SLIPWAY_GOLDEN"); mode && std::string(mode) == "write") std::ofstream(path) << help;
  std::ifstream in(path);
  const std::string golden{std::istreambuf_iterator<char>(in), {}};

  EXPECT_EQ(help, golden) << "Review the change, then write it with SLIPWAY_GOLDEN=write.";
}

}  // namespace
}  // namespace slipway::cli
