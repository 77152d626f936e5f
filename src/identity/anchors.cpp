#include "identity/anchors.hpp"

#include "net/url.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace slipway::identity {

namespace {

namespace fs = std::filesystem;
using ByRegion = std::map<std::string, std::vector<crypto::Certificate>>;

constexpr std::uintmax_t kMostFile = 8 << 20;

std::unexpected<Error> wrong(std::string_view setting, const fs::path& file, std::string_view what) {
  return fail(Code::invalid, fmt::format("{}: {} {}", setting, file.string(), what));
}

Result<std::string> text_of(std::string_view setting, const fs::path& file) {
  std::error_code fault;
  const auto size = fs::file_size(file, fault);
  if (fault) return wrong(setting, file, "cannot be read: it is no file, or nobody has let this program see it.");
  if (size > kMostFile) return wrong(setting, file, "is too long for what it should be.");
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return wrong(setting, file, "cannot be read: give this program the right to.");
  return text;
}

Result<std::vector<crypto::Certificate>> certificates_of(std::string_view setting, const fs::path& file) {
  TRY(text, text_of(setting, file));
  auto read = crypto::Certificate::from_pem(text);
  if (!read) return wrong(setting, file, "is no list of certificates. " + read.error().say);
  return std::move(*read);
}

// "ap-south-2-2021" is a former certificate of ap-south-2.
std::string region_of(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);
  name.remove_suffix(std::string_view(".pem").size());
  const auto dash = name.rfind('-');
  const auto year = dash == std::string_view::npos ? std::string_view() : name.substr(dash + 1);
  if (year.size() == 4 && year.find_first_not_of("0123456789") == std::string_view::npos) name.remove_suffix(5);
  return std::string(name);
}

struct Packaged {
  ByRegion aws;
  std::vector<crypto::Certificate> azure, azure_roots;
};

// Ours: that they can be read is for a test to show.
Packaged read_packaged() {
  Packaged out;
  for (const auto& asset : assets::trust()) {
    const auto read = crypto::Certificate::from_pem(asset.bytes);
    if (!read) continue;
    auto& to = asset.path.starts_with("aws/") ? out.aws[region_of(asset.path)] : asset.path.starts_with("azure/roots/") ? out.azure_roots : out.azure;
    to.insert(to.end(), read->begin(), read->end());
  }
  // One key serves both regions of the partition, and only one of them has its file.
  const auto beijing = out.aws.find("cn-north-1");
  if (beijing != out.aws.end()) {
    auto& ningxia = out.aws["cn-northwest-1"];
    ningxia.insert(ningxia.end(), beijing->second.begin(), beijing->second.end());
  }
  return out;
}

const Packaged& packaged() {
  static const Packaged all = read_packaged();
  return all;
}

constexpr std::string_view kAwsFlag = "--aws-instance-identity-certificates";

Result<ByRegion> aws_folder(const fs::path& folder) {
  ByRegion out;
  std::error_code fault;
  for (const auto& sub : {folder, folder / "rsa2048"}) {
    for (fs::directory_iterator at(sub, fault), end; !fault && at != end; at.increment(fault)) {
      if (at->path().extension() != ".pem" || at->path().filename().string().starts_with("azure-")) continue;
      TRY(read, certificates_of(kAwsFlag, at->path()));
      auto& to = out[at->path().stem().string()];
      to.insert(to.end(), read.begin(), read.end());
    }
    if (fault && sub == folder) return wrong(kAwsFlag, folder, "cannot be read: give this program the right to.");
    fault.clear();
  }
  if (out.empty()) return wrong(kAwsFlag, folder, "has no file <region>.pem.");
  return out;
}

