#include "features/deployment/bundle.hpp"

#include "crypto/hash.hpp"

namespace slipway::deployment {

namespace {

using http::Coding;

constexpr std::string_view kGzip = ".gz", kBrotli = ".br";

std::string_view without(std::string_view path, std::string_view ending) { return path.substr(0, path.size() - ending.size()); }

Coding chosen(const Bundle::File& file, const net::Headers& asked) {
  constexpr Coding kBoth[] = {Coding::brotli, Coding::gzip}, kGzipOnly[] = {Coding::gzip};
  if (file.gzip.empty()) return Coding::plain;
  return file.brotli.empty() ? http::choose_coding(asked, kGzipOnly) : http::choose_coding(asked, kBoth);
}

}  // namespace

Bundle::Bundle(Assets files) {
  for (const auto& asset : files) {
    if (asset.path.ends_with(kGzip))
      files_[std::string(without(asset.path, kGzip))].gzip = asset.bytes;
    else if (asset.path.ends_with(kBrotli))
      files_[std::string(without(asset.path, kBrotli))].brotli = asset.bytes;
    else
      files_[std::string(asset.path)].plain = asset.bytes;
  }
  for (auto& [path, file] : files_) {
    file.path = path;
    const bool named = path.starts_with("assets/");
    file.tag = named ? path.substr(path.find('/') + 1) : crypto::sha1_hex(file.gzip.empty() ? file.plain : file.gzip).substr(0, 20);
  }
}

const Bundle::File* Bundle::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

bool Bundle::is_ready(const File& file, const net::Headers& asked) { return file.gzip.empty() || chosen(file, asked) != Coding::plain; }

Result<Bundle::Form> Bundle::form(const File& file, const net::Headers& asked) {
  const auto coding = chosen(file, asked);
  const auto ending = coding == Coding::plain ? "" : "-" + std::string(http::name_of(coding));
  Form form{.bytes = file.plain, .coding = coding, .etag = "\"" + file.tag + ending + "\""};
  if (coding == Coding::gzip) form.bytes = file.gzip;
  if (coding == Coding::brotli) form.bytes = file.brotli;
  if (coding != Coding::plain || file.gzip.empty()) return form;
  const std::lock_guard hold(lock_);
  auto& known = unpacked_[file.path];
  form.plain = known.lock();
  if (!form.plain) {
    TRY(made, http::gunzip(file.gzip));
    form.plain = std::make_shared<const std::string>(std::move(made));
    known = form.plain;
  }
  form.bytes = *form.plain;
  return form;
}

}  // namespace slipway::deployment
