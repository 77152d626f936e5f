#include "identity/azure.hpp"

#include "crypto/cms.hpp"
#include "identity/document.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace slipway::identity {

namespace {

constexpr auto kAzure = Provider::azure;

}  // namespace

bool is_azure_signer(std::string_view common_name) {
  constexpr std::string_view kHosts[] = {"metadata.azure.com", "metadata.azure.us", "metadata.azure.cn", "metadata.microsoftazure.de"};
  if (common_name.find('\n') != std::string_view::npos) return false;
  return std::ranges::any_of(kHosts, [&](std::string_view host) {
    if (!common_name.ends_with(host)) return false;
    return common_name.size() == host.size() || common_name[common_name.size() - host.size() - 1] == '.';
  });
}

Result<AzureMessage> open_azure(std::string_view signature, Steps& steps) {
  if (signature.size() > kMostBytes) return steps.failed(kAzure, "size", "the signature is too long");
  const auto bytes = read_base64(signature);
  if (!bytes) return steps.failed(kAzure, "base64", "decode base64: it is no base64");
  steps.passed("base64", fmt::format("{} bytes", bytes->size()));

  const auto message = crypto::SignedMessage::parse(*bytes);
  if (!message) return steps.failed(kAzure, "pkcs7", "parse pkcs7: " + message.error().say);
  steps.passed("pkcs7", "a signed message");

  auto signer = message->signer();
  if (!signer) return steps.failed(kAzure, "signer", "no signers for signature", fmt::format("it has {} signers", message->signers()));
  const auto names = signer->common_names();
  if (names.size() != 1 || !is_azure_signer(names[0]))
    return steps.failed(kAzure, "signer", "unmatched common name of signer: " + quoted(names.empty() ? "" : names.back()));
  steps.passed("signer", names[0]);

  auto content = message->verified(*signer);
  if (!content) return steps.failed(kAzure, "signature", "verify pkcs7: " + content.error().say);
  if (const auto when = message->signed_at(); when && (*when < signer->not_before() || *when > signer->not_after()))
    return steps.failed(kAzure, "signature", "verify pkcs7: it was signed outside of the validity of its signer");
  steps.passed("signature", fmt::format("over {} bytes", content->size()));
  return AzureMessage{.content = std::move(*content), .signer = std::move(*signer), .brought = message->certificates()};
}

Result<std::vector<crypto::Certificate>> chain_of(const AzureMessage& message, const AzureTrust& trust, std::span<const crypto::Certificate> fetched,
                                                  Time now) {
  auto between = message.brought;
  between.insert(between.end(), trust.between.begin(), trust.between.end());
  between.insert(between.end(), fetched.begin(), fetched.end());
  return trust.roots.chain(message.signer, between, now);
}

Result<Proven> prove_azure(const AzureMessage& message, const std::vector<crypto::Certificate>& chain, Steps& steps) {
  std::string anchor = chain.back().subject();
  steps.passed("chain", fmt::format("of {} certificates to {}", chain.size(), anchor));
  const auto object = read_object(message.content);
  if (!object) return steps.failed(kAzure, "content", "unmarshal metadata: " + object.error().say);
  auto id = text_in(*object, "vmId");
  if (!id) return steps.failed(kAzure, "content", "unmarshal metadata: vmId is no text");
  steps.passed("content", fmt::format("{} bytes of JSON", message.content.size()));
  return Proven{.instance_id = std::move(*id), .anchor = std::move(anchor)};
}

std::optional<std::string> claimed_azure(std::string_view signature) {
  const auto bytes = signature.size() > kMostBytes ? std::nullopt : read_base64(signature);
  if (!bytes) return std::nullopt;
  const auto message = crypto::SignedMessage::parse(*bytes);
  const auto signer = message ? message->signer() : std::nullopt;
  if (!signer) return std::nullopt;
  const auto content = message->verified(*signer);
  if (!content) return std::nullopt;
  const auto object = read_object(*content);
  return object ? text_in(*object, "vmId") : std::nullopt;
}

Result<Proven> verify_azure(const AzureTrust& trust, std::string_view signature, Time now, Steps& steps) {
  TRY(message, open_azure(signature, steps));
  const auto chain = chain_of(message, trust, {}, now);
  if (!chain) return steps.failed(kAzure, "chain", "verify pkcs7: " + chain.error().say);
  return prove_azure(message, *chain, steps);
}

}  // namespace slipway::identity
