// Who a token belongs to, and the making of keys. Other features call sign_in.
#pragma once

#include "aio/nursery.hpp"
#include "aio/together.hpp"
#include "base/secret.hpp"
#include "features/sessions/guesses.hpp"
#include "features/sessions/subjects.hpp"
#include "http/authenticator.hpp"
#include "http/routes.hpp"
#include "net/cookie.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace slipway::sessions {

struct Options {
  Seconds session_duration = std::chrono::hours(24);
  Seconds default_token_lifetime = std::chrono::hours(24 * 7);
  Seconds max_token_lifetime = std::chrono::hours(24 * 365 * 100);
  Seconds max_admin_token_lifetime = std::chrono::hours(24 * 7);  // of tokens that belong to an owner of the site
  bool sessions_live_on = true;                                   // while they are used; else they end when they were said to
  bool password_login = true;
  net::SameSite same_site = net::SameSite::lax;
  int wrong_passwords_per_minute = 10;  // of one account; 0: no limit
};

// One for the process; its parts belong to one loop each.
class Sessions final : public http::Authenticator {
 public:
  Sessions(rbac::RoleBook book, std::size_t loops, Options options);
  ~Sessions() override;

  Task<Result<http::PrincipalPtr>> user(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) override;
  Task<Result<http::PrincipalPtr>> agent(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost) override;
  Task<Result<http::PrincipalPtr>> provisioner(http::Home& home, std::string_view key, std::shared_ptr<store::Cost> cost) override;

  // Writes when keys and people were last seen, one statement each time; runs on `home` until cancelled. Start it once a loop.
  Task<void> write_last_used(http::Home& home);

  // A user's store before any key exists: signing in acts as the one who signs in.
  Result<store::ActorPtr> actor_for(http::Home& home, const StoredGrants& grants, std::string name);
  // What a user may do with a key of these stored scopes and this stored allow list.
  Result<rbac::SubjectPtr> subject_of(http::Home& home, const StoredGrants& grants, const std::vector<std::string>& scopes,
                                      const std::vector<std::string>& allow_list);
  const Options& options() const { return options_; }
  const rbac::RoleBook& book() const { return book_; }
  Guesses& guesses() { return guesses_; }

 private:
  struct Seen {
    UserId user;
    Time at;
    Time expiry_seen, expires_at;  // as the use found it, and as the use makes it
  };
  using Look = aio::Together<Result<http::PrincipalPtr>>;
  using Looks = std::unordered_map<std::string, std::shared_ptr<Look>>;
  struct PerLoop {
    Subjects subjects, agents;
    std::unordered_map<std::string, Seen> seen = {};  // key id -> last use not yet written
    Looks looks = {};                                 // at the tokens that are looked up right now
  };
  struct Visit;
  Task<Result<http::PrincipalPtr>> look_up(http::Home& home, std::string_view token, std::shared_ptr<store::Cost> cost);
  PerLoop& at(const http::Home& home) { return *loops_[home.index]; }

  rbac::RoleBook book_;
  Options options_;
  Guesses guesses_;
  std::vector<std::unique_ptr<PerLoop>> loops_;
};

struct NewKey {
  UserId owner;
  std::string login_type;
  std::string token_name = {};
  std::vector<std::string> scopes = {"coder:all"};
  std::vector<std::string> allow_list = {"*:*"};
  Seconds lifetime{};
  std::string ip = {};
  std::optional<std::string> password_seen = {};  // the hash that the password given for it was right against
  std::optional<std::string> made_by = {};        // the key that asks for it
  std::optional<Time> expires_at = {};            // nothing: once its lifetime is over
};
// Stores a key for its owner as the store's actor and returns its text, which is never to be seen again. Errors: unauthenticated
// when what led to it holds no more: a suspended or deleted account, another way to sign in, a new password, an ended key.
Task<Result<Secret>> make_key(store::Store& store, NewKey key);
// A session for whoever has proved to be this user: wakes a dormant one, and sets the cookies. Errors: as make_key.
Task<Result<Secret>> sign_in(http::Call& call, Sessions& sessions, const sql::Login& row, std::string login_type);
// The session cookie and its CSRF companion for a fresh key; an empty token clears both.
void set_session_cookies(http::Call& call, const Secret& token, Seconds lifetime, net::SameSite same_site);

void add_routes(http::Routes& routes, Sessions& sessions);      // login, logout …
void add_key_routes(http::Routes& routes, Sessions& sessions);  // keys and tokens

}  // namespace slipway::sessions
