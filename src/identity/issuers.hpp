// Certificates of issuers, fetched from where a certificate says they are: from two hosts, at public addresses, within five seconds.
// home: own thread; stop() before it goes.
#pragma once

#include "aio/task.hpp"
#include "crypto/certificate.hpp"
#include "identity/options.hpp"
#include "net/client.hpp"
#include "net/url.hpp"

#include <map>

namespace slipway::identity {

// Errors: Code::invalid with the words of a refusal for any host, scheme or port but those that are allowed.
Result<net::Url> allowed_issuer_url(std::string_view url);

class Issuers {
 public:
  explicit Issuers(aio::Executor home, Reach reach = {});
  Issuers(const Issuers&) = delete;
  Issuers& operator=(const Issuers&) = delete;

  using Found = std::vector<crypto::Certificate>;  // the issuer, and what else was in the file

  // Of the first of `urls` that has one. What was fetched is kept, and so is for a minute that there was nothing. Errors: `say` is the
  // detail of a refusal; nothing that was received is in it.
  Task<Result<Found>> fetch(std::vector<std::string> urls);
  Task<void> stop();

  static constexpr Milliseconds kLimit{5000};  // for all of it

 private:
  struct Missed {
    std::string say;
    std::chrono::steady_clock::time_point until;
  };
  Task<Result<Found>> any(std::vector<std::string> urls);
  Task<Result<Found>> one(std::string url);
  Task<Result<Found>> download(std::string url);
  Task<Result<std::vector<net::Endpoint>>> look_up(std::string host, std::uint16_t port);
  net::ClientOptions client_options();

  Reach reach_;
  net::Client client_;
  std::map<std::string, Found> kept_;
  std::map<std::string, Missed> missed_;
  int under_way_ = 0;
};

}  // namespace slipway::identity
