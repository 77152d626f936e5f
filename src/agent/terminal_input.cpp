#include "agent/terminal_input.hpp"

#include <boost/json/stream_parser.hpp>

namespace slipway::agent {

namespace json = boost::json;

struct TerminalInput::State {
  std::size_t most;
  std::size_t taken = 0;  // bytes of the message that is under way
  json::stream_parser parser{json::storage_ptr{}, json::parse_options{.max_depth = 4}};
};

namespace {

constexpr std::string_view kBlank = " \t\r\n";

// A size beyond what a terminal can have is as good as none.
Result<unsigned short> dimension(const json::object& message, std::string_view name) {
  const auto* found = message.if_contains(name);
  if (found == nullptr || found->is_null()) return 0;
  if (found->is_int64()) {
    const auto count = found->get_int64();
    return count > 0 && count <= 65535 ? static_cast<unsigned short>(count) : 0;
  }
  if (found->is_uint64()) return 0;
  if (found->is_double()) return fail(Code::invalid, "A terminal's size is a whole number.");
  return fail(Code::invalid, "A terminal's size is a number.");
}

Result<TerminalMessage> read_message(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return fail(Code::invalid, "A terminal message is a JSON object.");
  TerminalMessage out;
  if (const auto* data = object->if_contains("data"); data != nullptr && !data->is_null()) {
    if (!data->is_string()) return fail(Code::invalid, "The data of a terminal message is a string.");
    out.data = std::string(data->get_string());
  }
  TRY(rows, dimension(*object, "height"));
  TRY(columns, dimension(*object, "width"));
  out.size = {rows, columns};
  return out;
}

}  // namespace

TerminalInput::TerminalInput(std::size_t most) : state_(std::make_unique<State>()) { state_->most = most; }
TerminalInput::~TerminalInput() = default;

Result<void> TerminalInput::feed(std::string_view bytes, const std::function<void(TerminalMessage)>& sink) {
  while (!bytes.empty()) {
    if (state_->taken == 0) {
      bytes.remove_prefix(std::min(bytes.find_first_not_of(kBlank), bytes.size()));
      if (bytes.empty()) return {};
      // A bare number would never end: only objects and arrays show where they do.
      if (bytes.front() != '{') return fail(Code::invalid, "A terminal message is a JSON object.");
    }
    boost::system::error_code ec;
    const auto piece = bytes.substr(0, state_->most - state_->taken);
    const auto used = state_->parser.write_some(piece.data(), piece.size(), ec);
    if (ec) return fail(Code::invalid, "A terminal message is not valid JSON.");
    state_->taken += used;
    bytes.remove_prefix(used);
    if (state_->parser.done()) {
      TRY(message, read_message(state_->parser.release()));
      state_->parser.reset();
      state_->taken = 0;
      sink(std::move(message));
    } else if (state_->taken >= state_->most) {
      return fail(Code::too_large, "A terminal message is too large.");
    }
  }
  return {};
}

}  // namespace slipway::agent