Result<AwsPins> aws_pins(const Options& options) {
  ByRegion all;
  if (options.packaged) all = packaged().aws;
  std::error_code fault;
  if (!options.aws_certificates.empty() && fs::is_directory(options.aws_certificates, fault)) {
    TRY(given, aws_folder(options.aws_certificates));
    for (auto& [region, certificates] : given) all[region] = std::move(certificates);
  } else if (!options.aws_certificates.empty()) {
    TRY(given, certificates_of(kAwsFlag, options.aws_certificates));
    all.clear();
    all["given"] = std::move(given);
  }
  AwsPins pins;
  for (const auto& [region, certificates] : all)
    for (const auto& one : certificates) pins.add(region, one);
  return pins;
}

Result<AzureTrust> azure_trust(const Options& options) {
  AzureTrust trust;
  if (!options.azure_roots.empty()) {
    TRY(given, certificates_of("--azure-instance-identity-roots", options.azure_roots));
    trust.roots = crypto::TrustStore(given);
  } else {
    // A machine without roots of its own still knows the three that these chains end at.
    const auto& system = crypto::system_roots();
    static const crypto::TrustStore usual(system.empty() ? packaged().azure_roots : system);
    trust.roots = usual;
  }
  if (!options.azure_intermediates.empty()) {
    TRY(given, certificates_of("--azure-instance-identity-intermediates", options.azure_intermediates));
    trust.between = std::move(given);
  } else if (options.packaged) {
    trust.between = packaged().azure;
  }
  return trust;
}

Result<void> google_keys(const Options& options, Anchors& to) {
  constexpr std::string_view kFlag = "--google-instance-identity-jwks";
  to.google.audience = options.google_audience == "*" ? "" : options.google_audience;
  to.google.issuers = options.google_issuers;
  to.google.es256 = options.google_jwks != kGoogleKeySet;
  if (to.google.issuers.empty() && options.google_jwks == kGoogleKeySet) to.google.issuers = {"https://accounts.google.com", "accounts.google.com"};
  if (options.google_jwks.find("://") == std::string::npos) {
    TRY(text, text_of(kFlag, options.google_jwks));
    auto keys = read_keys(text);
    if (!keys) return wrong(kFlag, options.google_jwks, "is no key set. " + keys.error().say);
    to.google_keys = std::move(*keys);
    return {};
  }
  const auto url = net::parse_url(options.google_jwks);
  const bool here = url && (url->host == "127.0.0.1" || url->host == "::1" || url->host == "localhost");
  if (!url || url->has_userinfo || (url->scheme != "https" && !(url->scheme == "http" && here)))
    return fail(Code::invalid, fmt::format("{} must be a file or an https:// address, not \"{}\".", kFlag, options.google_jwks));
  to.google_url = options.google_jwks;
  return {};
}

}  // namespace

Result<Anchors> load_anchors(const Options& options) {
  Anchors out{.offline = options.offline};
  for (const auto& name : options.providers) {
    if (name == "none") continue;
    const auto provider = provider_named(name);
    if (!provider)
      return fail(Code::invalid, fmt::format("--instance-identity-providers: \"{}\" is none of aws, azure, google. Leave it out.", name));
    out.enabled.insert(*provider);
  }
  TRY(aws, aws_pins(options));
  out.aws = std::move(aws);
  TRY(azure, azure_trust(options));
  out.azure = std::move(azure);
  TRY_OK(google_keys(options, out));
  return out;
}

Options with_folder(Options options, const std::string& folder) {
  std::error_code fault;
  const fs::path root(folder);
  const auto there = [&](const char* name) { return fs::exists(root / name, fault) ? (root / name).string() : std::string(); };
  if (const auto file = there("google.json"); !file.empty()) options.google_jwks = file;
  if (const auto file = there("azure-roots.pem"); !file.empty()) options.azure_roots = file;
  if (const auto file = there("azure-intermediates.pem"); !file.empty()) options.azure_intermediates = file;
  options.aws_certificates = there("aws");
  if (!options.aws_certificates.empty()) return options;
  for (fs::directory_iterator at(root, fault), end; !fault && at != end; at.increment(fault))
    if (at->path().extension() == ".pem" && !at->path().filename().string().starts_with("azure-")) options.aws_certificates = folder;
  return options;
}

}  // namespace slipway::identity
