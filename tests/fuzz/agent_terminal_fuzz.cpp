// Terminal messages as any viewer may send them: how the bytes are cut changes nothing, and memory is bounded.
#include <fmt/format.h>

#include "agent/cron.hpp"
#include "agent/terminal_input.hpp"
#include "base/check.hpp"

using namespace slipway;

namespace {

std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  agent::TerminalInput input(4096);
  std::string out;
  const auto sink = [&](const agent::TerminalMessage& message) {
    out += fmt::format("[{}|{}|{}]", message.data, message.size.rows, message.size.columns);
  };
  while (!bytes.empty()) {
    const auto now = bytes.substr(0, piece);
    if (!input.feed(now, sink)) return out + "refused";
    bytes.remove_prefix(now.size());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_in_pieces(bytes, std::max<std::size_t>(size, 1));
  check(whole == read_in_pieces(bytes, 1), "cutting changes nothing");
  check(whole == read_in_pieces(bytes, 7), "cutting changes nothing");
  if (const auto cron = agent::Cron::parse(bytes.substr(0, 100))) (void)cron->next(Time(Seconds(1'790'000'000)));
  return 0;
}
