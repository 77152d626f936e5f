#include "provisioner/advice.hpp"

#include <gtest/gtest.h>

namespace slipway::provisioner {
namespace {

std::vector<std::string> on_app(const std::string& slug, bool external = false) {
  Agent agent{.name = "main", .operating_system = "linux", .architecture = "amd64"};
  agent.apps.push_back({.slug = slug, .url = "http://localhost:80", .external = external});
  Resource resource{.address = "a.b", .type = "a", .name = "b"};
  resource.agents.push_back(std::move(agent));
  Outcome out;
  out.resources.push_back(std::move(resource));
  return advice_on(out);
}

TEST(Advice, ASlugThatReadsAsAPortCannotBeOpenedByHost) {
  for (const char* slug : {"8080", "443s", "0", "65535"}) {
    ASSERT_EQ(on_app(slug).size(), 1U) << slug;
    EXPECT_TRUE(on_app(slug).front().starts_with("The app slug \"" + std::string(slug) + "\" reads as a port")) << slug;
  }
  for (const char* slug : {"code", "65536", "s", "80-s", "8080ss", "web8080"}) EXPECT_TRUE(on_app(slug).empty()) << slug;
  EXPECT_TRUE(on_app("8080", true).empty());
}

}  // namespace
}  // namespace slipway::provisioner
