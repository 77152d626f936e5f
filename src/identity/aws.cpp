#include "identity/aws.hpp"

#include "crypto/cms.hpp"
#include "identity/document.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace slipway::identity {

namespace {

constexpr const char* kNotVerified = "crypto/rsa: verification error";

// "us-gov-east-1": words and a number.
bool is_region(std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || std::ranges::count(name, '-') < 2) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
  const auto number = name.substr(dash + 1);
  return !number.empty() && std::ranges::all_of(number, is_digit) && std::ranges::all_of(name.substr(0, dash), is_word);
}

std::string named(const std::set<std::string>& names, std::string_view fingerprint) {
  constexpr std::size_t kShown = 3;
  std::string out;
  std::size_t count = 0;
  for (const auto& name : names)
    if (++count <= kShown) out += (out.empty() ? "" : ", ") + name;
  if (count > kShown) out += fmt::format(" and {} others", count - kShown);
  return fmt::format("{} (key {})", out, fingerprint.substr(0, 16));
}

}  // namespace

void AwsPins::add(const std::string& name, const crypto::Certificate& certificate) {
  const auto key = certificate.key();
  if (!key) return;
  auto fingerprint = key->fingerprint();
  const auto known = std::ranges::find(pins_, fingerprint, &Pin::fingerprint);
  if (known != pins_.end()) {
    known->names.insert(name);
    return;
  }
  pins_.push_back({.key = *key, .certificate = certificate, .fingerprint = std::move(fingerprint), .names = {name}});
}

const AwsPins::Pin* AwsPins::signer_of(std::string_view document, std::string_view signature) const {
  for (const auto& pin : pins_)
    if (pin.key.verified_rsa(document, signature)) return &pin;
  const auto message = crypto::SignedMessage::parse(signature);
  if (!message || message->signers() != 1) return nullptr;
  for (const auto& pin : pins_)
    if (pin.key.kind() == crypto::PublicKey::Kind::rsa && message->verified(pin.certificate, document)) return &pin;
  return nullptr;
}

// A pin under no region's name says nothing of regions, nor is there anything to say of a region that nobody has a pin for.
bool AwsPins::serves(const Pin& pin, const std::string& region) const {
  if (region.empty() || std::ranges::none_of(pin.names, is_region) || pin.names.contains(region)) return true;
  return std::ranges::none_of(pins_, [&](const Pin& other) { return other.names.contains(region); });
}

Result<Proven> verify_aws(const AwsPins& pins, std::string_view document, std::string_view signature, Steps& steps) {
  constexpr auto kAws = Provider::aws;
  if (pins.empty()) return steps.failed(kAws, "anchors", "no AWS identity certificates configured");
  if (document.size() > kMostBytes || signature.size() > kMostBytes) return steps.failed(kAws, "size", "the document or its signature is too long");
  const auto object = read_object(document);
  if (!object) return steps.failed(kAws, "document", "parse document: " + object.error().say);
  auto id = text_in(*object, "instanceId");
  const auto region = text_in(*object, "region");
  if (!id || !region) return steps.failed(kAws, "document", "parse document: instanceId or region is no text");
  steps.passed("document", fmt::format("{} bytes of JSON", document.size()));

  const auto bytes = read_base64(signature);
  if (!bytes) return steps.failed(kAws, "base64", "decode signature: it is no base64");
  steps.passed("base64", fmt::format("{} bytes", bytes->size()));

  const auto* pin = pins.signer_of(document, *bytes);
  if (!pin) return steps.failed(kAws, "signature", kNotVerified, "no certificate that is trusted has made it over these bytes");
  auto anchor = named(pin->names, pin->fingerprint);
  steps.passed("signature", "by " + anchor);
  if (!pins.serves(*pin, *region))
    return steps.failed(kAws, "region", kNotVerified, fmt::format("the document is of {}, whose certificates have not signed it", *region));
  steps.passed("region", region->empty() ? "none is named" : *region);
  return Proven{.instance_id = std::move(*id), .anchor = std::move(anchor)};
}

std::optional<std::string> claimed_aws(std::string_view document) {
  const auto object = read_object(document);
  return object ? text_in(*object, "instanceId") : std::nullopt;
}

}  // namespace slipway::identity
