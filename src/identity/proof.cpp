#include "identity/proof.hpp"

namespace slipway::identity {

namespace {

std::string_view message_of(Provider provider) {
  switch (provider) {
    case Provider::aws: return "Invalid AWS identity.";
    case Provider::azure: return "Invalid Azure identity.";
    case Provider::google: return "Invalid GCP identity.";
  }
  return {};
}

}  // namespace

std::string_view name_of(Provider provider) {
  switch (provider) {
    case Provider::aws: return "aws";
    case Provider::azure: return "azure";
    case Provider::google: return "google";
  }
  return {};
}

std::optional<Provider> provider_named(std::string_view name) {
  for (const auto each : kProviders)
    if (name_of(each) == name) return each;
  return std::nullopt;
}

std::unexpected<Error> refused(Provider provider, std::string detail, std::string why) {
  auto error = fail(Code::unauthenticated, std::string(message_of(provider)), std::move(detail));
  error.error().why = std::move(why);
  return error;
}

std::unexpected<Error> Steps::failed(Provider provider, std::string what, std::string detail, std::string why) {
  all_.push_back({std::move(what), false, why.empty() ? detail : detail + ": " + why});
  return refused(provider, std::move(detail), std::move(why));
}

}  // namespace slipway::identity
