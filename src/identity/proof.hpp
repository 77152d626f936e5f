// What a machine proves of itself, and how that went, step by step.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::identity {

enum class Provider { aws, azure, google };
inline constexpr Provider kProviders[] = {Provider::aws, Provider::azure, Provider::google};

std::string_view name_of(Provider provider);  // "aws", …
std::optional<Provider> provider_named(std::string_view name);

// What no body of a request may exceed, and no part of a proof either.
inline constexpr std::size_t kMostBytes = 64 << 10;

struct Proven {
  std::string instance_id;  // of the provider; empty when the proof is good and says none
  std::string anchor;       // which certificate or key it was, for people
  bool operator==(const Proven&) const = default;
};

struct Step {
  std::string what;  // one word: "signature"
  bool passed = false;
  std::string said;
  bool operator==(const Step&) const = default;
};

// Collects what was checked, in order; the last one may have failed.
class Steps {
 public:
  void passed(std::string what, std::string said) { all_.push_back({std::move(what), true, std::move(said)}); }
  // The answer that a caller gets: 401 with the provider's message. `why` is for the log.
  std::unexpected<Error> failed(Provider provider, std::string what, std::string detail, std::string why = {});
  const std::vector<Step>& all() const { return all_; }

 private:
  std::vector<Step> all_;
};

// The same answer outside of any step.
std::unexpected<Error> refused(Provider provider, std::string detail, std::string why = {});

}  // namespace slipway::identity
