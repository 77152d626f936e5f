// A server's judge of proofs: the anchors, and what is fetched for want of one. One a process; asked from any loop.
#pragma once

#include "identity/anchors.hpp"
#include "identity/issuers.hpp"
#include "identity/key_set.hpp"

namespace slipway::identity {

class Verifier {
 public:
  // Whatever is fetched is fetched on `home`. `clock` outlives it.
  Verifier(aio::Executor home, Anchors anchors, Reach reach, const Clock& clock);

  const Anchors& anchors() const { return anchors_; }

  // Errors: 401 with the provider's message, and 400 from Google's as prove_google says.
  Task<Result<Proven>> aws(std::string document, std::string signature);
  Task<Result<Proven>> azure(std::string signature);
  Task<Result<Proven>> google(std::string token);

  // On `home`, before it ends.
  Task<void> stop();

 private:
  Result<void> enabled(Provider provider) const;
  Task<Result<std::vector<crypto::Certificate>>> chain_with_fetched(const AzureMessage& message);
  Task<Result<std::shared_ptr<const GoogleKeys>>> keys(std::string key_id);

  aio::Executor home_;
  Anchors anchors_;
  const Clock& clock_;
  std::shared_ptr<const GoogleKeys> file_keys_;
  Issuers issuers_;  // home: `home`
  KeySet key_set_;   // likewise
};

}  // namespace slipway::identity
