// The route table: method and path pattern to handler. A route states who may call it and how the audit trail names it;
// neither has a default. Duplicates fail at start. Immutable once the server runs.
#pragma once

#include "aio/task.hpp"
#include "http/call.hpp"
#include "http/reply.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace slipway::http {

enum class Auth {
  none,        // anyone; the principal is nobody
  maybe_user,  // a user when a valid key is there, else nobody
  user,
  agent,
  user_or_agent,
  provisioner,
  user_or_provisioner,
  peer,  // another server of ours, a replica or a workspace proxy: the handler itself verifies what proves it
};

// The audit action a successful or failed call leaves behind; `none` for what changes nothing.
enum class Audit { none, create, write, delete_, start, stop, login, logout, open, connect, request_password_reset };
// As the contract's AuditAction spells it; empty for none.
std::string_view name_of(Audit action);

// Which rate limit a call uses up: its person's, an address's for signing in, its agent's, or none.
enum class Rate { api, login, agent, none };

// How long a handler may take, the reading of its body included; then it is cancelled, down to the statement that runs.
enum class Within { request, upload, stream };  // 30 s, 10 min, without an end of its own

using Endpoint = std::function<Task<Result<std::optional<net::Response>>>(Call&)>;

struct Route {
  std::string method;
  std::string pattern;
  Auth auth;
  Audit audit;
  Rate rate;
  Within within;
  int success;  // the status of a call that went well
  Endpoint endpoint;
};

struct Match {
  const Route* route = nullptr;  // null: no such path
  bool other_method = false;     // the path exists, with another method
  std::vector<PathValue> path;
};

class Routes {
 public:
  Routes();
  ~Routes();
  Routes(Routes&&) noexcept;

  template <Auth A, Audit U, Rate R = Rate::api, Within W = Within::request, class H>
  void get(std::string pattern, H handler) {
    add("GET", std::move(pattern), {A, U, R, within_of<H>(W), success_of<H>()}, wrap(std::move(handler)));
  }
  template <Auth A, Audit U, Rate R = Rate::api, Within W = Within::request, class H>
  void post(std::string pattern, H handler) {
    add("POST", std::move(pattern), {A, U, R, within_of<H>(W), success_of<H>()}, wrap(std::move(handler)));
  }
  template <Auth A, Audit U, Rate R = Rate::api, Within W = Within::request, class H>
  void put(std::string pattern, H handler) {
    add("PUT", std::move(pattern), {A, U, R, within_of<H>(W), success_of<H>()}, wrap(std::move(handler)));
  }
  template <Auth A, Audit U, Rate R = Rate::api, Within W = Within::request, class H>
  void patch(std::string pattern, H handler) {
    add("PATCH", std::move(pattern), {A, U, R, within_of<H>(W), success_of<H>()}, wrap(std::move(handler)));
  }
  template <Auth A, Audit U, Rate R = Rate::api, Within W = Within::request, class H>
  void del(std::string pattern, H handler) {
    add("DELETE", std::move(pattern), {A, U, R, within_of<H>(W), success_of<H>()}, wrap(std::move(handler)));
  }
  // Any method: proxies.
  template <Auth A, Audit U, Rate R = Rate::api, Within W = Within::request, class H>
  void any(std::string pattern, H handler) {
    add("*", std::move(pattern), {A, U, R, within_of<H>(W), success_of<H>()}, wrap(std::move(handler)));
  }

  // `path` still percent-encoded; repeated slashes collapse, one trailing slash is ignored.
  Match match(std::string_view method, std::string_view path) const;
  const std::vector<std::unique_ptr<Route>>& all() const { return routes_; }

 private:
  struct Node;
  struct Traits {
    Auth auth;
    Audit audit;
    Rate rate;
    Within within;
    int success;
  };
  void add(std::string method, std::string pattern, Traits traits, Endpoint endpoint);

  // A handler takes (Call&) or (Call&, Body) and returns Task<Result<T>>, T being what reply.hpp can turn into an answer.
  template <class R>
  static Task<Result<std::optional<net::Response>>> finish(Task<Result<R>> task) {
    auto outcome = co_await std::move(task);
    if (!outcome) co_return std::unexpected(std::move(outcome).error());
    if constexpr (std::is_same_v<R, Handled>) {
      co_return std::optional<net::Response>();
    } else {
      co_return std::optional<net::Response>(to_reply(std::move(*outcome)));
    }
  }
  template <class Ask, class H>
  static auto with_body(Call& call, H& handler) -> std::invoke_result_t<H&, Call&, Ask> {
    CO_TRY(ask, co_await call.body<Ask>());
    co_return co_await handler(call, std::move(ask));
  }
  template <class F>
  struct Signature : Signature<decltype(&F::operator())> {};
  template <class R, class A>
  struct Signature<R (*)(Call&, A)> {
    using Ask = std::decay_t<A>;
  };
  template <class C, class R, class A>
  struct Signature<R (C::*)(Call&, A) const> {
    using Ask = std::decay_t<A>;
  };

  template <class H>
  struct Returns : std::invoke_result<H&, Call&> {};
  template <class H>
    requires(!std::is_invocable_v<H&, Call&>)
  struct Returns<H> : std::invoke_result<H&, Call&, typename Signature<H>::Ask> {};
  template <class H>
  static constexpr int success_of() {
    return kStatus<typename Returns<H>::type::value_type::value_type>;
  }

  // Whoever writes the answer itself streams.
  template <class H>
  static constexpr Within within_of(Within said) {
    return std::is_same_v<typename Returns<H>::type::value_type::value_type, Handled> ? Within::stream : said;
  }

  template <class H>
  static Endpoint wrap(H handler) {
    if constexpr (std::is_invocable_v<H&, Call&>) {
      return [handler](Call& call) mutable { return finish(handler(call)); };
    } else {
      using Ask = typename Signature<H>::Ask;
      return [handler](Call& call) mutable { return finish(with_body<Ask>(call, handler)); };
    }
  }

  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace slipway::http
