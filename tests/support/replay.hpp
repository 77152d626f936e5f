// For tests: template versions whose jobs answer from recordings, so that no tool runs.
#pragma once

#include "support/test_server.hpp"

namespace slipway::test {

using TestFiles = std::vector<std::pair<std::string, std::string>>;

// The least recording there is: one resource with an agent "main".
extern const char* const kSmallPlan;

// Posts a version of these files (path and text); its id. `more` is further JSON of the request, beginning with a comma.
std::string post_version(TestServer& server, const TestFiles& files, const std::string& more = {});
// The same, and its import has succeeded.
std::string import_version(TestServer& server, const TestFiles& files, const std::string& more = {});
// A template of that version; its id.
std::string make_template(TestServer& server, const std::string& name, const std::string& version);
// {"replay/import.json": kSmallPlan, "replay/options.json": options}
TestFiles small_files(const std::string& options = "{}");

}  // namespace slipway::test
