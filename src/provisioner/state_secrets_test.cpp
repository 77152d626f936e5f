#include "provisioner/state_secrets.hpp"

#include "provisioner/json_read.hpp"

#include <gtest/gtest.h>

namespace slipway::provisioner {
namespace {

const std::string kToken = "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb", kAgent = "7d0f5b5e-4f8f-4b39-9c2a-0f6f3b6f7a11";
const std::string kKey = R"(-----BEGIN KEY-----\nabc\n)";

// As the tool writes it; the container repeats the agent's token and, in a string of JSON, the key.
std::string state(const std::string& token = kToken, const std::string& key = kKey, const std::string& agent = kAgent) {
  auto twice = key;
  for (auto at = twice.find('\\'); at != std::string::npos; at = twice.find('\\', at + 2)) twice.insert(at, 1, '\\');
  return R"({"version":4,"serial":12345678901234567890123,"resources":[
    {"mode":"data","type":"coder_workspace_owner","name":"me","instances":[{"attributes":{"name":"ana","session_token":")" +
         token + R"(","ssh_private_key":")" + key + R"(","ssh_public_key":"ssh-ed25519 AAAA"}}]},
    {"module":"module.m","mode":"managed","type":"coder_agent","name":"main","instances":[{"index_key":0,"attributes":{"id":"1","token":")" +
         agent + R"("}}]},
    {"mode":"managed","type":"box","name":"b","instances":[{"attributes":{"cpus":0.1000,"env":["TOKEN=)" +
         agent + R"("],"user_data":"{\"key\":\")" + twice + R"(\"}"}}]}],"outputs":{"t":{"value":")" + token + R"("}}})";
}

TEST(StateSecrets, AreLeftOutWhereverTheStateRepeatsThem) {
  const auto shown = without_secrets(state());

  ASSERT_TRUE(shown);
  for (const std::string& secret : {kToken, kAgent, std::string("BEGIN KEY")}) EXPECT_EQ(shown->find(secret), std::string::npos) << secret;
  EXPECT_TRUE(parse_json(*shown, "what is shown"));
  for (const std::string kept : {"ssh-ed25519 AAAA", "12345678901234567890123", "0.1000", "\"name\":\"ana\""})
    EXPECT_NE(shown->find(kept), std::string::npos) << kept;
}

TEST(StateSecrets, ComeBackByteForByte) {
  const auto shown = without_secrets(state());
  const auto other = state("cccccccccc-dddddddddddddddddddddd", kKey, "11111111-2222-4333-8444-555555555555");

  EXPECT_EQ(with_secrets(*shown, {other, state()}), state());
  EXPECT_EQ(without_secrets(*with_secrets(*shown, {state()})), *shown);
  EXPECT_EQ(with_secrets("no marks in here", {}), "no marks in here");
}

TEST(StateSecrets, OfAnAgentMustBeKnownAndThoseReadAnewNeedNot) {
  const auto of_another = without_secrets(state(kToken, kKey, "11111111-2222-4333-8444-555555555555"));
  const auto with_old_token = without_secrets(state("cccccccccc-dddddddddddddddddddddd"));

  EXPECT_EQ(with_secrets(*of_another, {state()}).error().code, Code::invalid);
  const auto kept = with_secrets(*with_old_token, {state()});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->find("cccccccccc"), std::string::npos);
  EXPECT_NE(kept->find(kAgent), std::string::npos);
}

TEST(StateSecrets, OfWhatCannotBeReadNothingIsShown) {
  EXPECT_EQ(without_secrets("{\"resources\":[").error().code, Code::invalid);
  EXPECT_EQ(without_secrets(""), "");
  EXPECT_EQ(without_secrets("{}"), "{}");
  EXPECT_EQ(without_secrets(state("", "", "")), state("", "", ""));
}

}  // namespace
}  // namespace slipway::provisioner
