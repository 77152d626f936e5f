// Plans, states and graphs of any shape: an outcome or an error, never a crash, and always within the reader's limits.
// The input is up to three documents with a line "====" between them: plan, state, graph.
#include "base/check.hpp"
#include "provisioner/plan_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway::provisioner;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto next = [&rest] {
    const auto end = std::min(rest.find("====\n"), rest.size());
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 5, rest.size()));
    return part;
  };
  ReadInput input;
  input.plan = next();
  input.state = next();
  input.graph = next();
  input.claim = size % 2 == 0;
  input.transition = size % 3 == 0 ? Transition::stop : Transition::start;
  const auto outcome = read(input);
  if (outcome)
    for (const auto& resource : outcome->resources)
      slipway::check(!resource.type.empty() && !resource.name.empty(), "a resource has a type and a name");
  (void)needs_graph(input.plan);
  (void)read_variables(input.plan);
  (void)secrets_in(input.state);
  return 0;
}
