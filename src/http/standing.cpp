#include "http/standing.hpp"

#include "http/credentials.hpp"
#include "store/db.hpp"

namespace slipway::http {

namespace {

bool cannot_tell(const Error& error) { return error.code == Code::internal || error.code == Code::unavailable || error.code == Code::timed_out; }

}  // namespace

Task<bool> Standing::ask() {
  asked_ = std::chrono::steady_clock::now();
  auto cost = std::make_shared<store::Cost>();
  auto principal = co_await authenticator_.user(call_.home(), credentials(call_.request()).token, cost);
  if (!principal) co_return cannot_tell(principal.error());
  auto store = call_.db().store_for((*principal)->actor, cost);
  auto answer = co_await right_(store);
  co_return answer ? *answer : cannot_tell(answer.error());
}

Milliseconds Standing::fresh() const {
  const auto age = std::chrono::ceil<Milliseconds>(std::chrono::steady_clock::now() - asked_);
  return std::max<Milliseconds>(kRecheck - age, Milliseconds(1));
}

Task<bool> Standing::holds() {
  if (std::chrono::steady_clock::now() - asked_ < kRecheck) co_return true;
  co_return co_await ask();
}

Task<void> Standing::until_lost() {
  do {
    co_await aio::sleep(kRecheck);
  } while (co_await ask());
}

}  // namespace slipway::http
