// What an open stream stands on: the caller's session and one right. Both are asked again, with the credentials of the request, so
// that a suspended account, a deleted key, a left organization or a narrowed role ends every stream within five seconds, on
// whichever replica it was opened. Streams of one loop that stand on the same share the answer: a page with twenty of them asks once.
// home: the call's loop.
#pragma once

#include "aio/task_fwd.hpp"
#include "http/authenticator.hpp"
#include "http/call.hpp"

#include <chrono>
#include <functional>

namespace slipway::http {

struct Judgement;

class Standing {
 public:
  // Whether the caller, as it is now, still has the right. An error that says "no such thing for you" is a no. It must not say
  // anything else to the stream: it is another stream's question as often as its own.
  using Right = std::function<Task<Result<bool>>(store::Store& now)>;

  // `name` says which right it is: two standings of one caller and one name are the same question.
  Standing(Call& call, Authenticator& authenticator, std::string name, Right right);
  // On the right alone: whatever session the request names beside it was not what opened the stream, and keeps it open no longer.
  struct OfNobody {};
  Standing(Call& call, Authenticator& authenticator, std::string name, Right right, OfNobody);

  // Whether the right holds; asked only when what is known has become too old. A database that cannot be asked takes none away.
  Task<bool> holds();
  // How long what is known is good for.
  Milliseconds fresh() const;

 private:
  Standing(Call& call, Authenticator& authenticator, std::string token, const std::string& name, Right right);
  Task<bool> ask();
  Task<Result<PrincipalPtr>> caller();
  Task<bool> judge(store::Store now);

  Call& call_;
  Authenticator& authenticator_;
  Right right_;
  std::string token_;
  std::shared_ptr<Judgement> key_, answer_;
};

}  // namespace slipway::http
