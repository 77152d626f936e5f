#include "support/by_host.hpp"

#include "base/text.hpp"
#include "support/raw_socket.hpp"

namespace slipway::test {

namespace {

Answer parsed(const std::string& wire) {
  Answer answer;
  const auto head = wire.find("\r\n\r\n");
  if (head == std::string::npos) return answer;
  answer.status = text::number<int>(std::string_view(wire).substr(9, 3)).value_or(0);
  for (auto at = wire.find("\r\n") + 2; at < head;) {
    const auto end = std::min(wire.find("\r\n", at), head), colon = wire.find(':', at);
    if (colon < end)
      answer.headers.emplace_back(wire.substr(at, colon - at), std::string(text::trim(std::string_view(wire).substr(colon + 1, end - colon - 1))));
    at = end + 2;
  }
  answer.body = wire.substr(head + 4);
  return answer;
}

}  // namespace

Answer by_host(const std::string& url, const std::string& host, const std::string& method, const std::string& target,
               const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string request = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  RawSocket socket(url);
  socket.send(request + "\r\n");
  std::string wire;
  for (auto piece = socket.read(); !piece.empty(); piece = socket.read()) wire += piece;
  return parsed(wire);
}

}  // namespace slipway::test
