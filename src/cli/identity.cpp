// slipway identity check: what a server would say of a captured proof of instance identity, step by step. No server is asked.
#include "identity/anchors.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "identity/document.hpp"

namespace slipway::cli {
namespace {

namespace id = identity;

struct Options {
  std::string provider, signature, document, at, anchors, output = "table";
};

struct Checked {
  Result<id::Proven> proven;
  id::Steps steps;
};

Result<std::string> content_of(const std::string& path, const char* flag) {
  std::error_code fault;
  const auto size = std::filesystem::file_size(path, fault);
  if (path.empty()) return fail_field("Something is missing.", flag, "is needed: the file with what the metadata service answered");
  if (fault) return fail(Code::invalid, fmt::format("Cannot read {}.", path), "Give a file that you may read.");
  if (size > id::kMostBytes) return fail(Code::invalid, fmt::format("{} is longer than a proof can be.", path));
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return fail(Code::invalid, fmt::format("Cannot read {}.", path), "Give a file that you may read.");
  return text;
}

// Azure's service answers an object; what it holds may stand in the file alone.
Result<std::string> azure_signature(std::string text) {
  if (!text::trim(text).starts_with('{')) return text;
  const auto object = id::read_object(text);
  const auto signature = object ? id::text_in(*object, "signature") : std::nullopt;
  if (!signature || signature->empty()) return fail(Code::invalid, "The file of --signature holds JSON without a text \"signature\".");
  return *signature;
}

Result<Checked> check_google(const id::Anchors& anchors, std::string_view token, Time at) {
  if (!anchors.google_keys)
    return fail(Code::invalid, "Google's key set is needed, and nothing is fetched here.",
                fmt::format("Save {} as google.json in a folder, and give that with --anchors.", id::kGoogleKeySet));
  Checked out{.proven = {}, .steps = {}};
  auto opened = id::open_google(token, anchors.google, at, out.steps);
  out.proven =
      opened ? id::prove_google(*opened, *anchors.google_keys, anchors.google, out.steps) : Result<id::Proven>(std::unexpected(opened.error()));
  return out;
}

Result<Checked> judged(const Options& options, id::Provider provider, Time at) {
  auto wanted = id::Options{.offline = true};
  if (!options.anchors.empty()) wanted = id::with_folder(std::move(wanted), options.anchors);
  TRY(anchors, id::load_anchors(wanted));
  TRY(signature, content_of(options.signature, "signature"));
  Checked out{.proven = {}, .steps = {}};
  switch (provider) {
    case id::Provider::aws: {
      TRY(document, content_of(options.document, "document"));
      out.proven = id::verify_aws(anchors.aws, document, signature, out.steps);
      return out;
    }
    case id::Provider::azure: {
      TRY(message, azure_signature(std::move(signature)));
      out.proven = id::verify_azure(anchors.azure, message, at, out.steps);
      return out;
    }
    case id::Provider::google: return check_google(anchors, text::trim(signature), at);
  }
  return out;
}

std::string json_of(const Options& options, const Checked& checked) {
  boost::json::array steps;
  for (const auto& step : checked.steps.all()) steps.push_back({{"step", step.what}, {"passed", step.passed}, {"said", step.said}});
  boost::json::object out{{"provider", options.provider}, {"verified", checked.proven.has_value()}, {"steps", std::move(steps)}};
  if (checked.proven) {
    out["anchor"] = checked.proven->anchor;
    out["instance_id"] = checked.proven->instance_id;
  } else {
    out["message"] = checked.proven.error().say;
    out["detail"] = checked.proven.error().detail;
  }
  return boost::json::serialize(out);
}

Result<void> print_steps(const Checked& checked) {
  Table table({"step", "result", "what was seen"});
  for (const auto& step : checked.steps.all())
    table.add({step.what, step.passed ? on_stdout(Colour::green, "pass") : on_stdout(Colour::red, "FAIL"), step.said});
  TRY(text, table.text());
  print("{}\n", text);
  if (!checked.proven) {
    print("Not verified: {} {}\n", checked.proven.error().say, checked.proven.error().detail);
    return {};
  }
  print("Verified by {}.\n", checked.proven->anchor);
  if (checked.proven->instance_id.empty())
    print("It names no instance: a server would find no agent for it.\n");
  else
    print("Instance id: {}\n", checked.proven->instance_id);
  return {};
}

Result<int> check(const Options& options) {
  const auto provider = id::provider_named(options.provider);
  if (!provider) return fail_field("There is no such provider.", "provider", "is one of: aws, azure, google");
  if (options.output != "table" && options.output != "json") return fail_field("There is no such output.", "output", "is one of: table, json");
  const auto at = options.at.empty() ? std::optional(system_clock().now()) : parse_rfc3339(options.at);
  if (!at) return fail_field("That is no time.", "at", "is such as 2026-01-31T12:00:00Z");
  TRY(checked, judged(options, *provider, *at));
  if (options.output == "json")
    print_json(json_of(options, checked));
  else
    TRY_OK(print_steps(checked));
  return checked.proven ? 0 : 1;
}

}  // namespace

void add_identity(Command root) {
  auto identity = root.sub("identity", "Proofs that clouds give machines");
  auto options = std::make_shared<Options>();
  auto command = identity.sub("check", "Check a captured proof of instance identity, step by step; no server is asked and nothing fetched",
                              "slipway identity check --provider aws --document document --signature signature\n"
                              "slipway identity check --provider azure --signature attested.json --at 2026-01-31T12:00:00Z\n"
                              "slipway identity check --provider google --signature token.jwt --anchors ./anchors");
  command.option("--provider", options->provider, "aws, azure or google");
  command.option("--signature", options->signature,
                 "File with the signature: of AWS /signature or /rsa2048, of Azure the answer or its signature, of Google the token");
  command.option("--document", options->document, "File with the document of AWS, byte for byte");
  command.option("--at", options->at, "As if it were this time, such as 2026-01-31T12:00:00Z");
  command.option("--anchors", options->anchors,
                 "Folder with certificates and keys instead of those that come along: <region>.pem or aws/<region>.pem, azure-roots.pem, "
                 "azure-intermediates.pem, google.json (Google's key set, always needed for google)");
  command.option("-o,--output", options->output, "How to print: table or json");
  command.run([options](Session&) { return check(*options); });
}

}  // namespace slipway::cli
