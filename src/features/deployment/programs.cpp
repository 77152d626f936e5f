#include "features/deployment/programs.hpp"

#include "aio/blocking.hpp"
#include "base/version.hpp"
#include "crypto/hash.hpp"
#include "features/deployment/download.hpp"
#include "http/etag.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>

namespace slipway::deployment {

namespace {

// What plugins and start scripts ask for.
constexpr std::array<std::string_view, 7> kPlatforms{"linux-amd64",  "linux-arm64",       "linux-armv7",      "darwin-amd64",
                                                     "darwin-arm64", "windows-amd64.exe", "windows-arm64.exe"};

std::string own_platform() { return "linux-" + std::string(kArchitecture); }

namespace fs = std::filesystem;

// Callers beyond these are told to come back: anybody may ask, and each holds a connection.
constexpr std::size_t kDownloads = 1000, kDownloadsOfOneAddress = 64;

struct Binary {
  std::shared_ptr<const std::string> bytes;
  std::string etag;
};

std::string read_whole(std::ifstream& in, std::uintmax_t size) {
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// Every agent that starts asks, and anybody may: all who download a file at the same time share one copy of it, and its digest is
// taken once for the file as it is on disk. Any thread of the pool.
class Binaries {
 public:
  explicit Binaries(std::string folder) : folder_(std::move(folder)) {}

  fs::path folder() const { return folder_.empty() ? fs::read_symlink("/proc/self/exe").parent_path() : fs::path(folder_); }

  // Without its bytes when the caller holds them (`held` is an If-None-Match).
  Result<Binary> find(std::string_view name, std::string_view held) {
    const fs::path path = folder() / name;
    const std::lock_guard hold(lock_);
    std::ifstream in(path, std::ios::binary);
    if (!in)
      return fail(Code::not_found, fmt::format("{} is not installed beside the server.", name),
                  "Its administrator builds it with `./dev dist`, or points --bin-dir at its folder.");
    const auto written = fs::last_write_time(path);
    const auto size = fs::file_size(path);
    auto& known = known_[path.string()];
    const bool same = known.written == written && known.size == size && !known.etag.empty();
    if (same && http::names_etag(held, known.etag)) return Binary{.bytes = std::make_shared<const std::string>(), .etag = known.etag};
    if (auto bytes = known.bytes.lock(); bytes && same) return Binary{.bytes = std::move(bytes), .etag = known.etag};
    Binary read{.bytes = std::make_shared<const std::string>(read_whole(in, size)), .etag = known.etag};
    if (!same) read.etag = "\"" + crypto::sha1_hex(*read.bytes) + "\"";
    known = {written, size, read.etag, read.bytes};
    return read;
  }

 private:
  struct Known {
    fs::file_time_type written;
    std::uintmax_t size = 0;
    std::string etag;
    std::weak_ptr<const std::string> bytes;  // while somebody downloads them
  };
  std::string folder_;
  std::mutex lock_;
  std::map<std::string, Known> known_;
};

struct Shelf {
  explicit Shelf(std::string folder) : binaries(std::move(folder)) {}
  Binaries binaries;
  Downloads downloads{kDownloads, kDownloadsOfOneAddress};
};

Task<Result<http::Handled>> program(http::Call& call, Shelf& shelf) {
  const auto name = program_file(call.path("file"));
  if (name.empty()) co_return fail(Code::not_found, "No executable of that name for that platform.", "GET /bin/ lists those that there are.");
  const auto place = shelf.downloads.enter(call.client_ip());
  if (!place) {
    call.answer_headers().set("Retry-After", "5");
    co_return fail(Code::too_many, "Too many downloads run at once. Try again in a moment.");
  }
  const auto held = call.request().headers.get("If-None-Match");
  const auto load = [&] { return shelf.binaries.find(name, held); };
  CO_TRY(binary, co_await aio::blocking(load));
  co_return co_await send_file(call, {{"Content-Type", "application/octet-stream"}, {"ETag", binary.etag}}, *binary.bytes);
}

std::vector<std::string> programs_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto platform : kPlatforms) {
    std::error_code missing;
    const auto name = "coder-" + std::string(platform);
    if (fs::exists(folder / program_file(name), missing)) out.push_back(name);
  }
  return out;
}

Task<Result<http::Handled>> list(http::Call& call, Shelf& shelf) {
  const auto look = [&] { return programs_in(shelf.binaries.folder()); };
  std::string page = "<!doctype html>\n<title>Programs</title>\n<ul>\n";
  for (const auto& name : co_await aio::blocking(look)) page += fmt::format("<li><a href=\"/bin/{0}\">{0}</a></li>\n", name);
  page += "</ul>\n";
  co_return co_await send_file(call, {{"Content-Type", "text/html; charset=utf-8"}, {"Content-Security-Policy", "default-src 'none'"}}, page);
}

// For sh of any make, with nothing but curl or wget.
constexpr std::string_view kInstall = R"SH(#!/bin/sh
# Installs the command line of this deployment.
#   curl -fsSL @URL@/install.sh | sh -s -- [--prefix FOLDER] [--name NAME]
set -eu
url=@QUOTED@
prefix= name=slipway

usage() {
  echo "Installs the command line of $url."
  echo "  --prefix FOLDER  into FOLDER/bin: /usr/local for root, else ~/.local"
  echo "  --name NAME      slipway, or coder for what scripts for the existing API call"
}
fail() { echo "install.sh: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder"; prefix=$2; shift 2 ;;
    --prefix=*) prefix=${1#*=}; shift ;;
    --name) [ $# -gt 1 ] || fail "--name needs a name"; name=$2; shift 2 ;;
    --name=*) name=${1#*=}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "there is no $1" ;;
  esac
done
case $name in "" | */* | -*) fail "\"$name\" is no name of a program" ;; esac
if [ -z "$prefix" ]; then
  if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=$HOME/.local; fi
fi

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) fail "there is no program for $(uname -s)" ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  armv7* | armv8l) arch=armv7 ;;
  *) fail "there is no program for $(uname -m)" ;;
esac

mkdir -p "$prefix/bin" || fail "cannot make $prefix/bin: give another folder with --prefix"
new=$prefix/bin/.$name.$$
trap 'rm -f "$new"' EXIT
file=$url/bin/slipway-$os-$arch
if command -v curl >/dev/null 2>&1; then
  curl -fsSL --connect-timeout 15 -o "$new" "$file" || fail "cannot download $file"
elif command -v wget >/dev/null 2>&1; then
  wget -q -O "$new" "$file" || fail "cannot download $file"
else
  fail "this needs curl or wget"
fi
chmod 755 "$new"
version=$("$new" --version 2>/dev/null | head -n 1) || fail "what came from $file does not run here"
[ -n "$version" ] || fail "what came from $file does not run here"
mv -f "$new" "$prefix/bin/$name"
echo "Installed $prefix/bin/$name ($version)."
case :$PATH: in *":$prefix/bin:"*) ;; *) echo "Add $prefix/bin to your PATH." ;; esac
echo "Log in with: $name login $url"
)SH";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::string program_file(std::string_view asked) {
  std::string name(asked);
  std::ranges::replace(name, '_', '-');
  for (const std::string_view program : {"slipway-agent", "slipway", "coder"}) {
    if (!name.starts_with(program)) continue;
    auto platform = std::string_view(name).substr(program.size());
    if (platform.empty()) return program == "coder" ? "" : "slipway";
    if (!platform.starts_with('-')) continue;
    platform.remove_prefix(1);
    if (platform == own_platform()) return "slipway";
    if (std::ranges::find(kPlatforms, platform) != kPlatforms.end()) return "slipway-" + std::string(platform);
  }
  return {};
}

std::string install_script(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const auto quoted = "'" + replaced(url, "'", "'\\''") + "'";
  return replaced(replaced(std::string(kInstall), "@URL@", url), "@QUOTED@", quoted);
}

void add_program_routes(http::Routes& routes, std::string bin_dir, const std::string& access_url) {
  using http::Audit, http::Auth, http::Rate;
  const auto shelf = std::make_shared<Shelf>(std::move(bin_dir));
  routes.get<Auth::none, Audit::none, Rate::none>("/bin/{file}", [shelf](http::Call& call) { return program(call, *shelf); });
  routes.get<Auth::none, Audit::none, Rate::none>("/bin/", [shelf](http::Call& call) { return list(call, *shelf); });
  routes.get<Auth::none, Audit::none, Rate::none>("/install.sh", [script = install_script(access_url)](http::Call& call) {
    return send_file(call, {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-cache"}}, script);
  });
}

}  // namespace slipway::deployment
