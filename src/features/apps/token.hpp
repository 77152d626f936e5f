// The signed token that opens one app for a minute, so that its next requests ask nobody: a JWS of HS512 whose claims are those of
// docs/guide/apps.md. What is no good token is none, silently.
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "features/apps/request.hpp"
#include "features/keys/keys.hpp"
#include "net/message.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::apps {

inline constexpr std::string_view kTokenCookie = "coder_signed_app_token", kTokenQuery = "coder_signed_app_token_23db1dde";
inline constexpr Seconds kTokenLife{60}, kTokenLeeway{10};
inline constexpr std::size_t kTokenCandidates = 4;

// Who the token was given to, for apps that ask who visits, and so that it can be taken back early.
struct Visitor {
  UserId id;
  std::string username, name, email;  // empty unless the app asks
  std::vector<std::string> groups;    // of the workspace's organization; empty unless the app asks
  bool told = false;                  // the app asks

  bool operator==(const Visitor&) const = default;
};

struct Claims {
  Time expires_at{};
  AppRequest request;
  UserId owner;  // of the workspace
  WorkspaceId workspace;
  AgentId agent;
  std::string app_url;                 // empty for terminals
  std::string cors = "simple";         // or "passthru"
  std::optional<Visitor> visitor;      // nothing: nobody who is known
  std::optional<Time> issued_at = {};  // when it was asked whether the right is there; nothing in tokens of others

  bool operator==(const Claims&) const = default;
};

std::string token_of(const Claims& claims, const keys::Key& key);
// The key's number that a token names, if it is one that could be a token of ours.
std::optional<std::int32_t> key_named(std::string_view token);
// Nothing for anything but a token of ours, of now.
std::optional<Claims> claims_of(std::string_view token, const keys::Key& key, Time now);
// Equal as written, but for a slash at the end of the base path.
bool is_for(const Claims& claims, const AppRequest& wanted);
// Of the query, then of the cookies in their order; no more than the first four.
struct Candidates {
  bool by_query = false;  // the first is of the query: then only a terminal's counts
  std::vector<std::string_view> tokens;
};
Candidates candidates_of(const net::Request& request);
// The Set-Cookie that gives a browser the token; empty when its path cannot stand in one.
std::string token_cookie(const Claims& claims, std::string_view token, bool secure);

// What the database tells of rights that may have been lost, when the change is made: "u/<id>" of a person, "w/<id>" of a workspace, "*".
inline constexpr std::string_view kRevocations = "app_revocations";

// Tokens that were taken back before their minute was over: of a person who signed out, was suspended or lost a role, of a workspace whose
// sharing changed. Told by notification on every replica; whatever was told is kept for longer than a token lives. One a process; any loop.
class Revoked {
  struct Entry;

 public:
  Revoked();
  ~Revoked();
  Revoked(const Revoked&) = delete;
  Revoked& operator=(const Revoked&) = delete;

  // What was given out until `since` is no good any more.
  void of_user(UserId user, Time since);
  void of_workspace(WorkspaceId workspace, Time since);
  void of_everybody(Time since);
  bool is(const Claims& claims) const;

  // While it lives, what stays open by some claims hears when such were taken back. On its loop nothing is called after its end.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept = default;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { end(); }

   private:
    friend class Revoked;
    explicit Watch(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    void end() noexcept;
    std::shared_ptr<Entry> entry_;
  };
  // `lost` is called on `where`, as often as there is such news: it says that the right is to be looked at again. Of what was told before
  // nothing is heard: is() says so.
  [[nodiscard]] Watch watch(boost::asio::any_io_executor where, const Claims& claims, std::function<void()> lost) const;

  // Hears what the database tells; while that cannot be heard everything may have been told. Runs until cancelled.
  Task<void> keep(http::Home& home);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// What verifies and signs on this server. One a process; any loop.
class Tokens {
 public:
  Tokens(keys::Ring& ring, Revoked& revoked) : ring_(ring), revoked_(revoked) {}
  // The first good token of the request that is for `wanted`, or for a terminal. Asks the database only for a key that nobody here
  // has seen.
  Task<std::optional<Claims>> of_request(http::Home& home, const net::Request& request, const AppRequest& wanted);
  // Issued now and for kTokenLife, unless the claims say since and until when. Whoever looked at rights says when that began: what was
  // taken away meanwhile takes back the token too.
  Task<Result<std::string>> sign(http::Home& home, Claims claims);
  const Revoked& revoked() const { return revoked_; }

 private:
  keys::Ring& ring_;
  Revoked& revoked_;
};

}  // namespace slipway::apps
