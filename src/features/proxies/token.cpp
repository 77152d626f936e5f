#include "features/proxies/proxies.hpp"

namespace slipway::proxies {

std::optional<Token> parse_token(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || colon + 1 == text.size()) return std::nullopt;
  const auto id = Uuid::parse(text.substr(0, colon));
  if (!id || id->is_nil()) return std::nullopt;
  return Token{.proxy = *id, .secret = text.substr(colon + 1)};
}

}  // namespace slipway::proxies
