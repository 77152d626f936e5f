#include "support/replay.hpp"

#include "formats/archive.hpp"

#include <gtest/gtest.h>

namespace slipway::test {

const char* const kSmallPlan = R"({"format_version":"1.2","planned_values":{"root_module":{"resources":[
  {"address":"coder_agent.main","mode":"managed","type":"coder_agent","name":"main","values":{"os":"linux","arch":"amd64"}},
  {"address":"box.b","mode":"managed","type":"box","name":"b","values":{}}]}},
  "configuration":{"root_module":{"resources":[{"address":"box.b","expressions":{"t":{"references":["coder_agent.main.token"]}}}]}}})";

std::string post_version(TestServer& server, const TestFiles& files, const std::string& more) {
  std::vector<formats::ArchiveEntry> entries;
  for (const auto& [path, text] : files) entries.push_back({.path = path, .bytes = text, .directory = false, .executable = false});
  const auto tar = formats::write_archive(formats::ArchiveKind::tar, entries);
  const auto upload = server.call("POST", "/api/v2/files", *tar, server.owner().token, {{"Content-Type", "application/x-tar"}});
  EXPECT_EQ(upload.status / 100, 2) << upload.body;
  const std::string file(upload.json().at("hash").as_string());
  const auto version = server.post("/api/v2/organizations/default/templateversions",
                                   fmt::format(R"({{"storage_method":"file","file_id":"{}","provisioner":"echo"{}}})", file, more), server.owner());
  EXPECT_EQ(version.status, 201) << version.body;
  return std::string(version.json().at("id").as_string());
}

std::string import_version(TestServer& server, const TestFiles& files, const std::string& more) {
  auto version = post_version(server, files, more);
  server.wait_for("/api/v2/templateversions/" + version, "/job/status", "succeeded", server.owner());
  return version;
}

std::string make_template(TestServer& server, const std::string& name, const std::string& version) {
  const auto made = server.post("/api/v2/organizations/default/templates",
                                fmt::format(R"({{"name":"{}","template_version_id":"{}"}})", name, version), server.owner());
  EXPECT_EQ(made.status, 201) << made.body;
  return std::string(made.json().at("id").as_string());
}

TestFiles small_files(const std::string& options) { return {{"replay/import.json", kSmallPlan}, {"replay/options.json", options}}; }

}  // namespace slipway::test
