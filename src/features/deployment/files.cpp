// The dashboard and the executables. Assets with a hash in their name never change; everything else is asked for anew.
#include "aio/blocking.hpp"
#include "crypto/hash.hpp"
#include "features/deployment/deployment.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace slipway::deployment {

namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self'; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

std::string_view type_of(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {{".html", "text/html; charset=utf-8"},
                                                                      {".js", "text/javascript; charset=utf-8"},
                                                                      {".css", "text/css; charset=utf-8"},
                                                                      {".svg", "image/svg+xml"},
                                                                      {".png", "image/png"},
                                                                      {".ico", "image/x-icon"},
                                                                      {".woff2", "font/woff2"},
                                                                      {".json", "application/json; charset=utf-8"},
                                                                      {".webmanifest", "application/manifest+json"},
                                                                      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

const Asset* find(Assets assets, std::string_view path) {
  const auto found = std::ranges::find(assets, path, &Asset::path);
  return found == assets.end() ? nullptr : &*found;
}

Task<Result<http::Raw>> page(http::Call& call, Assets dashboard) {
  std::string_view path = call.request().path;
  if (path.starts_with("/api/") || path == "/api" || path.starts_with("/bin/")) co_return fail(Code::not_found, "Route not found.");
  while (path.starts_with('/')) path.remove_prefix(1);
  const Asset* asset = find(dashboard, path);
  if (!asset && path.starts_with("assets/")) co_return fail(Code::not_found, "Route not found.");
  if (!asset) asset = find(dashboard, "index.html");
  if (!asset) co_return fail(Code::not_found, "This build has no dashboard. Build it with: npm --prefix web run build");
  net::Response response{.status = 200, .headers = {{"Content-Type", type_of(asset->path)}}, .body = std::string(asset->bytes)};
  response.headers.set("Content-Security-Policy", kPolicy);
  response.headers.set("Cache-Control", asset->path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  co_return http::Raw{std::move(response)};
}

// "coder-linux-amd64" and "slipway-linux-amd64" are the command line; the agent goes by the names that init scripts ask for.
std::string_view executable_named(std::string_view name) {
  if (name == "slipway-linux-amd64" || name == "slipway") return "slipway";
  if (name == "slipway-agent-linux-amd64" || name == "slipway-agent" || name == "coder-linux-amd64") return "slipway-agent";
  return {};
}

namespace fs = std::filesystem;

struct Binary {
  std::string bytes, etag;
};

std::string read_whole(std::ifstream& in, std::uintmax_t size) {
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// Every agent that starts asks, and anybody may: a digest is taken once for a file as it is on disk. Any thread of the pool.
class Digests {
 public:
  std::optional<std::string> find(const fs::path& path, fs::file_time_type written, std::uintmax_t size) {
    const std::lock_guard hold(lock_);
    const auto found = known_.find(path.string());
    if (found == known_.end() || found->second.written != written || found->second.size != size) return std::nullopt;
    return found->second.etag;
  }
  void keep(const fs::path& path, fs::file_time_type written, std::uintmax_t size, std::string etag) {
    const std::lock_guard hold(lock_);
    known_[path.string()] = {written, size, std::move(etag)};
  }

 private:
  struct Known {
    fs::file_time_type written;
    std::uintmax_t size = 0;
    std::string etag;
  };
  std::mutex lock_;
  std::map<std::string, Known> known_;
};

// Without its bytes when the caller has them already.
Result<Binary> read_binary(Digests& digests, const std::string& folder, std::string_view name, std::string_view held) {
  const fs::path path = (folder.empty() ? fs::read_symlink("/proc/self/exe").parent_path() : fs::path(folder)) / name;
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::not_found, fmt::format("{} is not installed beside the server.", name), "Build it, or point --bin-dir at its folder.");
  const auto written = fs::last_write_time(path);
  const auto size = fs::file_size(path);
  const auto known = digests.find(path, written, size);
  if (known && *known == held) return Binary{.bytes = {}, .etag = *known};
  Binary read{.bytes = read_whole(in, size), .etag = known.value_or("")};
  if (known) return read;
  read.etag = "\"" + crypto::sha1_hex(read.bytes) + "\"";
  digests.keep(path, written, size, read.etag);
  return read;
}

Task<Result<http::Raw>> executable(http::Call& call, Digests& digests, const std::string& folder) {
  const auto name = executable_named(call.path("file"));
  if (name.empty()) co_return fail(Code::not_found, "No executable of that name for that platform. Linux on amd64 is supported.");
  const auto held = call.request().headers.get("If-None-Match");
  const auto load = [&] { return read_binary(digests, folder, name, held); };
  CO_TRY(binary, co_await aio::blocking(load));
  net::Response response{.status = 200, .headers = {{"Content-Type", "application/octet-stream"}, {"ETag", binary.etag}}, .body = {}};
  if (held == binary.etag)
    response.status = 304;
  else
    response.body = std::move(binary.bytes);
  co_return http::Raw{std::move(response)};
}

}  // namespace

void add_file_routes(http::Routes& routes, Files files) {
  using http::Audit, http::Auth, http::Rate;
  routes.get<Auth::none, Audit::none, Rate::none>("/bin/{file}", [folder = files.bin_dir, digests = std::make_shared<Digests>()](http::Call& call) {
    return executable(call, *digests, folder);
  });
  routes.get<Auth::none, Audit::none, Rate::none>("/*", [dashboard = files.dashboard](http::Call& call) { return page(call, dashboard); });
}

}  // namespace slipway::deployment
