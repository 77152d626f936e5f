#include "identity/verifier.hpp"

namespace slipway::identity {

namespace {

constexpr int kMostFetched = 3;  // of one chain
constexpr const char* kStillNot = "signature verification failed after fetching issuing certificates";

}  // namespace

Verifier::Verifier(aio::Executor home, Anchors anchors, Reach reach, const Clock& clock)
    : home_(home), anchors_(std::move(anchors)), clock_(clock), issuers_(home, std::move(reach)), key_set_(home, anchors_.google_url, clock) {
  if (anchors_.google_keys) file_keys_ = std::make_shared<const GoogleKeys>(*anchors_.google_keys);
}

Result<void> Verifier::enabled(Provider provider) const {
  if (anchors_.enabled.contains(provider)) return {};
  return refused(provider, fmt::format("{} instance identity is disabled", name_of(provider)));
}

Task<Result<Proven>> Verifier::aws(std::string document, std::string signature) {
  CO_CHECK(enabled(Provider::aws));
  Steps steps;
  co_return verify_aws(anchors_.aws, document, signature, steps);
}

// An issuer may itself be by one that has to be fetched.
Task<Result<std::vector<crypto::Certificate>>> Verifier::chain_with_fetched(const AzureMessage& message) {
  std::vector<crypto::Certificate> fetched;
  auto chain = chain_of(message, anchors_.azure, fetched, clock_.now());
  while (!chain && chain.error().code == Code::not_found && fetched.size() < kMostFetched) {
    auto urls = (fetched.empty() ? message.signer : fetched.back()).issuer_urls();
    if (urls.empty()) break;
    auto issuer = co_await aio::on(home_, issuers_.fetch(std::move(urls)));
    if (!issuer && fetched.empty()) co_return refused(Provider::azure, issuer.error().say, issuer.error().why);
    if (!issuer) break;
    fetched.push_back(std::move(issuer->front()));
    chain = chain_of(message, anchors_.azure, fetched, clock_.now());
  }
  if (chain) co_return chain;
  co_return refused(Provider::azure, fetched.empty() ? "verify pkcs7: " + chain.error().say : kStillNot, chain.error().say);
}

Task<Result<Proven>> Verifier::azure(std::string signature) {
  CO_CHECK(enabled(Provider::azure));
  Steps steps;
  CO_TRY(message, open_azure(signature, steps));
  if (anchors_.offline) {
    const auto chain = chain_of(message, anchors_.azure, {}, clock_.now());
    if (!chain) co_return refused(Provider::azure, "verify pkcs7: " + chain.error().say);
    co_return prove_azure(message, *chain, steps);
  }
  CO_TRY(chain, co_await chain_with_fetched(message));
  co_return prove_azure(message, chain, steps);
}

Task<Result<std::shared_ptr<const GoogleKeys>>> Verifier::keys(std::string key_id) {
  if (file_keys_) co_return file_keys_;
  if (anchors_.offline) co_return refused(Provider::google, "the key set cannot be fetched: this deployment is offline and has none in a file");
  auto got = co_await aio::on(home_, key_set_.get(std::move(key_id)));
  if (!got) co_return refused(Provider::google, got.error().say);
  co_return got;
}

Task<Result<Proven>> Verifier::google(std::string token) {
  CO_CHECK(enabled(Provider::google));
  Steps steps;
  CO_TRY(opened, open_google(token, anchors_.google, clock_.now(), steps));
  CO_TRY(set, co_await keys(opened.key_id));
  co_return prove_google(opened, *set, anchors_.google, steps);
}

Task<void> Verifier::stop() {
  co_await issuers_.stop();
  co_await key_set_.stop();
}

}  // namespace slipway::identity
