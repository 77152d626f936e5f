// How a token becomes a principal. features/sessions implements it; http only asks.
#pragma once

#include "http/home.hpp"
#include "http/principal.hpp"

namespace slipway::http {

class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Each joins the live state of the principal: a suspended user, a left organization, a deleted workspace or an older
  // build ends the token at once. Errors: unauthenticated, with the API's words.
  virtual Task<Result<PrincipalPtr>> user(Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) = 0;
  virtual Task<Result<PrincipalPtr>> agent(Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) = 0;
  virtual Task<Result<PrincipalPtr>> provisioner(Home& home, std::string_view key, std::shared_ptr<store::Cost> cost) = 0;
};

}  // namespace slipway::http
