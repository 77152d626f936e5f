// For tests: who people are, as somebody else says it - an OpenID Connect provider, and the parts of GitHub's API that signing in
// asks. Answers on a thread of its own; what it says is the test's to choose.
#pragma once

#include "crypto/signer_test.hpp"
#include "features/login/login.hpp"
#include "support/fake_site.hpp"
#include "support/test_server.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <mutex>

namespace slipway::test {

class FakeIdentity {
 public:
  FakeIdentity();

  // For a server that believes it, by either way; anybody may sign up.
  login::Options options() const;

  // Of the next who sign in. OpenID Connect: "sub" and what else is known of them; the rest of the ID token is as it should be.
  void is(const std::string& claims);
  // GitHub: its number for them, their name there, their address.
  void is_on_github(int id, const std::string& name, const std::string& email);

 private:
  Task<void> answer(net::Exchange& exchange);
  std::string id_token(const std::string& verifier);

  mutable std::mutex mutex_;
  boost::json::object claims_, github_user_;
  std::string github_email_;
  crypto::testing::Signer signer_;
  FakeSite site_;
};

// Somebody's browser, as far as signing in needs one: keeps cookies and follows nothing by itself.
class FakeBrowser {
 public:
  explicit FakeBrowser(TestServer& server) : server_(server) {}

  Answer get(const std::string& path) { return send("GET", path, {}); }
  Answer post(const std::string& path, const std::string& body) { return send("POST", path, body); }
  // Asks to be sent to the provider ("oidc" or "github") and comes back with its code. `query` goes with the first request. The
  // answer to the second, or to the first when that leads nowhere.
  Answer sign_in(const std::string& way, const std::string& query = {});
  // Whoever it is signed in as; nobody: no token.
  Person person() const { return {{}, {}, cookie("coder_session_token")}; }
  std::string cookie(const std::string& name) const;

  std::map<std::string, std::string> cookies;

 private:
  Answer send(const std::string& method, const std::string& path, const std::string& body);

  TestServer& server_;
};

}  // namespace slipway::test
