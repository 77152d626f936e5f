#include "http/whose.hpp"

#include "aio/task.hpp"
#include "http/credentials.hpp"

namespace slipway::http {

std::unexpected<Error> too_many(const RateLimit::Verdict& verdict, std::string_view what) {
  return fail(Code::too_many, fmt::format("You've been rate limited for sending more than {} {} in a minute. Try again in {} s.", verdict.limit, what,
                                          verdict.reset.count()));
}

Task<Result<PrincipalPtr>> whose(WrongTokens* wrong, Authenticator& authenticator, AskWhose ask, const net::Request& request, Home& home,
                                 const std::string& token, std::shared_ptr<store::Cost> cost) {
  if (token.empty() || !wrong) co_return co_await (authenticator.*ask)(home, token, std::move(cost));
  const auto network = network_of(client_address(request, *home.site));
  const Time now = home.db.clock().now();
  if (const auto verdict = wrong->begin(token, network, now); !verdict.allowed) co_return too_many(verdict, "unknown tokens");
  auto principal = co_await (authenticator.*ask)(home, token, std::move(cost));
  if (principal)
    wrong->right(token);
  else if (principal.error().code == Code::unauthenticated)
    wrong->wrong(token, network, now);
  co_return principal;
}

}  // namespace slipway::http
