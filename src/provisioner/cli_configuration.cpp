#include "provisioner/cli_configuration.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

namespace slipway::provisioner {
namespace {

namespace fs = std::filesystem;

std::string platform() {
  utsname system{};
  ::uname(&system);
  const std::string_view machine(system.machine);
  return machine == "aarch64" ? "linux_arm64" : machine == "x86_64" ? "linux_amd64" : "linux_" + std::string(machine);
}

// Folders below `folder`; none when it cannot be read.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.is_directory(failed)) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

// Either unpacked (<version>/<platform>/) or as a zip (terraform-provider-x_<version>_<platform>.zip).
bool has_build(const fs::path& provider, const std::string& wanted) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(provider, failed)) {
    if (entry.path().filename().string().ends_with("_" + wanted + ".zip")) return true;
    if (fs::is_directory(entry.path() / wanted, failed)) return true;
  }
  return false;
}

std::string in_quotes(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }

std::string list_of(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + in_quotes(item);
  return "[" + out + "]";
}

// One block or attribute of HCL, as text: `head` up to its brace, `body` between the braces. An attribute has no body.
struct Item {
  std::string head;
  std::string body;
  bool block = false;
};

// Cuts HCL into its outermost items. It knows strings, comments and brackets, which is all that finding their ends takes.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  Result<std::vector<Item>> items() {
    std::vector<Item> out;
    while (skip_blank(), at_ < text_.size()) {
      Item item;
      TRY(head, until_brace_or_line());
      item.head = std::string(head);
      if (at_ < text_.size() && text_[at_] == '{' && item.head.find('=') == std::string::npos) {
        TRY(body, in_brackets());
        item.body = std::string(body);
        item.block = true;
      }
      while (!item.head.empty() && std::isspace(static_cast<unsigned char>(item.head.back()))) item.head.pop_back();
      out.push_back(std::move(item));
    }
    return out;
  }

 private:
  std::unexpected<Error> unreadable() const { return fail(Code::invalid, "a bracket or a quotation mark is not closed"); }

  bool skip_comment() {
    const auto rest = text_.substr(at_);
    if (rest.starts_with("#") || rest.starts_with("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return true;
    }
    if (!rest.starts_with("/*")) return false;
    const auto end = text_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
    return true;
  }

  void skip_blank() {
    while (at_ < text_.size() && (skip_comment() || std::isspace(static_cast<unsigned char>(text_[at_])))) {
      if (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
  }

  Result<void> skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n'; ++at_)
      if (text_[at_] == '\\') ++at_;
    if (at_ >= text_.size() || text_[at_] != '"') return unreadable();
    ++at_;
    return {};
  }

  // Stands on an opening bracket; goes behind its closing one and answers what is between them.
  Result<std::string_view> in_brackets() {
    const auto begin = at_ + 1;
    int depth = 0;
    while (at_ < text_.size()) {
      if (skip_comment()) continue;
      const char c = text_[at_];
      if (c == '"') {
        TRY_OK(skip_string());
        continue;
      }
      if (c == '{' || c == '[' || c == '(') ++depth;
      if (c == '}' || c == ']' || c == ')') --depth;
      ++at_;
      if (depth == 0) return text_.substr(begin, at_ - 1 - begin);
    }
    return unreadable();
  }

  Result<std::string_view> until_brace_or_line() {
    const auto begin = at_;
    bool attribute = false;
    while (at_ < text_.size() && text_[at_] != '\n') {
      const char c = text_[at_];
      if (c == '}' || c == ']') return unreadable();
      if (c == '#') break;
      attribute = attribute || c == '=';
      if (c == '{' && !attribute) break;
      if (c == '"') {
        TRY_OK(skip_string());
      } else if (c == '{' || c == '[' || c == '(') {
        TRY_OK(in_brackets());
      } else {
        ++at_;
      }
    }
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool named(const Item& item, std::string_view name) {
  return item.head.starts_with(name) && (item.head.size() == name.size() || !std::isalnum(static_cast<unsigned char>(item.head[name.size()])));
}

// What goes over the network is not asked for the providers that the mirror has: without a network that would fail, though the
// provider is here.
Result<std::string> method_text(const Item& method, const std::vector<ProviderAddress>& mirrored) {
  if (!method.block || mirrored.empty() || (!named(method, "direct") && !named(method, "network_mirror")))
    return method.block ? fmt::format("  {} {{{}}}\n", method.head, method.body) : fmt::format("  {}\n", method.head);
  TRY(items, Cutter(method.body).items());
  std::string out;
  auto excluded = list_of(mirrored);
  for (const auto& item : items) {
    if (!named(item, "exclude")) {
      out += item.head + "\n";
      continue;
    }
    const auto open = item.head.find('['), close = item.head.rfind(']');
    if (open == std::string::npos || close == std::string::npos) continue;
    auto own = item.head.substr(open + 1, close - open - 1);
    excluded.pop_back();
    excluded += ", " + own + "]";
  }
  return fmt::format("  {} {{\n{}    exclude = {}\n  }}\n", method.head, out, excluded);
}

Result<std::string> methods_text(std::string_view body, const std::vector<ProviderAddress>& mirrored) {
  TRY(methods, Cutter(body).items());
  std::string out;
  for (const auto& method : methods) {
    TRY(text, method_text(method, mirrored));
    out += text;
  }
  return out;
}

}  // namespace

std::vector<ProviderAddress> providers_in(const std::string& mirror) {
  std::vector<ProviderAddress> out;
  if (mirror.empty()) return out;
  const auto wanted = platform();
  for (const auto& host : folders_in(mirror))
    for (const auto& space : folders_in(host))
      for (const auto& provider : folders_in(space))
        if (has_build(provider, wanted)) out.push_back(provider.lexically_relative(mirror).string());
  return out;
}

bool has_coder_provider(const std::vector<ProviderAddress>& providers) {
  return std::ranges::any_of(providers, [](const auto& address) { return address.ends_with("/coder/coder"); });
}

std::string find_mirror(const std::string& configured, const std::string& tool) {
  if (!configured.empty()) return configured;
  std::error_code failed;
  std::vector<fs::path> places;
  if (const auto real = fs::canonical(tool, failed); !failed) {
    places.push_back(real.parent_path() / "mirror");
    places.push_back(real.parent_path().parent_path() / "mirror");
  }
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) places.push_back(fs::path(cache) / "slipway/tools/mirror");
  if (const char* home = std::getenv("HOME"); home && *home) places.push_back(fs::path(home) / ".cache/slipway/tools/mirror");
  places.emplace_back("/usr/share/slipway/mirror");
  const auto found = std::ranges::find_if(places, [](const fs::path& place) { return has_coder_provider(providers_in(place.string())); });
  return found == places.end() ? std::string() : found->string();
}

Result<std::string> cli_configuration(const CliSources& sources) {
  std::string methods, rest;
  auto items = Cutter(sources.operators).items();
  if (!items) return std::unexpected(std::move(items).error());
  for (const auto& item : *items) {
    if (item.block && named(item, "provider_installation")) {
      TRY(text, methods_text(item.body, sources.mirrored));
      methods += text;
    } else if (item.block && (named(item, "credentials") || named(item, "credentials_helper") || named(item, "host"))) {
      rest += fmt::format("{} {{{}}}\n", item.head, item.body);
    }
  }
  if (methods.empty()) {
    TRY(text, method_text({.head = "direct", .body = "", .block = true}, sources.mirrored));
    methods = std::move(text);
  }
  std::string mirror;
  if (!sources.mirrored.empty())
    mirror = fmt::format("  filesystem_mirror {{\n    path    = {}\n    include = {}\n  }}\n", in_quotes(sources.mirror), list_of(sources.mirrored));
  return fmt::format("disable_checkpoint = true\nplugin_cache_dir = {}\nprovider_installation {{\n{}{}}}\n{}", in_quotes(sources.plugin_cache),
                     mirror, methods, rest);
}

std::string advice_for(std::string_view failure, bool coder_is_mirrored) {
  const auto says = [failure](std::string_view part) { return failure.find(part) != std::string_view::npos; };
  if (says("no space left on device") || says("No space left on device"))
    return "The disk of the provisioner's machine is full: free some space there and try again.";
  if (says("Inconsistent dependency lock file") || says("does not match any of the checksums"))
    return "The template's .terraform.lock.hcl does not fit the providers that were found: remove the file from the template or renew it with "
           "\"tofu init -upgrade\", then import the version again.";
  if (!says("Failed to query available provider packages") && !says("Failed to resolve provider packages") && !says("Failed to install provider") &&
      !says("Could not resolve provider"))
    return "";
  if (says("coder/coder") && !coder_is_mirrored)
    return "The provider coder/coder is not on the provisioner's machine and its registry was of no help: give --provider-mirror a folder that "
           "holds it, restart the provisioner and try again.";
  if (says("coder/coder"))
    return "The version of the provider coder/coder that the template asks for is not in the provisioner's provider mirror: let the template ask "
           "for a wider range, or add that version to the mirror, and try again.";
  return "A provider of the template could not be downloaded: let the provisioner reach the provider's registry (HTTPS_PROXY is heeded), or give "
         "--provider-mirror a folder that holds the provider, and try again.";
}

}  // namespace slipway::provisioner
