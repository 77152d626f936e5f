// Any bytes as a request body: no crash, and what is accepted must survive being written and read again.
#include "api/gen/builds.hpp"
#include "api/gen/templates.hpp"
#include "api/gen/users.hpp"
#include "api/gen/versions.hpp"
#include "base/check.hpp"

using namespace slipway;

template <class T>
void try_as(std::string_view text) {
  const auto read = api::from_request<T>(text);
  if (!read) {
    check(read.error().code == Code::invalid, "a body is wrong only by the caller's fault");
    return;
  }
  const auto written = api::to_json(*read);
  const auto again = api::from_json<T>(written);
  check(again && api::to_json(*again) == written, "what was written reads as itself");
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_as<api::CreateWorkspaceBuildRequest>(text);
  try_as<api::UpdateTemplateMeta>(text);
  try_as<api::CreateTemplateVersionRequest>(text);
  try_as<api::DynamicParametersResponse>(text);
  try_as<std::vector<api::User>>(text);
  return 0;
}
