#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "api/gen/agents.hpp"
#include "api/gen/builds.hpp"
#include "api/gen/provisioners.hpp"
#include "api/gen/response.hpp"
#include "api/gen/templates.hpp"
#include "api/gen/versions.hpp"
#include "api/gen/workspaces.hpp"

namespace slipway::api {
namespace {

std::string written(std::string_view text) {
  std::string out;
  json::Writer(out).string(text);
  return out;
}

std::string number(double value) {
  std::string out;
  json::Writer(out).number(value);
  return out;
}

// The fields at fault, as "field: detail".
template <class T>
std::vector<std::string> faults(const Result<T>& result) {
  std::vector<std::string> out;
  if (!result)
    for (const auto& fault : result.error().fields) out.push_back(fault.field + ": " + fault.detail);
  return out;
}

using Texts = std::vector<std::string>;

TEST(Writer, MarkupAndControlCharactersAreEscaped) {
  EXPECT_EQ(written("<a href=\"x\">&\\"), R"("\u003ca href=\"x\"\u003e\u0026\\")");
  EXPECT_EQ(written(std::string_view("\n\r\t\b\f\0\x1f", 7)), R"("\n\r\t\b\f\u0000\u001f")");
  EXPECT_EQ(written("/\x7f"), "\"/\x7f\"");
}

TEST(Writer, Utf8PassesAndWhatIsNoneIsReplaced) {
  EXPECT_EQ(written("Zoë 漢字 🚀"), "\"Zoë 漢字 🚀\"");
  EXPECT_EQ(written("a\xff"), R"("a\ufffd")");
  EXPECT_EQ(written("\xc0\xaf"), R"("\ufffd\ufffd")");            // overlong
  EXPECT_EQ(written("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // surrogate
  EXPECT_EQ(written("\xf0\x9f\x9a"), R"("\ufffd\ufffd\ufffd")");  // cut short
  EXPECT_EQ(written("\xe2\x80\xa8\xe2\x80\xa9"), R"("\u2028\u2029")");
}

TEST(Writer, NumbersAreShortAndNeverInvalidJson) {
  EXPECT_EQ(number(0.5), "0.5");
  EXPECT_EQ(number(-0.001), "-0.001");
  EXPECT_EQ(number(1e6), "1000000");
  EXPECT_EQ(number(1e21), "1e+21");
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
}

TEST(Writer, TimesLikeTheClockWritesThem) {
  for (const char* text : {"2026-11-22T03:04:05.12Z", "2026-01-01T00:00:00Z", "1969-12-31T23:59:59.000001Z", "9999-12-31T23:59:59.999999Z"}) {
    const auto time = parse_rfc3339(text);
    ASSERT_TRUE(time) << text;
    std::string out;
    json::Writer(out).time(*time);
    EXPECT_EQ(out, '"' + to_rfc3339(*time) + '"');
  }
  EXPECT_NE(to_json(Template{}).find(R"("created_at":"0001-01-01T00:00:00Z")"), std::string::npos);
}

TEST(Writer, EmptyIsLeftOutWhereTheContractSaysOptionalAndNullWhereNullable) {
  const auto job = to_json(ProvisionerJob{});
  EXPECT_EQ(job.find("started_at"), std::string::npos);
  EXPECT_EQ(job.find("\"error\""), std::string::npos);
  EXPECT_NE(job.find(R"("tags":{})"), std::string::npos);

  EXPECT_EQ(to_json(UpdateWorkspaceTTLRequest{}), R"({"ttl_ms":null})");
  EXPECT_EQ(to_json(Response{.message = "Hi."}), R"({"message":"Hi."})");
  EXPECT_EQ(to_json(std::vector<Response>{}), "[]");
}

TEST(Reader, AbsentNullAndEmptyOfAPatchDiffer) {
  const auto ask = from_request<UpdateTemplateMeta>(R"({"description":"","icon":null,"default_ttl_ms":0})");

  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->description, "");
  EXPECT_EQ(ask->icon, std::nullopt);
  EXPECT_EQ(ask->default_ttl_ms, 0);
  EXPECT_EQ(ask->activity_bump_ms, std::nullopt);
}

TEST(Reader, WrongKindsNameEveryFieldAtFault) {
  const auto ask = from_request<CreateWorkspaceBuildRequest>(
      R"({"transition":7,"template_version_id":"x","orphan":"yes","rich_parameter_values":[{"name":"a","value":"b"},{"name":[]}]})");

  EXPECT_EQ(faults(ask), (Texts{"template_version_id: must be a UUID of 36 characters", "transition: must be a text", "orphan: must be true or false",
                                "rich_parameter_values[1].name: must be a text"}));
  EXPECT_EQ(ask.error().code, Code::invalid);
  EXPECT_EQ(ask.error().say, "Validation failed.");
}

TEST(Reader, ABodyOfAnotherKindIsAFault) {
  for (const char* body : {"[]", "null", "7", "\"x\""})
    EXPECT_EQ(faults(from_request<UpdateTemplateMeta>(body)), Texts{"body: must be an object"}) << body;
}

TEST(Reader, NumbersMustFit) {
  for (const char* number : {"1.5", "1e3", "9223372036854775808", "true", "\"1\"", "-1e400"})
    EXPECT_FALSE(from_request<UpdateWorkspaceTTLRequest>(std::string(R"({"ttl_ms":)") + number + "}")) << number;
  EXPECT_EQ(from_request<UpdateWorkspaceTTLRequest>(R"({"ttl_ms":-9223372036854775808})")->ttl_ms, std::numeric_limits<std::int64_t>::min());
}

TEST(Reader, UnlistedNamesAreRefusedInRequestsAndKeptInAnswers) {
  constexpr std::string_view body = R"({"transition":"explode","log_level":""})";

  EXPECT_EQ(faults(from_request<CreateWorkspaceBuildRequest>(body)), Texts{"transition: must be one of: delete, start, stop"});
  EXPECT_EQ(from_json<CreateWorkspaceBuildRequest>(body)->transition, "explode");
}

TEST(Reader, UnknownMembersAreIgnored) { EXPECT_EQ(from_request<Response>(R"({"message":"m","colour":{"deep":[1]}})")->message, "m"); }

TEST(Reader, BrokenTextAndDeepTextAreNoJson) {
  const std::string bomb(100000, '[');
  for (const std::string& body : {std::string(), std::string("{"), std::string("{} {}"), std::string("{\"message\":\"\xff\"}"), bomb,
                                  std::string(33, '[') + std::string(33, ']')}) {
    const auto read = from_request<Response>(body);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::invalid);
    EXPECT_EQ(read.error().say, "Request body must be valid JSON.");
  }
}

TEST(Reader, VerbatimValuesKeepTheirMeaning) {
  const auto event = from_json<ServerSentEvent>(R"({"type":"data","data":{"a":[0.5,-1,18446744073709551615,null,true,{}],"b":"<"}})");

  ASSERT_TRUE(event && event->data);
  EXPECT_EQ(event->data->text, R"({"a":[0.5,-1,18446744073709551615,null,true,{}],"b":"\u003c"})");
}

TEST(Require, NamesWhatIsEmpty) {
  const auto missing = json::require({{"email", "a@b.c"}, {"password", ""}});

  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fields, (std::vector<FieldError>{{"password", "is required"}}));
  EXPECT_TRUE(json::require({{"email", "a@b.c"}}));
}

TEST(Generated, IsWhatTheContractSaysToday) { EXPECT_EQ(std::system("python3 " SLIPWAY_SOURCE_DIR "/tools/apigen/apigen.py --check"), 0); }

}  // namespace
}  // namespace slipway::api
